import * as path from "node:path";
import * as z from "zod/mini";
import { ConfigError } from "../core/base/errors";
import { THUMBPRINT } from "../core/ca/challenge";

const port = z.number().check(z.int(), z.minimum(1), z.maximum(65_535));
const absolute = z.string().check(z.regex(/^\/[A-Za-z0-9._/-]+$/, "an absolute path of letters, digits, . _ - and /"));
/** `arn:<partition>:kms:<region>:<account>:key/<id>` */
const keyArn = z
  .string()
  .check(z.regex(/^arn:[a-z0-9-]+:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/, "a KMS key's ARN"));
const word = z.string().check(z.regex(/^[A-Za-z0-9._/#-]*$/, "letters, digits and . _ - / # only"));

const schema = z.object({
  front: word,
  roleId: word,
  stack: word,
  region: word,
  table: word,
  transientTable: word,
  sealKey: keyArn,
  thumbprint: z.string().check(z.regex(THUMBPRINT, "an account key's thumbprint (RFC 7638)")),
  logGroup: word,
  defaultUpstream: z.optional(z.string()),
  operator: z.optional(z.object({ name: z.string(), support: z.string() })),
  directory: absolute,
  haproxyConfig: absolute,
  socket: absolute,
  bind: z.string().check(z.regex(/^[0-9A-Fa-f.:*]+$/, "an IP address")),
  httpPort: port,
  httpsPort: port,
  healthPort: port,
  syncSeconds: z.number().check(z.positive(), z.maximum(60)),
  user: z.optional(word),
  group: z.optional(word),
});

/** `front.json`: all that tells one front from another. Written by the program into the instances' user data. */
export interface FrontSettings {
  /** Name in heartbeats, logs and status; empty: the EC2 instance id. */
  readonly front: string;
  /** Unique id of the instances' role: with the front's own name, what IAM knows it as. */
  readonly roleId: string;
  readonly stack: string;
  readonly region: string;
  readonly table: string;
  /** The table without backups: ticket keys, data keys that fronts have opened. */
  readonly transientTable: string;
  /** ARN of the KMS key that the stored private keys are sealed under. */
  readonly sealKey: string;
  /** Of the account key whose challenges this front answers (RFC 7638). */
  readonly thumbprint: string;
  /** CloudWatch log group for the agent's lines; empty: standard output only. */
  readonly logGroup: string;
  /** Upstream of tenants that name none; absent: the built-in welcome page. */
  readonly defaultUpstream?: string | undefined;
  /** Who runs the service, on the page of a domain that is not ready; either may be empty. */
  readonly operator?: { readonly name: string; readonly support: string } | undefined;
  /** Certificates, maps, last good set. */
  readonly directory: string;
  readonly haproxyConfig: string;
  /** HAProxy's run-time API, a Unix socket. */
  readonly socket: string;
  /** Address to listen on. */
  readonly bind: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  /** Health (`/healthz`) and Prometheus metrics (`/metrics`). */
  readonly healthPort: number;
  /** Seconds between two looks at the table. */
  readonly syncSeconds: number;
  /** Unix user and group HAProxy runs as; absent: the one that starts it. */
  readonly user?: string | undefined;
  readonly group?: string | undefined;
}

/** Throws ConfigError naming every field that is wrong. Paths end up in HAProxy's configuration, so their alphabet is small. */
export function parseFrontSettings(raw: unknown): FrontSettings {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    parsed.error.issues.map((issue) => ({ path: `front.json ${issue.path.join(".")}`, message: issue.message })),
  );
}

/** Where everything under `directory` lies. */
export interface FrontPaths {
  /** One PEM file per certificate, 0600. */
  readonly certificates: string;
  /** One JSON file per tenant: what this front was told of it, without the key. */
  readonly tenants: string;
  /** One JSON file for each departure: what is served on until others have its names. */
  readonly departed: string;
  /** Tenants' own CAs for client certificates, by their hash. */
  readonly clientCas: string;
  readonly defaultCertificate: string;
  readonly crtList: string;
  /** Host → policy (front/agent/policy.ts). */
  readonly policyMap: string;
  /** Host and path prefix that is not redirected. */
  readonly exceptionMap: string;
  /** `ready` → 1 after the first full load. */
  readonly readyMap: string;
  readonly ticketKeys: string;
  /** Upstreams and their last addresses, for the next haproxy.cfg. */
  readonly upstreams: string;
  readonly pages: string;
  /** What HAProxy says by itself: status and form → page. */
  readonly pageMap: string;
}

export function frontPaths(settings: Pick<FrontSettings, "directory">): FrontPaths {
  const under = (...parts: string[]): string => path.join(settings.directory, ...parts);
  return {
    certificates: under("certificates"),
    tenants: under("tenants"),
    departed: under("departed"),
    clientCas: under("client-cas"),
    defaultCertificate: under("default.pem"),
    crtList: under("crt.list"),
    policyMap: under("policy.map"),
    exceptionMap: under("exception.map"),
    readyMap: under("ready.map"),
    ticketKeys: under("ticket-keys"),
    upstreams: under("upstreams.json"),
    pages: under("pages"),
    pageMap: under("pages", "pages.map"),
  };
}
