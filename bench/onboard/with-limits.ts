import { HOUR, MINUTE } from "../../core/base/clock";
import { AcmeError } from "../../core/ca/certificate-authority";
import { knownLimits } from "../../core/ca/known-limits";
import { afterUse, tokensLeft } from "../../core/ca/token-bucket";
import type { BucketLevel } from "../../core/record/store";
import { IssuerStage } from "../../testing/issuer-stage";
import { tenant } from "../../testing/records";
import { percentile } from "../front/percentile";

/** What the CA's limits make of it, by simulated time. */
export interface Limited {
  /** Hours from the apply until the certificate is published. */
  readonly p50: number;
  readonly last: number;
  /** Orders that the CA itself refused for its limit: each could have been known. */
  readonly refused: number;
}

const LETS_ENCRYPT = knownLimits("https://acme-v02.api.letsencrypt.org/directory");
/** ms after which nobody is waited for any more: far beyond what the limits ask. */
const LONGEST = 7 * 24 * HOUR;

/** The issuer's core on doubles of everything outside it, at a CA that counts new orders as Let's Encrypt does. */
export async function onboardWithLimits(tenants: number): Promise<Limited> {
  const stage = new IssuerStage();
  stage.figures = new Map([[stage.ca.settings.name, LETS_ENCRYPT]]);
  let refused = 0;
  let level: BucketLevel | undefined;
  stage.ca.refuses = (call) => {
    if (call !== "newOrder" || !LETS_ENCRYPT.ordersPerAccount) return undefined;
    const now = stage.clock.now();
    if (tokensLeft(LETS_ENCRYPT.ordersPerAccount, level, now) < 1) {
      refused += 1;
      return new AcmeError({ type: "urn:ietf:params:acme:error:rateLimited", detail: "too many new orders" }, {});
    }
    level = afterUse(LETS_ENCRYPT.ordersPerAccount, level, now);
    return undefined;
  };
  const domains = Array.from({ length: tenants }, (_, n) => `www.customer${n}.example`);
  stage.point(...domains);
  const begun = stage.clock.now();
  await stage.apply(...domains.map((domain) => tenant(domain)));
  const ports = stage.ports();
  const hours = new Map<string, number>();
  while (hours.size < tenants && stage.clock.now() < begun + LONGEST) {
    await stage.turn(ports);
    for (const { domain, state } of (await stage.memory.listTenants()).items)
      if (state === "active" && !hours.has(domain)) hours.set(domain, (stage.clock.now() - begun) / HOUR);
    stage.clock.advance(MINUTE);
  }
  const all = [...hours.values(), ...Array(tenants - hours.size).fill(Number.POSITIVE_INFINITY)];
  return { p50: percentile(all, 0.5), last: Math.max(...all), refused };
}
