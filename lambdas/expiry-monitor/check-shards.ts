import type { Clock } from "../../core/base/clock";
import { inParallel } from "../../core/base/in-parallel";
import type { ServedState } from "../../core/record/record";
import type { TenantIndexEntry } from "../../core/record/store";
import { sparingDeadAddresses } from "./address-health";
import { BatchFindings } from "./batch-findings";
import { checkTenant, type TenantCheckContext } from "./check-tenant";
import type { Journal } from "./emf";
import type { MonitorTable } from "./monitor-table";
import { servedStateOf, worthWriting } from "./served-state";

/** Shards of the tenants' index still to check; `cursor` is where in the first of them to go on. */
export interface Remaining {
  readonly shards: readonly number[];
  readonly cursor?: string;
}

export interface CheckContext extends Omit<TenantCheckContext, "again"> {
  readonly clock: Clock;
  readonly table: MonitorTable;
  readonly journal: Journal;
  /** Whether there is time for one more page. */
  readonly hasTime: () => boolean;
}

/** Tenants looked at together; each holds as many connections as the load balancer has addresses. */
const TENANTS_AT_ONCE = 24;

/**
 * Checks tenants page by page until all shards are done or the time is up, and reports.
 * @returns what is left for the next batch, undefined when nothing is
 */
export async function checkShards(remaining: Remaining, given: CheckContext): Promise<Remaining | undefined> {
  const context = { ...given, handshake: sparingDeadAddresses(given.handshake) };
  const findings = new BatchFindings(context.journal, context.clock.now());
  let shardsDone = 0;
  let pages = 0;
  let left: Remaining | undefined = remaining;
  try {
    while (left !== undefined) {
      const [shard, ...later]: readonly number[] = left.shards;
      if (shard === undefined) return undefined;
      // At least one page each time: a batch that handed on everything would never end.
      if (pages > 0 && !context.hasTime()) return left;
      const page = await context.table.tenants(shard, left.cursor);
      await checkPage(shard, page.items, findings, context);
      pages += 1;
      if (page.cursor === undefined) shardsDone += 1;
      left = page.cursor === undefined ? { shards: later } : { shards: left.shards, cursor: page.cursor };
    }
    return undefined;
  } finally {
    findings.report(shardsDone);
  }
}

async function checkPage(
  shard: number,
  entries: readonly TenantIndexEntry[],
  findings: BatchFindings,
  context: CheckContext,
): Promise<void> {
  // A removed tenant is to be served no more.
  const present = entries.filter(({ state }) => state !== "removed");
  if (present.length === 0) return;
  const before = await context.table.servedStates(present.map(({ domain }) => domain));
  const again = (domain: string) => context.table.tenant(shard, domain);
  const failures: { readonly entry: TenantIndexEntry; readonly error: unknown }[] = [];
  await inParallel(present, TENANTS_AT_ONCE, async (entry) => {
    try {
      await checkOne(entry, before.get(entry.domain), findings, { ...context, again });
    } catch (error) {
      failures.push({ entry, error });
    }
  });
  // One record that cannot be read, or written about, ends nobody else's watch. Where none of several can, it is the table.
  const [first] = failures;
  if (first && failures.length > 1 && failures.length === present.length) throw first.error;
  for (const { entry, error } of failures) findings.addFailure(entry, error);
}

async function checkOne(
  entry: TenantIndexEntry,
  before: ServedState | undefined,
  findings: BatchFindings,
  context: CheckContext & TenantCheckContext,
): Promise<void> {
  const now = context.clock.now();
  const check = await checkTenant(entry, before, now, context);
  if (!check) return;
  findings.add(entry, check);
  const state = servedStateOf(check, now);
  if (worthWriting(state, before, context.timeScale)) await context.table.putServedState(state);
}
