import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";

/** AWS' limits on the length of names, by what is named. */
export const NAME_LIMITS = {
  function: 64,
  loadBalancer: 32,
  targetGroup: 32,
  schedule: 64,
  queue: 80,
  topic: 256,
  table: 255,
  /** IAM role prefixes; IAM adds 26 characters of its own. */
  rolePrefix: 38,
  /** Bucket prefixes; S3 names are unique in the whole world, so the rest is random. */
  bucketPrefix: 37,
} as const;

const HASH_LENGTH = 6;

/**
 * What something is called on AWS: `<project>-<logical name>-<hash>`, lower-case letters, digits and hyphens, cut to the limit. The
 * hash is of the whole name, so two long names that are cut alike stay apart.
 */
export function physicalName(logicalName: string, maxLength: number): string {
  const whole = `${pulumi.getProject()}-${logicalName}`;
  const hash = createHash("sha256")
    .update(`${pulumi.getOrganization()}/${pulumi.getStack()}/${whole}`)
    .digest("hex")
    .slice(0, HASH_LENGTH);
  const readable = slug(whole)
    .slice(0, maxLength - HASH_LENGTH - 1)
    .replace(/-+$/, "");
  return `${readable}-${hash}`;
}

/** A prefix for names that AWS completes. */
export function namePrefix(logicalName: string, maxLength: number): string {
  return `${physicalName(logicalName, maxLength - 1)}-`;
}

/** Where this component's log groups and parameters lie: `/certfront/<project>-<name>/…`. */
export function pathOf(componentName: string): string {
  return `/certfront/${slug(`${pulumi.getProject()}-${componentName}`)}`;
}

function slug(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
}
