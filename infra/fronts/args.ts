import type * as pulumi from "@pulumi/pulumi";
import type { FrontSettings } from "../../front/settings";
import type { AccountKey } from "../data/account-key";
import type { Artifact } from "../data/artifacts";
import type { Store } from "../data/store";
import type { TenantKeys } from "../data/tenant-keys";
import type { Common } from "../naming/common";
import type { LoadBalancer } from "../network/load-balancer";
import type { FrontSize } from "./size";

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
  readonly defaultUpstream?: pulumi.Input<string>;
  readonly operator?: FrontSettings["operator"];
}
