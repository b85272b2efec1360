import type * as pulumi from "@pulumi/pulumi";

// Pulumi's schema knows neither unions nor read-only lists: what TypeScript programs write shorter (infra/config/args.ts) is spelled out here. What is not an
// `Input` must be known when the program runs. Keys and their rules are those of docs/configuration.md.

/** What a program in any language says when it makes a TenantFront. */
export interface TenantFrontArgs {
  /** The tenants. They are data, not resources. */
  tenants: TenantDefinition[];
  /** Most removals that a list may ask for where they are more than five, a tenth, or all. Default: 0. */
  allowRemovals?: number;
  /** Names that may have another tenant than the one that left with them less than 30 days ago. */
  allowTakeovers?: string[];
  /** A name in a zone of yours that tenants' CNAMEs point at. Default: the load balancer's own name, which dies with it. */
  cnameTarget?: string;
  /** The Route 53 zone of cnameTarget, in which its record is then made. */
  cnameZoneId?: pulumi.Input<string>;
  /** http://host:port or https://host:port for tenants that name no upstream. Default: a welcome page. */
  defaultUpstream?: pulumi.Input<string>;
  /** Certificate authorities in order of preference. Default: Let's Encrypt. */
  cas?: CaDefinition[];
  /** E-mail address for the accounts at the CAs. */
  contact?: string;
  /** Number of the ACME account's key; one more makes a new key, which takes the account over. Default: 1. */
  accountKey?: number;
  /** Who runs the service, as tenants know it. */
  operator?: OperatorDefinition;
  /** Fronts that always serve. Default: 2. */
  minFronts?: number;
  /** Most fronts when CPU load asks for more. Default: 4. */
  maxFronts?: number;
  /** EC2 instance types of the fronts in order of preference, separated by commas, all Arm or all x86. */
  instanceType?: string;
  /** Debian 13 image. Default: Debian's newest whenever a front starts. */
  ami?: string;
  /** An image that has the packages already, in place of ami. */
  customAmi?: string;
  /** Install the SSM agent and allow Session Manager. Default: false. */
  sessionManager?: boolean;
  /** A VPC that exists. Default: one is made. */
  vpcId?: pulumi.Input<string>;
  /** Two to five public subnets of vpcId, each in another zone. */
  subnetIds?: pulumi.Input<string>[];
  /** Where alarms are mailed. */
  alarmEmail?: string;
  /** Where the alarms that page are mailed, if elsewhere. */
  pageEmail?: string;
  /** An SNS topic that exists, in place of alarmEmail. */
  alarmTopicArn?: pulumi.Input<string>;
  /** An SNS topic that exists, in place of pageEmail. */
  pageTopicArn?: pulumi.Input<string>;
  /** Where your people read docs/operations.md. */
  runbookUrl?: string;
  /** Days that logs are kept. Default: 30. */
  logRetentionDays?: number;
  /** Whether all that serves refuses to be destroyed. Default: true. */
  protect?: boolean;
  /** Tags on everything that can carry some. */
  tags?: Record<string, pulumi.Input<string>>;
}

/** One tenant. */
export interface TenantDefinition {
  /** The primary domain, and the tenant's identity. */
  domain: string;
  /** Further names on the same certificate, at most 24. */
  aliases?: string[];
  /** Where its requests go, http://host:port or https://host:port. Default: defaultUpstream. */
  upstream?: string;
  /** What port 80 does: redirect or serve. Default: redirect. */
  http?: string;
  /** Path prefixes that port 80 serves as they are while it redirects the rest; in place of http. */
  redirectExcept?: string[];
  /** Strict-Transport-Security. Default: off. */
  hsts?: HstsDefinition;
  /** Visitors' own certificates. Default: off. */
  clientCertificates?: ClientCertificateDefinition;
  /** ecdsa-p256 or rsa-2048. Default: ecdsa-p256. */
  keyType?: string;
  /** The CA to try first, by its name in cas. */
  ca?: string;
  /** Your own id of the customer: DNS then has to show that the names are theirs before the first order. */
  owner?: string;
}

/** Strict-Transport-Security of one tenant. */
export interface HstsDefinition {
  /** Seconds. Default: a year. */
  maxAge?: number;
  /** Default: false. */
  includeSubdomains?: boolean;
  /** Needs includeSubdomains and at least a year. Default: false. */
  preload?: boolean;
}

/** Mutual TLS of one tenant. */
export interface ClientCertificateDefinition {
  /** off, optional or required. */
  mode: string;
  /** The CA that signs them, PEM. */
  ca?: string;
  /** Its revocation lists, PEM. */
  crl?: string;
}

/** A CA; of those that certfront knows (letsencrypt, letsencrypt-staging, zerossl, google, sslcom) the name is enough. */
export interface CaDefinition {
  /** Up to 32 lower-case letters, digits and hyphens. */
  name: string;
  /** The https:// URL of its ACME directory. */
  directory?: string;
  /** The domains that it recognises in CAA records. */
  caaIdentities?: string[];
  /** Certificate profile to ask for. */
  profile?: string;
  /** External account binding, from the CA's web site: its key id. */
  eabKid?: string;
  /** Its key, base64url. */
  eabHmacKey?: pulumi.Input<string>;
}

/** Who runs the service. */
export interface OperatorDefinition {
  /** As customers know it. */
  name: string;
  /** An e-mail address, or a page. */
  support: string;
}

/** A CA as the command reads it from a stack's outputs. */
export interface CaOutput {
  /** As it was named. */
  name: string;
  /** The ACME directory's URL. */
  directory: string;
  /** The domains that it recognises in CAA records. */
  caaIdentities: string[];
  /** The profile asked for. */
  profile?: string;
}
