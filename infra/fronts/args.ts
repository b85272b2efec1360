import type * as pulumi from "@pulumi/pulumi";
import type { FrontSettings } from "../../front/settings";
import type { AccountKey } from "../data/account-key";
import type { Artifact } from "../data/artifacts";
import type { Store } from "../data/store";
import type { TenantKeys } from "../data/tenant-keys";
import type { Common } from "../naming/common";
import type { LoadBalancer } from "../network/load-balancer";

/** How many fronts, and of what. */
export interface FrontSize {
  /** Never fewer than this, not even while they are replaced. */
  readonly min: number;
  readonly max: number;
  /** EC2 types in order of preference, all Arm or all x86; absent: PREFERRED_INSTANCE_TYPES, as far as the zones offered them at the first deployment. */
  readonly instanceTypes?: readonly string[];
  /** Debian 13 image to use in place of Debian's newest. */
  readonly ami?: string;
  /** An image that has the packages already (docs/deploy.md), in place of `ami`. */
  readonly customAmi?: string;
  /** Install the SSM agent and allow Session Manager. */
  readonly sessionManager?: boolean;
}

export interface FrontFleetArgs {
  readonly common: Common;
  readonly size: FrontSize;
  /** Tried in this order whenever a front is started. */
  readonly instanceTypes: pulumi.Output<readonly string[]>;
  readonly subnetIds: readonly pulumi.Input<string>[];
  readonly securityGroupId: pulumi.Input<string>;
  readonly loadBalancer: LoadBalancer;
  readonly store: Store;
  readonly tenantKeys: TenantKeys;
  readonly accountKey: AccountKey;
  readonly agent: Artifact;
  readonly defaultUpstream?: string;
  readonly operator?: FrontSettings["operator"];
}
