import { DAY, SECOND, scaled } from "../../base/clock";
import type { AcmeOrder } from "../../ca/certificate-authority";
import { BadCertificateError, checkChainLength, verifyIssued } from "../../certificate/facts";
import type { CertificateSummary } from "../../record/record";
import { planForFresh } from "../../renewal/policy";
import { putFrontItem } from "../publish";
import { stillNeeded } from "../succession";
import { ask } from "./ask";
import { type OrderTurn, sameOrder } from "./order-turn";
import { wrongCertificate } from "./verdicts";

/** Stored: verified; then history, then what fronts read, then the record: whatever is cut off, the next turn writes it again. */
export async function storeCertificate(work: OrderTurn, order: AcmeOrder): Promise<void> {
  const { ca, progress, secret, turn } = work;
  const { tenant, ports, domain } = turn;
  const chain = await ask(turn, ca, () => ca.download(order));
  turn.step("issued");
  const now = turn.now();
  const summary = verified(work, chain, now);
  const stored = { domain, summary, chain, key: secret.key };
  await ports.store.putCertificate(stored);
  let revision = await putFrontItem(turn, stored);
  const written = tenant.record;
  await tenant.save((latest) => {
    sameOrder(latest, progress);
    const {
      order: _done,
      reason,
      avoidCas: _a,
      search: _s,
      caFailures: _c,
      ownFaults: _o,
      heldSince: _h,
      refusedNames,
      certificate,
      further = [],
      ...rest
    } = latest;
    const before = [...(certificate ? [certificate] : []), ...further];
    const refused = refusedNames?.filter(({ name }) => !progress.names.includes(name)) ?? [];
    const incomplete = progress.names.length < 1 + latest.tenant.aliases.length && reason?.code !== "WAITING";
    // Configuration that changed after the front item was written makes the record's revision the higher one: it is published again.
    if (latest.tenant !== written.tenant) revision = Math.max(revision + 1, latest.revision);
    return {
      ...rest,
      state: "active",
      since: now,
      lane: "renewal",
      failures: 0,
      certificate: summary,
      ...stillNeeded({ ...rest, certificate: summary, further: before }, now),
      ...(before.length > 0 && { forgetKeysAt: forgettable(before, latest.revoked, now, ports.timeScale) }),
      renewal: planForFresh(summary, { now, random: ports.random(), timeScale: ports.timeScale }),
      revision,
      ...(incomplete && reason ? { reason } : progress.warning && { reason: progress.warning }),
      ...(refused.length > 0 && { refusedNames: refused }),
    };
  });
  turn.step("stored");
  ports.observer.metric("certificatesIssued", 1);
  ports.observer.metric("issuanceSeconds", (turn.now() - progress.startedAt) / SECOND);
  await ports.store.deleteOrderSecret(domain, progress.id);
}

/** Whoever rolls back does it within a day; a key that somebody else may have goes as soon as no front serves it. */
function forgettable(
  superseded: readonly CertificateSummary[],
  revoked: readonly string[] | undefined,
  now: number,
  timeScale: number,
): number {
  const compromised = superseded.some(({ fingerprint }) => revoked?.includes(fingerprint));
  return compromised ? now : now + scaled(DAY, timeScale);
}

function verified(work: OrderTurn, chain: string, now: number): ReturnType<typeof verifyIssued> {
  const { progress, secret, ca } = work;
  try {
    checkChainLength(chain);
    return verifyIssued({ chain, key: secret.key, names: progress.names, ca: ca.settings.name }, now);
  } catch (error) {
    throw error instanceof BadCertificateError ? wrongCertificate(work, error) : error;
  }
}
