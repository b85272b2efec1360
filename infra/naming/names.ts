import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { slug } from "../../core/base/slug";

/** AWS' limits on the length of names, by what is named. */
export const NAME_LIMITS = {
  function: 64,
  loadBalancer: 32,
  targetGroup: 32,
  schedule: 64,
  queue: 80,
  topic: 256,
  eventRule: 64,
  table: 255,
  /** IAM role prefixes; IAM adds 26 characters of its own. */
  rolePrefix: 38,
  /** Bucket prefixes; S3 names are unique in the whole world, so the rest is random. */
  bucketPrefix: 37,
} as const;

const HASH_LENGTH = 6;

/**
 * What a TenantFront is called beside all that is not its project's: the metrics' dimension, and the first part of the names of alarms, queries, log groups
 * and parameters. CloudWatch overwrites an alarm of the same name without asking, and `prod-page` is a likely name.
 */
export function stackName(componentName: string): string {
  return slug(`${pulumi.getProject()}-${componentName}`);
}

/** What `--stack` of a command says: the command line tries a name as it is, and in the project as it comes. */
export function commandName(componentName: string): string {
  return stackName(componentName).replace(/^certfront-/, "");
}

/**
 * What something is called on AWS: `<project>-<logical name>-<hash>`, lower-case letters, digits and hyphens, cut to the limit. The
 * hash is of the whole name, so two long names that are cut alike stay apart. Neither the organization nor Pulumi's stack is in it: both may be
 * renamed while everything here lives on.
 */
export function physicalName(logicalName: string, maxLength: number): string {
  const whole = `${pulumi.getProject()}-${logicalName}`;
  const hash = createHash("sha256").update(whole).digest("hex").slice(0, HASH_LENGTH);
  const readable = slug(whole)
    .slice(0, maxLength - HASH_LENGTH - 1)
    .replace(/-+$/, "");
  return `${readable}-${hash}`;
}

/** A prefix for names that AWS completes. */
export function namePrefix(logicalName: string, maxLength: number): string {
  return `${physicalName(logicalName, maxLength - 1)}-`;
}

/** Where a stack's log groups and parameters lie: `/certfront/<project>-<name>/…`. */
export function pathOf(stack: string): string {
  return `/certfront/${stack}`;
}
