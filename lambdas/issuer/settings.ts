import type { CaSettings } from "../../core/certificate-authority";
import { isObject } from "../../core/config-problems";
import { Environment, invalid } from "../shared/environment";

export interface IssuerSettings {
  readonly stack: string;
  readonly table: string;
  /** In order of preference. */
  readonly cas: readonly CaSettings[];
  /** E-mail for the ACME accounts; may be empty. */
  readonly contact: string;
  /** SSM parameter that holds the account key, PEM. */
  readonly accountKeyParameter: string;
  readonly addresses: readonly string[];
  readonly cnameTarget: string;
  readonly dnsServers: readonly string[] | undefined;
  readonly httpPort: number;
  readonly timeScale: number;
  /** This function, to hand batches to itself. */
  readonly functionName: string;
}

/** @throws CertfrontError naming the variable that is wrong */
export function readIssuerSettings(variables: NodeJS.ProcessEnv): IssuerSettings {
  const env = new Environment(variables);
  return {
    stack: env.required("STACK"),
    table: env.required("TABLE_NAME"),
    cas: readCas(env),
    contact: env.optional("CONTACT") ?? "",
    accountKeyParameter: env.required("ACCOUNT_KEY_PARAMETER"),
    addresses: env.strings("ADDRESSES"),
    cnameTarget: env.required("CNAME_TARGET").toLowerCase().replace(/\.$/, ""),
    dnsServers: env
      .optional("DNS_SERVERS")
      ?.split(",")
      .map((server) => server.trim()),
    httpPort: env.positiveNumber("HTTP_PORT", 80),
    timeScale: env.positiveNumber("TIME_SCALE", 1),
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
