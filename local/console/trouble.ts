import type { Heartbeat } from "../../core/record/record";
import type { TenantIndexEntry } from "../../core/record/store";
import { turnOf } from "../../core/record/turn";
import { type Judged, OVERDUE_WARN, overdue } from "../../core/status/attention";
import { tenantView } from "../../core/status/view";
import type { Cause, TroubleView } from "./views";

/** Cards on top of the page; the list below has all. */
const SHOWN = 6;
/** More tenants than this with one cause are one card. */
const EACH = 3;
const EXAMPLES = 3;

/** Tenants that need somebody for one cause. */
export interface Trouble {
  readonly cause: Cause;
  /** Of the worst of them. */
  readonly level: "broken" | "warning";
  count: number;
  /** ms: the longest-standing. */
  since: number;
  /** The worst few. */
  readonly tenants: TenantIndexEntry[];
}

/** By cause, those that are down first, then those that concern most. @param entries worst first */
export function troubles(entries: readonly Judged[], now: number): Trouble[] {
  const found = new Map<Cause, Trouble>();
  for (const { tenant, level } of entries) {
    if (level !== "broken" && level !== "warning") continue;
    const cause = causeOf(tenant, now);
    const since = causeSince(cause, tenant);
    const known = found.get(cause) ?? { cause, level, count: 0, since, tenants: [] };
    found.set(cause, known);
    known.count += 1;
    known.since = Math.min(known.since, since);
    if (known.tenants.length < EXAMPLES) known.tenants.push(tenant);
  }
  return [...found.values()].sort(
    (a, b) => Number(b.level === "broken") - Number(a.level === "broken") || b.count - a.count,
  );
}

/** What stands in a tenant's way: its reason, or what is seen where the issuer gave none. */
export function causeOf(tenant: TenantIndexEntry, now: number): Cause {
  const { reason, certificate } = tenant;
  if (reason !== undefined && reason.code !== "WAITING") return reason.code;
  if (certificate && certificate.notAfter <= now) return "EXPIRED";
  return overdue(tenant, now) >= OVERDUE_WARN ? "RENEWAL_OVERDUE" : "NOT_ON_EVERY_FRONT";
}

/** ms. What the clock alone brought about began when it said so, whenever the tenant's state last changed. */
function causeSince(cause: Cause, { since, certificate, renewal }: TenantIndexEntry): number {
  if (cause === "EXPIRED") return certificate?.notAfter ?? since;
  if (cause === "RENEWAL_OVERDUE") return renewal?.renewAt ?? since;
  return since;
}

/** The cards: a tenant each, or one for many of one cause. */
export function troubleViews(
  found: readonly Trouble[],
  heartbeats: readonly Heartbeat[],
  now: number,
): { readonly cards: TroubleView[]; readonly more: number } {
  const cards: TroubleView[] = [];
  let shown = 0;
  for (const { cause, level, count, since, tenants } of found) {
    if (cards.length === SHOWN) break;
    if (count > EACH) {
      const sentence = tenants[0]?.reason?.sentence;
      const [turn, domains] = [whoseTurn(cause), tenants.map(({ domain }) => domain)];
      cards.push({
        kind: "many",
        cause,
        level,
        count,
        since: new Date(since).toISOString(),
        turn,
        domains,
        ...(sentence && { sentence }),
      });
      shown += count;
      continue;
    }
    for (const tenant of tenants.slice(0, SHOWN - cards.length)) {
      const began = new Date(causeSince(cause, tenant)).toISOString();
      const view = tenantView(tenant, heartbeats, now);
      cards.push({ kind: "one", cause, since: began, turn: whoseTurn(cause), tenant: view });
      shown += 1;
    }
  }
  return { cards, more: found.reduce((sum, { count }) => sum + count, 0) - shown };
}

/** What one card tells of many. */
export function commonCauses(found: readonly Trouble[]): Cause[] {
  return found.filter(({ count }) => count > EACH).map(({ cause }) => cause);
}

function whoseTurn(cause: Cause): "owner" | "us" | "nobody" {
  return cause === "EXPIRED" || cause === "RENEWAL_OVERDUE" || cause === "NOT_ON_EVERY_FRONT" ? "us" : turnOf(cause);
}
