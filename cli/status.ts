import { SECOND } from "../core/base/clock";
import { CertfrontError } from "../core/base/errors";
import { outdatedFronts } from "../core/record/outdated-fronts";
import { REASON_CODES, type ReasonCode } from "../core/record/reason";
import { TENANT_STATES, type TenantState } from "../core/record/record";
import { FRONTS_KNOWN_FOR, FRONTS_WITHIN, frontsToShow } from "../core/status/front-view";
import { factsOf, tenantView } from "../core/status/view";
import { openStore } from "./clients";
import { type Command, EXIT, type ExitCode, type Invocation, text } from "./command";
import { findTenant } from "./find-tenant";
import { printFronts } from "./fronts-print";
import { type ListFilter, listTenants, summarise } from "./status-list";
import { printList, printOutdated, printSkipped, printSummary, printTenant } from "./status-print";

const DEFAULT_LIMIT = 20;

export const statusCommand: Command = {
  name: "status",
  argument: "[domain]",
  summary: "how tenants are: state, why, what to set in DNS, expiry, who serves it",
  description:
    "With a domain: everything known about that tenant. Without: how many tenants are in which state, those that need " +
    "somebody, worst first, and every front: its state, the age of its last report, how far it is behind, its certificates, " +
    "the tenants it failed. With --state or --reason: the tenants that match, read no further than --limit. Changes nothing. " +
    "Exit code 0 when all that was shown is well, 1 when something is not.",
  options: {
    state: { value: "STATE", help: `only tenants in this state: ${TENANT_STATES.join(", ")}` },
    reason: { value: "CODE", help: "only tenants with this reason code, such as DNS_NOT_POINTING" },
    limit: { value: "N", help: `tenants to show (default: ${DEFAULT_LIMIT})` },
    watch: { help: "look again every two seconds, until Ctrl-C" },
    json: { help: "one JSON document instead of text" },
  },
  examples: [
    "npx certfront status",
    "npx certfront status data.paris.example --watch",
    "npx certfront status --state quarantined --json",
    "npx certfront status --reason CAA_FORBIDS --limit 100",
  ],
  run: (invocation) => (invocation.options.watch ? watch(invocation) : look(invocation)),
};

/** ms between two looks of `--watch`. */
const LOOK_EVERY = 2 * SECOND;

function look(invocation: Invocation): Promise<ExitCode> {
  return invocation.domain === undefined ? list(invocation) : one(invocation, invocation.domain);
}

/** Ends with the process, or with what goes wrong. */
async function watch(invocation: Invocation): Promise<ExitCode> {
  if (invocation.options.json)
    throw new CertfrontError("--watch is for people; a script asks again by itself.", {
      code: "USAGE",
      advice: "Leave out --json or --watch.",
    });
  for (;;) {
    invocation.terminal.clear();
    await look(invocation);
    await invocation.pause(LOOK_EVERY);
  }
}

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
  const known = frontsToShow(await store.heartbeats(now, FRONTS_KNOWN_FOR), now);
  const heartbeats = known.filter(({ at }) => now - at < FRONTS_WITHIN);
  const filtered = filter.state !== undefined || filter.reason !== undefined;
  const progress = (read: number) => terminal.note(`${read} tenants read`);
  const summary = filtered ? undefined : await summarise(store, heartbeats, known, filter.limit, now, progress);
  const { tenants, more } = summary ?? (await listTenants(store, filter));
  const views = tenants.map((tenant) => tenantView(tenant, heartbeats, now));
  const outdated = outdatedFronts(heartbeats);
  const skipped = summary ? await store.skippedHeartbeats(now) : 0;

  if (invocation.options.json)
    terminal.out(
      JSON.stringify(
        {
          ...(summary && { counts: summary.counts, fronts: summary.fronts, skippedHeartbeats: skipped }),
          tenants: views,
          more,
          outdated,
        },
        null,
        2,
      ),
    );
  else if (summary) {
    printSummary(terminal, summary.counts, views, now);
    printFronts(terminal, summary.fronts, now);
    printOutdated(terminal, outdated);
    printSkipped(terminal, skipped);
  } else printList(terminal, views, more, now);
  const { total = 1, removedLately = 0 } = summary?.counts ?? {};
  const emptied = total === 0 && removedLately > 0;
  const unwell = views.some((view) => view.attention === "broken" || view.attention === "warning");
  const frontsUnwell = summary?.fronts.some(({ state }) => state === "silent" || state === "failing") ?? false;
  return unwell || emptied || frontsUnwell ? EXIT.bad : EXIT.ok;
}

function filterOf(invocation: Invocation): ListFilter {
  const state = oneOf(text(invocation, "state"), TENANT_STATES, "--state");
  const reason = oneOf(text(invocation, "reason")?.toUpperCase(), REASON_CODES, "--reason");
  const limit = Number(text(invocation, "limit") ?? DEFAULT_LIMIT);
  if (!Number.isInteger(limit) || limit < 1)
    throw new CertfrontError("--limit takes a whole number above 0.", {
      code: "USAGE",
      advice: "Such as --limit 100.",
    });
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
