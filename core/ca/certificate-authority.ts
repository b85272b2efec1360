import type { CertfrontErrorDetails } from "../base/errors";
import { CertfrontError } from "../base/errors";

/** A CA in the stack's ordered list. */
export interface CaSettings {
  /** Short name: `letsencrypt`, `zerossl`, … */
  readonly name: string;
  /** The ACME directory's URL. */
  readonly directory: string;
  /** The CAA issuer domain names (RFC 8659 §4.2) this CA answers to. Empty: any `issue` value is taken as forbidding none. */
  readonly caaIdentities: readonly string[];
  /** Profile to ask for, where the CA offers it. */
  readonly profile?: string;
  /** External account binding; the HMAC key itself lies in SSM under this parameter's name. */
  readonly eab?: { readonly kid: string; readonly hmacKeyParameter: string };
}

export interface AcmeOrder {
  readonly url: string;
  readonly status: "pending" | "ready" | "processing" | "valid" | "invalid";
  readonly authorizations: readonly string[];
  readonly finalize: string;
  readonly certificate?: string;
  /** ms since the epoch. */
  readonly expires?: number;
  /** When the CA asked to come back, ms from now. */
  readonly retryAfterMs?: number;
  readonly error?: AcmeProblem;
}

export interface AcmeAuthorization {
  readonly url: string;
  readonly name: string;
  readonly status: "pending" | "valid" | "invalid" | "deactivated" | "expired" | "revoked";
  /** The http-01 challenge, where offered. */
  readonly http01?: {
    readonly url: string;
    readonly token: string;
    readonly status: string;
  };
  readonly error?: AcmeProblem;
  readonly retryAfterMs?: number;
}

/** RFC 7807 as RFC 8555 §6.7 uses it. */
export interface AcmeProblem {
  readonly type: string;
  readonly detail: string;
  readonly status?: number;
  readonly subproblems?: readonly { readonly type: string; readonly detail: string; readonly name?: string }[];
}

/** A "no" from a CA, or no answer at all (`type` is then `certfront:unreachable` or `certfront:malformed`). */
export class AcmeError extends CertfrontError {
  override name = "AcmeError";
  readonly problem: AcmeProblem;
  /** ms from now; never slept for, it becomes the record's next attempt time. */
  readonly retryAfterMs: number | undefined;

  constructor(
    problem: AcmeProblem,
    details: Omit<CertfrontErrorDetails, "code"> & { retryAfterMs?: number | undefined },
  ) {
    super(problem.detail, { code: "ACME", ...details });
    this.problem = problem;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** ARI's answer (RFC 9773 §4.2), times in ms. */
export interface RenewalInfo {
  readonly start: number;
  readonly end: number;
  readonly explanationUrl?: string;
  readonly retryAfterMs: number;
}

/**
 * One ACME account at one CA. Each call is one or few HTTP requests and returns at once: nothing here sleeps for a
 * Retry-After. All throw AcmeError. URLs of another host than the directory's are refused.
 */
export interface CertificateAuthority {
  readonly settings: CaSettings;
  /** The account's URL, creating the account when there is none. */
  accountUrl(): Promise<string>;
  newOrder(names: readonly string[], options: { replaces?: string | undefined }): Promise<AcmeOrder>;
  /** An unfinished order of this account for exactly these names, where the CA lets accounts list orders (RFC 8555 §7.1.2.1). */
  findOrder(names: readonly string[]): Promise<AcmeOrder | undefined>;
  order(url: string): Promise<AcmeOrder>;
  authorization(url: string): Promise<AcmeAuthorization>;
  /** Tells the CA that the challenge can be fetched now. */
  accept(challengeUrl: string): Promise<void>;
  /** Gives an authorization up (RFC 8555 §7.5.2) within seconds, or not at all: after a no, the CA is not asked for some time. */
  deactivate(authorizationUrl: string): Promise<void>;
  /** `csr` is PEM. */
  finalize(order: AcmeOrder, csr: string): Promise<AcmeOrder>;
  /** The chain as PEM, leaf first. */
  download(order: AcmeOrder): Promise<string>;
  revoke(leafPem: string, reason: number): Promise<void>;
  /** undefined where the CA has no ARI. */
  renewalInfo(leafPem: string): Promise<RenewalInfo | undefined>;
}
