import { MINUTE, SECOND } from "../core/base/clock";
import type { TenantRecord } from "../core/record/record";
import { FRONTS_WITHIN } from "../core/status/front-view";
import { factsOf, tenantView } from "../core/status/view";
import { relativeTime, utcMinute } from "../core/status/words";
import { openStore, type StatusStore } from "./clients";
import { EXIT, type ExitCode, type Invocation } from "./command";
import { plain } from "./terminal";

/** An issuance takes seconds, and begins within the minute. */
const PATIENCE = 5 * MINUTE;
const LOOK_EVERY = 2 * SECOND;

/** How a certificate's replacement went. */
export interface Followed {
  /** served: every front has it. setback: the issuer met something and looks again later. unfinished: it took too long to watch. */
  readonly outcome: "served" | "setback" | "unfinished";
  readonly record: TenantRecord;
}

/** Watches until every front serves another certificate than `before` had, or something stands in the way. */
export async function follow(
  { clock, pause, terminal }: Pick<Invocation, "clock" | "pause" | "terminal">,
  store: StatusStore,
  before: TenantRecord,
): Promise<Followed> {
  const until = clock.now() + PATIENCE;
  let said = "";
  for (;;) {
    const now = clock.now();
    const record = (await store.tenant(before.tenant.domain)) ?? before;
    const replaced = record.certificate !== undefined && record.certificate.serial !== before.certificate?.serial;
    if (replaced) {
      const { serving, behind } = tenantView(factsOf(record), await store.heartbeats(now, FRONTS_WITHIN), now).fronts;
      if (serving.length > 0 && behind.length === 0) return { outcome: "served", record };
    } else if (isSetBack(record, now)) return { outcome: "setback", record };
    const step = replaced
      ? "issued; fronts are taking it"
      : record.order
        ? `order under way at ${record.order.ca}`
        : "waiting for the issuer";
    if (step !== said) terminal.note(`${plain(record.tenant.domain)}: ${plain(step)}`);
    said = step;
    if (now >= until) return { outcome: "unfinished", record };
    await pause(LOOK_EVERY);
  }
}

/** The issuer had its turn, and will have the next one later. */
function isSetBack({ lease, order, reason, nextActionAt = 0 }: TenantRecord, now: number): boolean {
  return !lease && !order && reason !== undefined && reason.code !== "WAITING" && nextActionAt > now;
}

/** `--wait`: watches, and says the result, for people or as JSON. @param before the tenant as it was before the issuer was asked */
export async function waitFor(invocation: Invocation, before: TenantRecord): Promise<ExitCode> {
  const { terminal, options, clock } = invocation;
  const { outcome, record } = await follow(invocation, openStore(invocation.target), before);
  const { tenant, certificate, reason, nextActionAt } = record;
  const domain = plain(tenant.domain);
  const now = clock.now();
  if (options.json) {
    terminal.out(JSON.stringify({ domain: tenant.domain, outcome, certificate, reason, nextActionAt }, null, 2));
  } else if (outcome === "served" && certificate) {
    terminal.out(`${domain} has a new certificate, and every front serves it.`);
    terminal.out(
      `  serial ${certificate.serial}, from ${plain(certificate.ca)}, ends ${utcMinute(certificate.notAfter)}`,
    );
  } else if (outcome === "setback" && reason) {
    terminal.wrapped(`${domain} got no new certificate: ${reason.code}: ${plain(reason.sentence)}`);
    const soon = relativeTime(nextActionAt ?? now, now);
    terminal.wrapped(
      `The issuer tries again ${soon === "now" ? "within a minute" : soon}; the present certificate stays served.`,
    );
  } else {
    terminal.wrapped(
      `${domain} has not got its new certificate on every front yet. \`npx certfront status ${domain}\` goes on from here.`,
    );
  }
  return outcome === "served" ? EXIT.ok : EXIT.bad;
}
