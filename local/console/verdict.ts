import { isoTime } from "../../core/base/clock";
import type { TenantIndexEntry } from "../../core/record/store";
import type { TenantCounts } from "../../core/status/counts";
import type { FrontView } from "../../core/status/front-view";
import type { ConsoleAlarm } from "../aws/cloudwatch/types";
import type { Snapshot } from "./tenant-snapshot";
import type { Verdict } from "./views";

/** The one sentence on top: is anything wrong? Alarms decide what is bad; tenants and fronts what somebody should look at. */
export function verdict(
  alarms: readonly ConsoleAlarm[],
  { counts, fronts, skippedHeartbeats, worst }: Pick<Snapshot, "counts" | "fronts" | "skippedHeartbeats" | "worst">,
  stack: string,
): Verdict {
  const ringing = alarms.filter(({ state }) => state === "ALARM");
  const parts = ringing.filter(({ composite }) => !composite);
  const { broken, warning } = counts.byAttention;
  const unwell = fronts.filter(({ state }) => state === "silent" || state === "failing");
  const facts = [
    parts.length > 0 && `${plural(parts.length, "alarm rings", "alarms ring")}`,
    broken > 0 && `${plural(broken, "tenant has", "tenants have")} no valid certificate`,
    warning > 0 && `${plural(warning, "tenant is", "tenants are")} served but will need help`,
    unwell.length > 0 && `${plural(unwell.length, "front is", "fronts are")} not well`,
    skippedHeartbeats > 0 &&
      `${plural(skippedHeartbeats, "item among the fronts' heartbeats is", "items among the fronts' heartbeats are")} none`,
    fronts.length === 0 && "no front has been heard of",
    counts.total === 0 &&
      counts.removedLately > 0 &&
      `no tenant is left: ${plural(counts.removedLately, "was", "were")} removed within a day`,
  ].filter((fact) => fact !== false);
  const detail = facts.length > 0 ? `${sentence(facts)}.` : quiet(alarms, counts, fronts);
  const first = Math.min(...ringing.map(({ since }) => since));
  const since = Number.isFinite(first) && { since: isoTime(first) };
  const pager = ringing.find(({ composite }) => composite);
  if (pager) return { level: "bad", ...called(pager, parts, worst, stack), detail, ...since };
  if (facts.length > 0) return { level: "watch", headline: "Somebody should look", detail, ...since };
  return { level: "good", headline: "All is well", detail };
}

/** When somebody is called, the headline is what for: the alarm behind the one that calls that has rung longest. */
function called(
  pager: ConsoleAlarm,
  ringing: readonly ConsoleAlarm[],
  worst: Snapshot["worst"],
  stack: string,
): Pick<Verdict, "headline" | "alarm"> {
  const [alarm = pager] = ringing
    .filter(({ name }) => pager.parts?.includes(name) ?? false)
    .sort((a, b) => a.since - b.since || (a.name < b.name ? -1 : 1));
  const key = alarm.name.startsWith(`${stack}-`) ? alarm.name.slice(stack.length + 1) : alarm.name;
  const runbook = /^Runbook: (https:\/\/\S+)$/m.exec(alarm.description)?.[1];
  const tenant = worstOf(key, worst);
  return {
    headline: meaning(alarm) ?? "Something is wrong",
    alarm: { key, ...(runbook !== undefined && { runbook }), ...(tenant && { tenant }) },
  };
}

/** The first sentence of what it means, without its full stop and what is in brackets. */
function meaning({ description }: ConsoleAlarm): string | undefined {
  return /^\*\*What it means\.\*\* (.+?)[.:](?:\s|$)/.exec(description.replace(/\s*\([^)]*\)/g, ""))?.[1];
}

/** Whom an alarm on the worst of all tenants speaks of. */
function worstOf(key: string, { ending, overdue }: Snapshot["worst"]): NonNullable<Verdict["alarm"]>["tenant"] {
  const about = (tenant: TenantIndexEntry | undefined, fact: string, at: number | undefined) =>
    tenant && at !== undefined ? { domain: tenant.domain, fact, at: isoTime(at) } : undefined;
  if (key === "expiry-emergency") return about(ending, "certificate ends", ending?.certificate?.notAfter);
  if (key.startsWith("renewal-overdue")) return about(overdue, "certificate ends", overdue?.certificate?.notAfter);
  return undefined;
}

function quiet(alarms: readonly ConsoleAlarm[], counts: TenantCounts, fronts: readonly FrontView[]): string {
  const { fine, waiting } = counts.byAttention;
  const served = `${plural(fine, "tenant", "tenants")} on ${plural(fronts.length, "front", "fronts")}`;
  const coming = waiting > 0 ? `, ${waiting} more on the way` : "";
  const dataless = alarms.filter(({ state }) => state === "INSUFFICIENT_DATA").length;
  const silent = dataless > 0 ? ` ${plural(dataless, "alarm has", "alarms have")} no data yet.` : " No alarm rings.";
  return counts.total === 0 ? `No tenants yet.${silent}` : `${served}${coming}.${silent}`;
}

function sentence(facts: readonly string[]): string {
  const joined = facts.length > 1 ? `${facts.slice(0, -1).join(", ")}, and ${facts.at(-1)}` : (facts[0] ?? "");
  return joined.charAt(0).toUpperCase() + joined.slice(1);
}

function plural(count: number, one: string, many: string): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}
