import { type Clock, DAY, MINUTE, SECOND } from "../../core/base/clock";
import { wordsOf } from "../../core/base/errors";
import { inParallel } from "../../core/base/in-parallel";
import type { FrontItem } from "../../core/record/record";
import type { Store } from "../../core/record/store";
import { isMachines, isUnreachable } from "./faults";
import type { FrontLog } from "./front-log";
import type { Haproxy, HaproxyInfo } from "./haproxy";
import { isKeysUnreachable } from "./key-opener";
import type { TenantSet } from "./tenant-set";

export type FrontStore = Pick<Store, "frontItemsSince" | "putHeartbeat" | "removeHeartbeat">;

/** An index may show writes out of order, so each look goes this far back; what is held already is not read again. */
const LOOK_BACK = 2 * MINUTE;
/** A change that could not be applied is tried again after this, then after twice as long, and so on: most causes pass in a moment. */
const FIRST_RETRY = SECOND;
const LAST_RETRY = MINUTE;
/** A front takes traffic only when it serves all but this part of what the table lists for it. */
const MOST_UNSERVED = 0.01;
const WIDTH = 32;
/** Of a full load, one in so many is proven by a handshake at once; the self-check goes round the others. */
const PROVE_ONE_IN = 50;

interface Failure {
  readonly revision: number;
  readonly problem: string;
  readonly item?: FrontItem | undefined;
  readonly attempts: number;
  readonly retryAt: number;
  /** What is listed is not served, by no fault of the tenant's item. */
  readonly unserved: boolean;
  /** The machine's fault (its disk), so that another front is better off. */
  readonly machine: boolean;
}

/** Brings this front to what the table says, again and again. Nothing is ever deleted because an answer was empty or failed. */
export class Sync {
  /** All changes up to this one are applied, but for `failures`. */
  revision = 0;
  /** ms of the last look at the table that was complete. */
  completeAt = 0;
  /** The first complete load is over. */
  loaded = false;
  /** Takes traffic: loaded, and serving what the table lists. */
  ready = false;
  haproxyInfo: HaproxyInfo | undefined;
  readonly failures = new Map<string, Failure>();
  private fullAt = 0;
  private missingLastTime = new Set<string>();
  /** Revisions of tombstones seen, so that they are not read again and again. */
  private readonly removed = new Map<string, number>();
  /** To be read from the table again, whatever its revision. */
  private readonly unread = new Set<string>();

  constructor(
    private readonly store: FrontStore,
    private readonly tenants: TenantSet,
    private readonly haproxy: Haproxy,
    private readonly log: FrontLog,
    private readonly clock: Clock,
    /** Told when the front becomes ready, is no longer, and, where it is, after each new HAProxy. */
    private readonly onReady: (ready: boolean) => Promise<void>,
  ) {}

  /** One look. @returns number of changes applied. Throws when HAProxy or the table cannot be reached; all stays as it is then. */
  async once(): Promise<number> {
    await this.followHaproxy();
    const applied = (await this.retryFailures()) + (await this.readTable());
    await this.tenants.unloadDeparted();
    this.completeAt = this.clock.now();
    if (!this.loaded) {
      await this.tenants.dropUnheld(new Set(this.failures.keys()));
      this.loaded = true;
    }
    const ready = this.servesEnough();
    if (ready !== this.ready) await this.onReady(ready);
    this.ready = ready;
    return applied;
  }

  /**
   * Before it has taken traffic, whatever it cannot serve counts; afterwards the machine's own faults alone: with any other, no front
   * would be better off, and what was served before still is.
   */
  private servesEnough(): boolean {
    const failing = [...this.failures.values()].filter(({ unserved, machine }) => (this.ready ? machine : unserved));
    if (failing.length === 0) return true;
    return failing.length <= (this.tenants.certificates + failing.length) * MOST_UNSERVED;
  }

  /** Adopts an HAProxy that was started since the last look, by whomever. @returns whether there was one */
  async followHaproxy(): Promise<boolean> {
    const info = await this.haproxy.info().catch((error: unknown) => {
      this.haproxyInfo = undefined;
      throw error;
    });
    if (this.haproxyInfo?.process === info.process) return false;
    const problems = await this.tenants.adopt();
    for (const [domain, { problem, unserved }] of problems) {
      const revision = this.tenants.get(domain)?.revision ?? 0;
      this.fail(domain, revision, problem, undefined, { unserved, machine: false });
    }
    if (this.loaded) {
      await this.tenants.dropUnheld(new Set(this.failures.keys()));
      // Until this agent could say once that it is ready, the gate stays as the one before it left it.
      if (this.ready) await this.onReady(true);
    }
    this.haproxyInfo = info;
    this.log.info("haproxy adopted", { version: info.version, certificates: this.tenants.certificates });
    return true;
  }

