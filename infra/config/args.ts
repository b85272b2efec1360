import type * as pulumi from "@pulumi/pulumi";
import type { Operator } from "../../core/handover/message";
import type { TenantEntry } from "../../core/tenant/entry";
import type { AlarmTarget } from "../alarms/target";
import type { FrontSize } from "../fronts/size";
import type { ExistingNetwork } from "../network/network";
import type { CaEntry } from "./ca-list";
import type { TenantList } from "./tenant-list";

/** What a program says when it makes a TenantFront. Only `tenants` must be there. */
export interface TenantFrontArgs {
  /**
   * The tenants: domains, or objects. They are data, not resources: a list of 100,000 makes as many resources as a list of one. Known when the program
   * runs, since a list with a mistake is refused before anything is made.
   * @example tenants: ["www.lyon.example", { domain: "data.paris.example", aliases: ["www.paris.example"] }]
   */
  readonly tenants: readonly TenantEntry[] | TenantList;
  /**
   * Most removals that a list may ask for where they are more than five, a tenth, or all. Default: 0.
   * @example allowRemovals: 12
   */
  readonly allowRemovals?: number;
  /**
   * Names that may have another tenant than the one that left with them less than 30 days ago. Default: none.
   * @example allowTakeovers: ["data.paris.example"]
   */
  readonly allowTakeovers?: readonly string[];
  /**
   * A name in a zone of yours that tenants' CNAMEs point at, and the Route 53 zone to make it in. Default: the load balancer's own name, which dies with it.
   * @example cname: { name: "edge.example.com", zoneId: "Z0123456789ABC" }
   */
  readonly cname?: { readonly name: string; readonly zoneId?: pulumi.Input<string> };
  /**
   * Certificate authorities in order of preference: names of known ones, or objects. Default: `["letsencrypt"]`.
   * @example cas: ["letsencrypt", { name: "zerossl", eab: { kid: "kid-1", hmacKey: pulumi.secret("c2VjcmV0LWtleS1vZi1hLWRvY3VtZW50") } }]
   * @throws ConfigError for a name that nobody knows, or a CA that asks for an external account binding and has none
   */
  readonly cas?: readonly CaEntry[];
  /**
   * E-mail address for the accounts at the CAs. Default: none.
   * @example contact: "ops@example.org"
   */
  readonly contact?: pulumi.Input<string>;
  /**
   * Number of the ACME account's key; one more makes a new key, which takes the account over. Default: 1.
   * @example accountKey: 2
   */
  readonly accountKey?: number;
  /**
   * Who runs the service, as tenants know it: shown on the page of a domain that is not ready, and under messages to customers. Default: nobody is named.
   * @example operator: { name: "Example Hosting", support: "help@example.org" }
   */
  readonly operator?: Operator;
  /**
   * `http://host:port` or `https://host:port` for tenants that name no upstream. Default: a welcome page.
   * @example defaultUpstream: "http://app.internal.example.org:8080"
   */
  readonly defaultUpstream?: pulumi.Input<string>;
  /**
   * How many fronts, and of what. Default: 2, up to 4, of the smallest Arm types.
   * @example fronts: { min: 3, max: 9, instanceTypes: ["c7g.large", "m7g.large"] }
   */
  readonly fronts?: FrontSize;
  /**
   * A network that exists. Default: a VPC is made.
   * @example network: { vpcId: "vpc-0123456789abcdef0", subnetIds: ["subnet-0123456789abcdef0", "subnet-0fedcba9876543210"] }
   */
  readonly network?: ExistingNetwork;
  /**
   * Where alarms go; `page`: where those go for which a person gets up, if elsewhere. Default: they only show in CloudWatch.
   * @example alarms: { email: "ops@example.org", page: { topicArn: "arn:aws:sns:eu-west-1:123456789012:pager" } }
   */
  readonly alarms?: AlarmTarget & { readonly page?: AlarmTarget };
  /**
   * Where your people read docs/operations.md: every alarm links to its chapter there. Default: the page in the package's own repository, or the file's name.
   * @example runbookUrl: "https://git.example.com/ops/certfront/docs/operations.md"
   */
  readonly runbookUrl?: string;
  /**
   * Days that logs are kept, one of the numbers that CloudWatch Logs accepts. Default: 30.
   * @example logRetentionDays: 90
   */
  readonly logRetentionDays?: number;
  /**
   * Whether all that serves refuses to be destroyed, and a destroy deletes nothing. Default: `true`.
   * @example protect: false
   */
  readonly protect?: boolean;
  /**
   * Tags on everything that can carry some. Default: none but `certfront`, with the name.
   * @example tags: { team: "web" }
   */
  readonly tags?: Readonly<Record<string, pulumi.Input<string>>>;
  /**
   * Directory with the functions and the agent, built. Default: those that came with the package; in a checkout they are built now.
   * @example bundles: "dist"
   */
  readonly bundles?: pulumi.Input<string>;
}
