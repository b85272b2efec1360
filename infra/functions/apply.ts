import * as lambda from "@pulumi/aws/lambda";
import * as pulumi from "@pulumi/pulumi";
import type { Artifact } from "../data/artifacts";
import type { Issuer } from "./issuer";

export interface ApplyArgs {
  readonly issuer: Issuer;
  readonly tenantList: Artifact;
  /** Most tenants that may go at once where they are many (core/tenant/removals.ts). */
  readonly allowRemovals: number;
  /** Names that may have another tenant than the one that left with them (core/issue/takeovers.ts). */
  readonly allowTakeovers: readonly string[];
}

/** Runs the issuer's `apply` on the tenant list whenever the list changes; what the list says wrong fails the deployment. */
export class Apply extends pulumi.ComponentResource {
  /** What changed: `{ok, tenants, added, changed, removed}`, JSON. */
  readonly result: pulumi.Output<string>;

  constructor(
    name: string,
    { issuer, tenantList, allowRemovals, allowTakeovers }: ApplyArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("certfront:infra:Apply", name, {}, opts);
    const invocation = new lambda.Invocation(
      `${name}-invocation`,
      {
        functionName: issuer.functionName,
        // The list itself stays in the bucket: a payload holds 6 MB, a list need not.
        // Its hash goes along, so that whoever may write to the bucket changes no tenant.
        input: pulumi.jsonStringify({
          operation: "apply",
          bucket: tenantList.bucket,
          key: tenantList.key,
          sha256: tenantList.sha256,
          ...(allowRemovals > 0 && { allowRemovals }),
          ...(allowTakeovers.length > 0 && { allowTakeovers }),
        }),
        triggers: { tenants: tenantList.sha256 },
      },
      { parent: this },
    );
    this.result = invocation.result;
    this.registerOutputs({ result: this.result });
  }
}