  /** Makes the next look compare all of HAProxy with what is held. */
  distrustHaproxy(): void {
    this.haproxyInfo = undefined;
  }

  private async readTable(): Promise<number> {
    const started = this.clock.now();
    const full = started - this.fullAt >= DAY;
    const since = full ? 0 : Math.max(0, this.revision - LOOK_BACK);
    const seen = new Set<string>();
    let highest = this.revision;
    let applied = 0;
    const held = (domain: string, revision: number): boolean => {
      seen.add(domain);
      const revisions = [this.tenants.get(domain), this.failures.get(domain)].map((one) => one?.revision ?? -1);
      const known = Math.max(...revisions, this.removed.get(domain) ?? -1);
      if (known < revision || this.unread.has(domain)) return false;
      highest = Math.max(highest, revision);
      return true;
    };
    let cursor: string | undefined;
    do {
      const page = await this.store.frontItemsSince(since, cursor, held);
      await inParallel(page.items, WIDTH, async (item) => {
        if (held(item.domain, item.revision)) return;
        // Counted before the first wait: many are applied side by side.
        const prove = this.loaded || applied % PROVE_ONE_IN === 0;
        applied++;
        await this.apply(item, prove);
        highest = Math.max(highest, item.revision);
      });
      this.revision = highest;
      cursor = page.cursor;
    } while (cursor !== undefined);
    if (full) {
      await this.dropForgotten(seen);
      this.fullAt = started;
    }
    return applied;
  }

  private async apply(item: FrontItem, prove: boolean): Promise<void> {
    const began = this.clock.now();
    try {
      const problem = await this.tenants.apply(item, prove);
      this.unread.delete(item.domain);
      if (problem !== undefined) {
        this.fail(item.domain, item.revision, problem, item);
        this.log.warn("tenant applied in part", { tenant: item.domain, revision: item.revision, problem });
        return;
      }
      this.failures.delete(item.domain);
      if (item.removed) this.removed.set(item.domain, item.revision);
      if (this.loaded) {
        const ms = this.clock.now() - began;
        this.log.info("tenant applied", { tenant: item.domain, revision: item.revision, removed: item.removed, ms });
      }
    } catch (error) {
      // Without any key a first load goes nowhere: it begins again, as without a table.
      if (isUnreachable(error) || (isKeysUnreachable(error) && !this.loaded)) throw error;
      this.fail(item.domain, item.revision, wordsOf(error), item, { unserved: true, machine: isMachines(error) });
      this.log.warn("tenant not applied", { tenant: item.domain, revision: item.revision, error });
    }
  }

  private fail(
    domain: string,
    revision: number,
    problem: string,
    item?: FrontItem,
    effect = { unserved: false, machine: false },
  ): void {
    const before = this.failures.get(domain);
    // Another change has another chance.
    const attempts = before?.revision === revision ? before.attempts + 1 : 1;
    const wait = Math.min(FIRST_RETRY * 2 ** (attempts - 1), LAST_RETRY);
    this.failures.set(domain, { revision, problem, item, attempts, retryAt: this.clock.now() + wait, ...effect });
  }

  private async retryFailures(): Promise<number> {
    const now = this.clock.now();
    const due = [...this.failures].filter(([, failure]) => failure.retryAt <= now);
    for (const [domain, failure] of due) {
      if (failure.item) await this.apply(failure.item, true);
      else await this.retryHeld(domain, failure);
    }
    return due.length;
  }

  /** A tenant that could not be brought into a new HAProxy. If that fails again, its files may be at fault: it is read anew. */
  private async retryHeld(domain: string, failure: Failure): Promise<void> {
    try {
      await this.tenants.reload(domain);
      this.failures.delete(domain);
    } catch (error) {
      if (isUnreachable(error)) throw error;
      this.fail(domain, failure.revision, wordsOf(error));
      this.unread.add(domain);
      this.fullAt = 0;
    }
  }

  /**
   * Tombstones live 30 days; a front that was away for longer never sees them. A tenant that two complete walks through an index
   * with entries in it did not show is gone.
   */
  private async dropForgotten(seen: ReadonlySet<string>): Promise<void> {
    const missing = new Set<string>();
    if (seen.size === 0) return;
    for (const { domain, tenant, revision } of [...this.tenants.all()]) {
      if (seen.has(domain)) continue;
      if (this.missingLastTime.has(domain)) {
        await this.tenants.apply({ domain, tenant, revision, removed: true }, false);
        this.log.info("tenant forgotten by the table", { tenant: domain });
      } else missing.add(domain);
    }
    this.missingLastTime = missing;
  }
}
