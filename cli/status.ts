import { MINUTE } from "../core/base/clock";
import { CertfrontError } from "../core/base/errors";
import { outdatedFronts } from "../core/record/outdated-fronts";
import { REASON_CODES, type ReasonCode } from "../core/record/reason";
import { TENANT_STATES, type TenantState } from "../core/record/record";
import { factsOf, tenantView } from "../core/status/view";
import { openStore } from "./clients";
import { type Command, EXIT, type ExitCode, type Invocation, text } from "./command";
import { findTenant } from "./find-tenant";
import { type ListFilter, listTenants, summarise } from "./status-list";
import { printList, printOutdated, printSummary, printTenant } from "./status-print";

/** Fronts older than this are gone, not late. */
export const FRONTS_WITHIN = 10 * MINUTE;
const DEFAULT_LIMIT = 20;

export const statusCommand: Command = {
  name: "status",
  argument: "[domain]",
  summary: "how tenants are: state, why, what to set in DNS, expiry, who serves it",
  description:
    "With a domain: everything known about that tenant. Without: how many tenants are in which state, and those that need " +
    "somebody, worst first. With --state or --reason: the tenants that match, read no further than --limit. Changes nothing. " +
    "Exit code 0 when all that was shown is well, 1 when something is not.",
  options: {
    state: { value: "STATE", help: `only tenants in this state: ${TENANT_STATES.join(", ")}` },
    reason: { value: "CODE", help: "only tenants with this reason code, such as DNS_NOT_POINTING" },
    limit: { value: "N", help: `tenants to show (default: ${DEFAULT_LIMIT})` },
    json: { help: "one JSON document instead of text" },
  },
  examples: [
    "npx certfront status",
    "npx certfront status data.paris.example",
    "npx certfront status --state quarantined --json",
    "npx certfront status --reason CAA_FORBIDS --limit 100",
  ],
  run: (invocation) => (invocation.domain === undefined ? list(invocation) : one(invocation, invocation.domain)),
};

async function one(invocation: Invocation, domain: string): Promise<ExitCode> {
  const { target, terminal, clock } = invocation;
  const store = openStore(target);
  const now = clock.now();
  const { record, alias } = await findTenant(store, domain);
  const [served, heartbeats] = await Promise.all([
    store.servedState(record.tenant.domain),
    store.heartbeats(now, FRONTS_WITHIN),
  ]);
  if (alias) terminal.note(`${alias} is an alias of ${record.tenant.domain}.`);
  const view = tenantView(factsOf(record), heartbeats, now, served);
  if (invocation.options.json) terminal.out(JSON.stringify(view, null, 2));
  else printTenant(terminal, view, now);
  const seenWell = view.seen?.ok !== false;
  const well = view.attention === "fine" || view.attention === "removed";
  return well && view.fronts.behind.length === 0 && seenWell ? EXIT.ok : EXIT.bad;
}

async function list(invocation: Invocation): Promise<ExitCode> {
  const { target, terminal, clock } = invocation;
  const filter = filterOf(invocation);
  const store = openStore(target);
  const now = clock.now();
  const heartbeats = await store.heartbeats(now, FRONTS_WITHIN);
  const filtered = filter.state !== undefined || filter.reason !== undefined;
  const progress = (read: number) => terminal.note(`${read} tenants read`);
  const summary = filtered ? undefined : await summarise(store, heartbeats, filter.limit, now, progress);
  const { tenants, more } = summary ?? (await listTenants(store, filter));
  const views = tenants.map((tenant) => tenantView(tenant, heartbeats, now));
  const outdated = outdatedFronts(heartbeats);

  if (invocation.options.json)
    terminal.out(
      JSON.stringify({ ...(summary && { counts: summary.counts }), tenants: views, more, outdated }, null, 2),
    );
  else if (summary) {
    printSummary(terminal, summary.counts, views, now);
    printOutdated(terminal, outdated);
  } else printList(terminal, views, more, now);
  const { total = 1, removedLately = 0 } = summary?.counts ?? {};
  const emptied = total === 0 && removedLately > 0;
  const unwell = views.some((view) => view.attention === "broken" || view.attention === "warning");
  return unwell || emptied ? EXIT.bad : EXIT.ok;
}

function filterOf(invocation: Invocation): ListFilter {
  const state = oneOf(text(invocation, "state"), TENANT_STATES, "--state");
  const reason = oneOf(text(invocation, "reason")?.toUpperCase(), REASON_CODES, "--reason");
  const limit = Number(text(invocation, "limit") ?? DEFAULT_LIMIT);
  if (!Number.isInteger(limit) || limit < 1)
    throw new CertfrontError("--limit takes a whole number above 0.", { code: "USAGE" });
  return { limit, ...(state && { state }), ...(reason && { reason }) };
}

function oneOf<T extends TenantState | ReasonCode>(
  value: string | undefined,
  allowed: readonly T[],
  option: string,
): T | undefined {
  if (value === undefined) return undefined;
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined)
    throw new CertfrontError(`${option} does not know ${value}.`, {
      code: "USAGE",
      advice: `It takes one of: ${allowed.join(", ")}.`,
    });
  return found;
}
