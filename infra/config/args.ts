import type * as pulumi from "@pulumi/pulumi";
import type { Operator } from "../../core/handover/message";
import type { AlarmTarget } from "../alarms/alarms";
import type { CertificateAuthorityArgs } from "../data/account-key";
import type { FrontSize } from "../fronts/args";
import type { ExistingNetwork } from "../network/network";
import type { TenantList } from "./tenant-list";

/** What a program says when it makes a TenantFront. */
export interface TenantFrontArgs {
  /** The tenants as docs/configuration.md describes them: domains, or objects. They are data: no resource is made per tenant. */
  readonly tenants: readonly unknown[] | TenantList;
  /** Most removals that a list may ask for where they are more than five, a tenth, or all (core/tenant/removals.ts). */
  readonly allowRemovals?: number;
  /** Names that may have another tenant than the one that left with them less than 30 days ago. */
  readonly allowTakeovers?: readonly string[];
  /** A name in the operator's zone that tenants' CNAMEs point at, and the Route 53 zone to make it in; absent: the load balancer's own name, which dies with it. */
  readonly cname?: { readonly name: string; readonly zoneId?: string };
  /** In order of preference. */
  readonly cas: readonly CertificateAuthorityArgs[];
  /** E-mail for the ACME accounts; may be empty. */
  readonly contact: string;
  /** Number of the ACME account's key; one more makes a new key, which takes the account over. Absent: 1. */
  readonly accountKey?: number;
  /** Who runs the service, as tenants know it: shown on the page of a domain that is not ready, and exported for messages to customers. */
  readonly operator?: Operator;
  /** `http://host:port` or `https://host:port` for tenants that name none; absent: a welcome page. */
  readonly defaultUpstream?: string;
  readonly fronts: FrontSize;
  /** Absent: a VPC is made. */
  readonly network?: ExistingNetwork;
  /** `page`: where alarms that page go, if not where the others go. */
  readonly alarms: AlarmTarget & { readonly page?: AlarmTarget };
  /** Where docs/operations.md is read: alarms link to its chapters. Absent: they name the file. */
  readonly runbookUrl?: string;
  readonly logRetentionDays: number;
  /** Whether all that serves refuses to be destroyed, and a destroy deletes nothing. */
  readonly protect: boolean;
  readonly tags: Readonly<Record<string, string>>;
  /** Directory with the built bundles; absent: they are built now. */
  readonly bundles?: pulumi.Input<string>;
}
