import type * as pulumi from "@pulumi/pulumi";
import type { AlarmTarget } from "../alarms/alarms";
import type { CertificateAuthorityArgs } from "../data/account-key";
import type { FrontSize } from "../fronts/args";
import type { ExistingNetwork } from "../network/network";
import type { TenantList } from "./tenant-list";

/** What a program says when it makes a TenantFront. */
export interface TenantFrontArgs {
  /** The tenants as docs/configuration.md describes them: domains, or objects. They are data: no resource is made per tenant. */
  readonly tenants: readonly unknown[] | TenantList;
  /** In order of preference. */
  readonly cas: readonly CertificateAuthorityArgs[];
  /** E-mail for the ACME accounts; may be empty. */
  readonly contact: string;
  /** `http://host:port` or `https://host:port` for tenants that name none; absent: a welcome page. */
  readonly defaultUpstream?: string;
  readonly fronts: FrontSize;
  /** Absent: a VPC is made. */
  readonly network?: ExistingNetwork;
  readonly alarms: AlarmTarget;
  readonly logRetentionDays: number;
  /** Whether table, keys and static addresses refuse to be destroyed. */
  readonly protect: boolean;
  readonly tags: Readonly<Record<string, string>>;
  /** Directory with the built bundles; absent: they are built now. */
  readonly bundles?: pulumi.Input<string>;
}
