import { HOUR, SECOND } from "../../core/base/clock";
import type { CaSettings } from "../../core/ca/certificate-authority";
import { type CaLimitFigures, knownLimits, LIMIT_NAMES } from "../../core/ca/known-limits";
import { isObject } from "../../core/tenant/problems";
import { Environment, invalid } from "../shared/environment";

/** ms: three of the minutes over which `no-healthy-front` looks, and what CloudWatch takes to have them. */
const FRONT_SETTLES = 200 * SECOND;

export interface IssuerSettings {
  readonly stack: string;
  readonly table: string;
  /** The table without backups. */
  readonly transientTable: string;
  /** ARN of the KMS key that private keys are sealed under. */
  readonly sealKey: string;
  /** In order of preference. */
  readonly cas: readonly CaSettings[];
  /** What each CA allows, by its name. */
  readonly limits: ReadonlyMap<string, CaLimitFigures>;
  /** E-mail for the ACME accounts; may be empty. */
  readonly contact: string;
  /** SSM parameter that holds the account key, PEM. */
  readonly accountKeyParameter: string;
  /** SSM parameter that holds the key which that one replaces, PEM. */
  readonly formerAccountKeyParameter: string | undefined;
  /** Of the account key: what the fronts answer challenges with (RFC 7638). */
  readonly thumbprint: string;
  readonly addresses: readonly string[];
  readonly cnameTarget: string;
  readonly dnsServers: readonly string[] | undefined;
  readonly httpPort: number;
  readonly timeScale: number;
  /** How long the first front is to have answered before the first tenants are applied, ms. */
  readonly settleMs: number;
  /** This function, to hand batches to itself. */
  readonly functionName: string;
}

/** @throws CertfrontError naming the variable that is wrong */
export function readIssuerSettings(variables: NodeJS.ProcessEnv): IssuerSettings {
  const env = new Environment(variables);
  const cas = readCas(env);
  return {
    stack: env.required("STACK"),
    table: env.required("TABLE_NAME"),
    transientTable: env.required("TRANSIENT_TABLE"),
    sealKey: env.required("SEAL_KEY"),
    cas,
    limits: readLimits(env, cas),
    contact: env.optional("CONTACT") ?? "",
    accountKeyParameter: env.required("ACCOUNT_KEY_PARAMETER"),
    formerAccountKeyParameter: env.optional("FORMER_ACCOUNT_KEY_PARAMETER"),
    thumbprint: env.required("ACCOUNT_THUMBPRINT"),
    addresses: env.strings("ADDRESSES"),
    cnameTarget: env.required("CNAME_TARGET").toLowerCase().replace(/\.$/, ""),
    dnsServers: env
      .optional("DNS_SERVERS")
      ?.split(",")
      .map((server) => server.trim()),
    httpPort: env.positiveNumber("HTTP_PORT", 80),
    timeScale: env.positiveNumber("TIME_SCALE", 1),
    settleMs: env.positiveNumber("SETTLE_MS", FRONT_SETTLES),
    functionName: env.required("AWS_LAMBDA_FUNCTION_NAME"),
  };
}

function readCas(env: Environment): CaSettings[] {
  const value = env.json("CAS");
  if (!Array.isArray(value) || value.length === 0) throw invalid("CAS", "is not a list of CAs");
  return value.map(readCa);
}

function readCa(value: unknown): CaSettings {
  const { name, directory, caaIdentities, profile, eab } = isObject(value) ? value : {};
  if (typeof name !== "string" || typeof directory !== "string" || !Array.isArray(caaIdentities)) {
    throw invalid("CAS", "holds a CA without name, directory or caaIdentities");
  }
  const { kid, hmacKeyParameter } = isObject(eab) ? eab : {};
  return {
    name,
    directory,
    caaIdentities: caaIdentities.map((identity) => String(identity).toLowerCase()),
    ...(typeof profile === "string" && profile !== "" && { profile }),
    ...(typeof kid === "string" && typeof hmacKeyParameter === "string" && { eab: { kid, hmacKeyParameter } }),
  };
}

/** `CA_LIMITS`: `{"letsencrypt": {"ordersPerAccount": {"capacity": 3000, "hours": 3}}}`, over what is known of the CA. */
function readLimits(env: Environment, cas: readonly CaSettings[]): Map<string, CaLimitFigures> {
  const overrides = env.optional("CA_LIMITS") === undefined ? {} : env.json("CA_LIMITS");
  if (!isObject(overrides)) throw invalid("CA_LIMITS", "is not a JSON object");
  return new Map(
    cas.map(({ name, directory }) => [name, { ...knownLimits(directory), ...readFigures(overrides[name]) }]),
  );
}

function readFigures(value: unknown): CaLimitFigures {
  if (value === undefined) return {};
  if (!isObject(value)) throw invalid("CA_LIMITS", "holds a CA whose limits are not an object");
  const figures = Object.entries(value).map(([name, limit]) => {
    const { capacity, hours } = isObject(limit) ? limit : {};
    if (!LIMIT_NAMES.some((known) => known === name) || !positive(capacity) || !positive(hours)) {
      throw invalid("CA_LIMITS", `does not give ${name} as {capacity, hours}; limits are ${LIMIT_NAMES.join(", ")}`);
    }
    return [name, { capacity, windowMs: hours * HOUR }] as const;
  });
  return Object.fromEntries(figures);
}

function positive(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}
