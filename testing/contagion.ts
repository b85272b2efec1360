import { summarise } from "../cli/status-list";
import { DAY, HOUR, MINUTE } from "../core/base/clock";
import { tenantView } from "../core/status/view";
import type { Tenant } from "../core/tenant/tenant";
import type { AlarmKey } from "../infra/alarms/texts";
import { overview } from "../local/console/overview";
import { TenantSnapshot } from "../local/console/tenant-snapshot";
import { FAULTY, type Fault } from "./contagion-faults";
import { tenant } from "./records";
import { SimulatedStack } from "./simulated-stack";

/** What must not feel another's trouble. */
export const COLUMNS = ["first issuance", "renewal", "served certificate", "status", "monitor"] as const;
export type Column = (typeof COLUMNS)[number];

/** What was seen in each cell: an affected one begins with "AFFECTED". */
export type Cells = Readonly<Record<Column, string>>;

/** Longer than a CA's or a front's trouble may hold up others: patience with an order, or with fronts of two keys, is an hour. */
const LONGEST = 2 * HOUR;
const TICK = 5 * MINUTE;
const STEPS = 36;

/** What the alarm `page` is made of. */
const PAGES: readonly AlarmKey[] = [
  "renewal-overdue-page",
  "expiry-emergency",
  "names-unreachable",
  "no-healthy-front",
  "monitor-silent",
];

const RENEWING = "renewing.example";
const SERVED = "served.example";
const NEW = "new.example";

/** One fault, inflicted on a stack with a tenant that is to be renewed, one that is served, and one that is added after it. */
export async function cellsOf(fault: Fault): Promise<Cells> {
  const stack = new SimulatedStack(90 * DAY, TICK);
  stack.addCa("second-ca");
  const faulty: Tenant = tenant(FAULTY.domain, { aliases: [FAULTY.alias] });
  await stack.addTenants(faulty, RENEWING, SERVED);
  await stack.run(TICK);
  const before = (await stack.stage.record(RENEWING)).certificate?.fingerprint;
  await isDue(stack, RENEWING);
  if (!fault.keepsCertificate) await isDue(stack, FAULTY.domain);

  await fault.inflict(stack);
  await stack.addTenants(NEW);
  const begun = stack.clock.now();
  const seen: { issued?: number; renewed?: number; unserved: number } = { unserved: 0 };
  const healthy = stack.fronts.length - (fault.of === "front" ? 1 : 0);
  for (let step = 0; step < STEPS; step++) {
    await stack.run(TICK);
    const now = stack.clock.now() - begun;
    if (stack.servedBy(NEW) >= healthy) seen.issued ??= now;
    if ((await stack.stage.record(RENEWING)).certificate?.fingerprint !== before) seen.renewed ??= now;
    if (stack.servedBy(SERVED) < stack.fronts.length || stack.servedBy(RENEWING) < stack.fronts.length) seen.unserved++;
  }
  return {
    "first issuance": within(seen.issued),
    renewal: within(seen.renewed),
    "served certificate": seen.unserved === 0 ? "always" : `AFFECTED: not at ${seen.unserved} of ${STEPS} looks`,
    status: await statusOf(stack),
    monitor: await monitorOf(stack, fault),
  };
}

/** The matrix as docs/contagion.md has it. */
export function matrixOf(rows: ReadonlyMap<Fault, Cells>): string {
  const lines = [...rows].map(
    ([{ of, what }, cells]) => `| ${of} | ${what} | ${COLUMNS.map((column) => cells[column]).join(" | ")} |`,
  );
  return [`| of | fault | ${COLUMNS.join(" | ")} |`, `|---|---|${COLUMNS.map(() => "---|").join("")}`, ...lines].join(
    "\n",
  );
}

async function isDue(stack: SimulatedStack, domain: string): Promise<void> {
  const record = await stack.stage.record(domain);
  const now = stack.clock.now();
  const renewal = { renewAt: now, source: "lifetime" as const };
  await stack.stage.memory.saveTenant({ ...record, renewal, nextActionAt: now, version: record.version + 1 });
}

function within(ms: number | undefined): string {
  if (ms === undefined) return `AFFECTED: not within ${(STEPS * TICK) / HOUR} h`;
  const text = `${ms / MINUTE} min`;
  return ms <= LONGEST ? text : `AFFECTED: ${text}`;
}

/** `certfront status` and the console's overview, on what the table holds; the neighbour has to be fine in both. */
async function statusOf(stack: SimulatedStack): Promise<string> {
  const { memory, clock } = stack.stage;
  const heartbeats = await memory.heartbeats(clock.now(), 10 * MINUTE);
  const known = await memory.heartbeats(clock.now(), DAY);
  const { tenants } = await summarise(memory, heartbeats, known, 20, clock.now(), () => undefined);
  const views = tenants.map((one) => tenantView(one, heartbeats, clock.now()));
  const attention = views.find(({ domain }) => domain === SERVED)?.attention;
  const console = await overview(
    { stack: "simulated", about: "", clock, alarms: async () => [] },
    await new TenantSnapshot(memory, clock).get(),
  );
  const troubled = console.trouble.some((card) => card.kind === "one" && card.tenant.domain === SERVED);
  return attention === "fine" && !troubled ? "fine" : `AFFECTED: ${attention}`;
}

/** The sweep came to its end within the hour, found the neighbours well, and nobody was paged. */
async function monitorOf(stack: SimulatedStack, { pages = [] }: Fault): Promise<string> {
  const served = await stack.stage.memory.servedState(SERVED);
  const isWell = served !== undefined && served.names.length > 0 && served.names.every(({ ok }) => ok);
  if (!isWell) return `AFFECTED: ${JSON.stringify(served)}`;
  const paged = [...new Set(stack.rings.map(({ alarm }) => alarm))].filter((alarm) => PAGES.includes(alarm));
  if (paged.length === 0) return "well, no page";
  const rightly = paged.every((alarm) => pages.includes(alarm));
  return `${rightly ? "well, pages rightly" : "AFFECTED"}: ${paged.join(", ")}`;
}
