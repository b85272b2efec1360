import { CertfrontError } from "../../core/base/errors";

/** One AWS service, as its callers and its signatures name it. */
export interface Service {
  /** For people. */
  readonly name: string;
  /** In signatures and host names. */
  readonly id: string;
  /** In `AWS_ENDPOINT_URL_<VARIABLE>`. */
  readonly variable: string;
  /** Of a JSON API: what precedes the operation in `X-Amz-Target`, and its version. */
  readonly json?: { readonly target: string; readonly version: "1.0" | "1.1" };
}

/**
 * What a partition's host names end with, by the beginning of its regions' names; the others are of `amazonaws.com`. The only such list: the
 * program asks the provider, which this code runs without. From the SDK's own partitions.json.
 */
const SUFFIXES: readonly (readonly [region: string, suffix: string])[] = [
  ["cn-", "amazonaws.com.cn"],
  ["eusc-", "amazonaws.eu"],
  ["us-iso-", "c2s.ic.gov"],
  ["us-isob-", "sc2s.sgov.gov"],
  ["eu-isoe-", "cloud.adc-e.uk"],
  ["us-isof-", "csp.hci.ic.gov"],
];

/** The place that `AWS_ENDPOINT_URL_<SERVICE>` or `AWS_ENDPOINT_URL` names instead of AWS' own, as they do for the SDK. */
export function namedEndpoint({ variable }: Service, env: NodeJS.ProcessEnv = process.env): string | undefined {
  return env[`AWS_ENDPOINT_URL_${variable}`] || env.AWS_ENDPOINT_URL || undefined;
}

/** Where a service answers. */
export function endpointOf(service: Service, region: string, env: NodeJS.ProcessEnv = process.env): URL {
  const named = namedEndpoint(service, env);
  if (named) return new URL(named);
  const [, suffix] = SUFFIXES.find(([begin]) => region.startsWith(begin)) ?? ["", "amazonaws.com"];
  return new URL(`https://${service.id}.${region}.${suffix}`);
}

/** @throws CertfrontError where the environment names none */
export function regionOf(env: NodeJS.ProcessEnv = process.env): string {
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION;
  if (region) return region;
  throw new CertfrontError("No AWS region: neither AWS_REGION nor AWS_DEFAULT_REGION is set.", {
    code: "AWS_REGION",
    advice: "Lambda sets it by itself; a front has it from its settings.",
  });
}
