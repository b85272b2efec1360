import { CertfrontError } from "../../core/base/errors";

/** A CA as far as the monitor needs it: whom a CAA record has to name. */
export interface MonitoredCa {
  readonly name: string;
  readonly caaIdentities: readonly string[];
}

/** What the monitor's environment says (docs/contracts.md). */
export interface MonitorSettings {
  readonly stack: string;
  readonly table: string;
  /** The load balancer's static IPv4 addresses. */
  readonly addresses: readonly string[];
  /** The load balancer's DNS name. */
  readonly cnameTarget: string;
  readonly httpsPort: number;
  /** `host:port` of each resolver. */
  readonly dnsServers: readonly string[];
  readonly cas: readonly MonitoredCa[];
  /** > 1 only locally: re-check intervals are divided by it. */
  readonly timeScale: number;
  /** Own name, to start the batches of a sweep. */
  readonly functionName: string;
}

/** Two operators, so that one's trouble is not taken for a tenant's. */
const PUBLIC_RESOLVERS = ["1.1.1.1:53", "8.8.8.8:53"];

/**
 * The monitor parses its environment itself: a mistake in code shared with the issuer would blind both at once.
 * @throws CertfrontError naming the variable
 */
export function readSettings(env: NodeJS.ProcessEnv): MonitorSettings {
  return {
    stack: required(env, "STACK"),
    table: required(env, "TABLE_NAME"),
    addresses: jsonArray(env, "ADDRESSES").map(String),
    cnameTarget: required(env, "CNAME_TARGET"),
    httpsPort: Number(env.HTTPS_PORT ?? 443),
    dnsServers: env.DNS_SERVERS ? env.DNS_SERVERS.split(",").map((server) => server.trim()) : PUBLIC_RESOLVERS,
    cas: jsonArray(env, "CAS").map(readCa),
    timeScale: Math.max(1, Number(env.TIME_SCALE ?? 1)),
    functionName: required(env, "AWS_LAMBDA_FUNCTION_NAME"),
  };
}

function readCa(value: unknown): MonitoredCa {
  const { name, caaIdentities } = (value ?? {}) as Record<string, unknown>;
  return {
    name: String(name ?? ""),
    caaIdentities: Array.isArray(caaIdentities) ? caaIdentities.map((identity) => String(identity).toLowerCase()) : [],
  };
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (!value) throw misconfigured(name, "is not set");
  return value;
}

function jsonArray(env: NodeJS.ProcessEnv, name: string): unknown[] {
  const text = required(env, name);
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value;
  } catch {
    // said below
  }
  throw misconfigured(name, "is not a JSON array");
}

function misconfigured(name: string, what: string): CertfrontError {
  return new CertfrontError(`The expiry monitor's environment variable ${name} ${what}.`, {
    code: "ENVIRONMENT_INVALID",
    advice: "It is set by the Pulumi program: run pulumi up again.",
  });
}
