import { DAY, HOUR } from "../base/clock";
import type { Limit } from "./token-bucket";

/** What a CA allows. A limit that is absent is not known, and only met by the CA's own Retry-After. */
export interface CaLimitFigures {
  /** New orders of the account. */
  readonly ordersPerAccount?: Limit;
  /** New certificates under one registered domain. */
  readonly certificatesPerDomain?: Limit;
  /** Certificates for exactly the same names. */
  readonly duplicates?: Limit;
  /** Failed validations of one name. */
  readonly failedValidations?: Limit;
}

export const LIMIT_NAMES = ["ordersPerAccount", "certificatesPerDomain", "duplicates", "failedValidations"] as const;

const per = (capacity: number, windowMs: number): Limit => ({ capacity, windowMs });

/** By the directory's host. Other CAs publish no figures that could be relied on. */
const KNOWN: Readonly<Record<string, CaLimitFigures>> = {
  // https://letsencrypt.org/docs/rate-limits/ (2026-08-05)
  "acme-v02.api.letsencrypt.org": {
    ordersPerAccount: per(300, 3 * HOUR),
    certificatesPerDomain: per(50, 7 * DAY),
    duplicates: per(5, 7 * DAY),
    failedValidations: per(5, HOUR),
  },
  // https://letsencrypt.org/docs/staging-environment/
  "acme-staging-v02.api.letsencrypt.org": {
    ordersPerAccount: per(1_500, 3 * HOUR),
    certificatesPerDomain: per(30_000, 7 * DAY),
    duplicates: per(30_000, 7 * DAY),
    failedValidations: per(200, HOUR),
  },
};

/** What is known of the CA behind a directory. */
export function knownLimits(directory: string): CaLimitFigures {
  return KNOWN[new URL(directory).hostname] ?? {};
}
