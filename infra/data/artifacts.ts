import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { BUNDLES } from "../../build/bundle";
import type { Common } from "../naming/common";
import { NAME_LIMITS, namePrefix } from "../naming/names";

export interface ArtifactsArgs {
  readonly common: Common;
  readonly bundles: pulumi.Input<string>;
  /** The whole tenant list, JSON (docs/contracts.md, "Events"). */
  readonly tenantList: string;
}

/** A file that somebody downloads and checks. */
export interface Artifact {
  readonly bucket: pulumi.Output<string>;
  readonly key: pulumi.Output<string>;
  /** Lower-case hex. */
  readonly sha256: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
}

const TENANT_LISTS = "tenants-";
const AGENTS = "agent-";

/** Days that a replaced object is kept: as long as a removed tenant. */
const VERSION_DAYS = 30;

/** The bucket with what the parts of a stack hand each other: the fronts' agent and the tenant list. */
export class Artifacts extends pulumi.ComponentResource {
  readonly agent: Artifact;
  readonly tenantList: Artifact;

  constructor(name: string, args: ArtifactsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("certfront:infra:Artifacts", name, {}, opts);
    const { tags } = args.common;
    const child = { parent: this };

    const bucket = new s3.Bucket(
      `${name}-bucket`,
      // All of it can be made again from the program, so a destroy need not ask.
      { bucketPrefix: namePrefix(name, NAME_LIMITS.bucketPrefix), forceDestroy: true, tags },
      child,
    );
    new s3.BucketServerSideEncryptionConfiguration(
      `${name}-encryption`,
      {
        bucket: bucket.bucket,
        rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
      },
      child,
    );
    // A tenant list that was replaced by mistake can be had back for a month.
    const versioning = new s3.BucketVersioning(
      `${name}-versions`,
      { bucket: bucket.bucket, versioningConfiguration: { status: "Enabled" } },
      child,
    );
    new s3.BucketLifecycleConfiguration(
      `${name}-expiry`,
      {
        bucket: bucket.bucket,
        rules: [
          {
            id: "old-versions",
            status: "Enabled",
            filter: { prefix: "" },
            noncurrentVersionExpiration: { noncurrentDays: VERSION_DAYS },
            abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
          },
        ],
      },
      { parent: this, dependsOn: [versioning] },
    );
    const closed = new s3.BucketPublicAccessBlock(
      `${name}-private`,
      {
        bucket: bucket.bucket,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      child,
    );
    new s3.BucketPolicy(
      `${name}-tls-only`,
      { bucket: bucket.bucket, policy: refusePlainHttp(bucket.arn) },
      { parent: this, dependsOn: [closed] },
    );

    const agentFile = pulumi
      .output(args.bundles)
      .apply((directory) => path.join(directory, "agent", BUNDLES.agent.file));
    const agentHash = agentFile.apply((file) => sha256(fs.readFileSync(file)));
    // The objects carry no tags: S3 takes ten of them, the user may have more.
    const agent = new s3.BucketObjectv2(
      `${name}-agent`,
      {
        bucket: bucket.bucket,
        key: pulumi.interpolate`${AGENTS}${agentHash}.js`,
        source: agentFile.apply((file) => new pulumi.asset.FileAsset(file)),
        contentType: "text/javascript",
      },
      // Named by its hash and kept: a front that starts from the previous template, in the middle of a deployment or of one that failed, finds what it
      // was told to fetch. The bucket goes with all that is in it.
      { parent: this, retainOnDelete: true },
    );
    const listHash = sha256(args.tenantList);
    const list = new s3.BucketObjectv2(
      `${name}-tenants`,
      {
        bucket: bucket.bucket,
        // Named by what it holds: an `apply` that comes late still finds the list that it was told of.
        key: `${TENANT_LISTS}${listHash}.json`,
        source: new pulumi.asset.StringAsset(args.tenantList),
        contentType: "application/json",
      },
      child,
    );

    const artifact = (object: s3.BucketObjectv2, hash: pulumi.Input<string>): Artifact => ({
      bucket: bucket.bucket,
      key: object.key,
      sha256: pulumi.output(hash),
      arn: pulumi.interpolate`${bucket.arn}/${object.key}`,
    });
    // All agents, for an old front may read an old one; what it runs is known by its hash. All lists, so that a new one changes no policy.
    this.agent = { ...artifact(agent, agentHash), arn: pulumi.interpolate`${bucket.arn}/${AGENTS}*.js` };
    this.tenantList = {
      ...artifact(list, listHash),
      arn: pulumi.interpolate`${bucket.arn}/${TENANT_LISTS}*.json`,
    };
    this.registerOutputs({ bucket: bucket.bucket });
  }
}

function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

function refusePlainHttp(bucketArn: pulumi.Output<string>): pulumi.Output<string> {
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "TlsOnly",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [bucketArn, pulumi.interpolate`${bucketArn}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  });
}
