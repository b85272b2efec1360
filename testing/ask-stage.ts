import { DAY, HOUR } from "../core/base/clock";
import type { RenewalInfo } from "../core/ca/certificate-authority";
import type { CertificateSummary, RenewalPlan } from "../core/record/record";
import { IssuerStage } from "./issuer-stage";
import { certificateSummary } from "./records";

export const LEAF = "-----BEGIN CERTIFICATE-----\nleaf\n-----END CERTIFICATE-----\n";
export const CHAIN = `${LEAF}-----BEGIN CERTIFICATE-----\nintermediate\n-----END CERTIFICATE-----\n`;

/** For when a CA would have the certificate of `a.example` renewed: it is ten days old, and the CA notes whom it was asked about. */
export class AskStage extends IssuerStage {
  private readonly begun = this.clock.now();
  /** PEM of the leaves. */
  readonly asked: string[] = [];

  constructor() {
    super();
    this.ca.renewalInfo = async (leaf?: string) => {
      this.asked.push(leaf ?? "");
      return this.ca.ari;
    };
  }

  certificate(changes: Partial<CertificateSummary> = {}): CertificateSummary {
    return certificateSummary("a.example", {
      ca: "first-ca",
      ariId: "ari",
      notBefore: this.begun - 10 * DAY,
      notAfter: this.begun + 80 * DAY,
      ...changes,
    });
  }

  window(changes: Partial<RenewalInfo> = {}): RenewalInfo {
    return { start: this.begun + 30 * DAY, end: this.begun + 32 * DAY, retryAfterMs: 6 * HOUR, ...changes };
  }

  /** What follows from that window. */
  planned(): RenewalPlan {
    return { renewAt: this.begun + 31 * DAY, source: "ari", inRound: true };
  }
}
