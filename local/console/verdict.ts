import type { TenantCounts } from "../../core/status/counts";
import type { FrontView } from "../../core/status/front-view";
import type { AlarmView, Verdict } from "./views";

/** The one sentence on top: is anything wrong? Alarms decide what is bad; tenants and fronts what somebody should look at. */
export function verdict(
  alarms: readonly AlarmView[],
  counts: TenantCounts,
  fronts: readonly FrontView[],
  skippedHeartbeats = 0,
): Verdict {
  const ringing = alarms.filter(({ state }) => state === "ALARM");
  const paging = ringing.some(({ composite }) => composite);
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
  const first = ringing.map(({ since }) => since).sort()[0];
  const since = first !== undefined && { since: first };
  if (paging) return { level: "bad", headline: "Something is wrong", detail, ...since };
  if (facts.length > 0) return { level: "watch", headline: "Somebody should look", detail, ...since };
  return { level: "good", headline: "All is well", detail };
}

function quiet(alarms: readonly AlarmView[], counts: TenantCounts, fronts: readonly FrontView[]): string {
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
