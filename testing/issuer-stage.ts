import type { CaLimitFigures } from "../core/ca/known-limits";
import { CaLimits } from "../core/ca/limits";
import { CaOutages } from "../core/ca/outages";
import { AnsweringFronts } from "../core/issue/answering-fronts";
import { applyTenants } from "../core/issue/apply";
import { BatchSlot } from "../core/issue/batch-slots";
import { issueBatch, type Outcome } from "../core/issue/issue";
import type { IssuerMetric, Step } from "../core/issue/observer";
import type { IssuerPorts } from "../core/issue/ports";
import { type Batch, type Reconciled, reconcile } from "../core/issue/reconcile";
import type { TenantRecord } from "../core/record/record";
import type { Store } from "../core/record/store";
import type { Tenant } from "../core/tenant/tenant";
import { THUMBPRINT } from "./challenge-server";
import { TestDataKeys } from "./data-keys";
import { FakeProbe } from "./fake-probe";
import { FakeResolver } from "./fake-resolver";
import { ManualClock } from "./manual-clock";
import { MemoryStore } from "./memory-store";
import { ScriptedCa } from "./scripted-ca";

export const OUR_ADDRESSES = ["198.51.100.1", "198.51.100.2"];
export const OUR_NAME = "lb.certfront.example";

/** The issuer's core whole, on doubles of everything outside it. Time passes only where the code waits or a test says so. */
export class IssuerStage {
  readonly clock = new ManualClock();
  readonly memory = new MemoryStore(this.clock);
  readonly resolver = new FakeResolver();
  readonly probe = new FakeProbe();
  readonly ca = this.newCa("first-ca");
  readonly steps: { tenant: string; step: Step }[] = [];
  readonly metrics: { name: IssuerMetric; value: number }[] = [];
  /** Causes of setbacks that nobody foresaw. */
  readonly errors: unknown[] = [];
  readonly dataKeys = new TestDataKeys();
  readonly sealer = this.dataKeys.sealer(this.clock);
  cas: ScriptedCa[] = [this.ca];
  figures: ReadonlyMap<string, CaLimitFigures> = new Map();

  newCa(name: string): ScriptedCa {
    return new ScriptedCa(name, this.clock);
  }

  ports(changes: Partial<IssuerPorts> = {}): IssuerPorts {
    const store: Store = changes.store ?? this.memory;
    return {
      stack: "test",
      store,
      transient: this.memory,
      cas: this.cas,
      limits: new CaLimits(store, this.clock, this.figures),
      outages: new CaOutages(store, this.clock, 1),
      resolver: this.resolver,
      probe: this.probe,
      loadBalancer: { addresses: OUR_ADDRESSES, cnameTarget: OUR_NAME },
      fronts: new AnsweringFronts(store, this.clock, THUMBPRINT),
      sealer: this.sealer,
      clock: this.clock,
      random: () => 0.5,
      pause: async (ms) => this.clock.advance(Math.ceil(ms)),
      timeScale: 1,
      observer: {
        step: (tenant, step) => this.steps.push({ tenant, step }),
        setback: (_tenant, reason, _at, error) => {
          if (reason.code === "INTERNAL") this.errors.push(error);
        },
        metric: (name, value) => this.metrics.push({ name, value }),
      },
      ...changes,
    };
  }

  /** Makes names lead to our load balancer. */
  point(...names: readonly string[]): void {
    for (const name of names) this.resolver.set(name, { a: OUR_ADDRESSES });
  }

  apply(...tenants: readonly Tenant[]): ReturnType<typeof applyTenants> {
    return applyTenants(tenants, this.memory, this.clock, { allowRemovals: Number.MAX_SAFE_INTEGER });
  }

  /** What the schedule starts each minute, with every batch run to its end. */
  async turn(ports: IssuerPorts = this.ports()): Promise<Reconciled & { outcomes: Outcome[] }> {
    const batches: Batch[] = [];
    const reconciled = await reconcile(ports, async (batch) => void batches.push(batch));
    const outcomes = await Promise.all(batches.map((batch) => this.work(batch, ports)));
    return { ...reconciled, outcomes: outcomes.flat() };
  }

  /** What the handler does for a batch. */
  private async work({ slot, claims }: Batch, ports: IssuerPorts): Promise<Outcome[]> {
    const taken = await BatchSlot.accept(slot, ports);
    const outcomes = taken ? await issueBatch(claims, ports, this.clock.now() + 300_000) : [];
    await taken?.release();
    return outcomes;
  }

  async record(domain: string): Promise<TenantRecord> {
    const record = await this.memory.tenant(domain);
    if (!record) throw new Error(`${domain} has no record.`);
    return record;
  }

  /** Moves the clock to when the tenant is looked at next, and takes that turn. */
  async nextTurn(domain: string): Promise<TenantRecord> {
    const { nextActionAt = Number.POSITIVE_INFINITY, renewal } = await this.record(domain);
    const round = renewal?.inRound ? await this.memory.renewalRound() : undefined;
    const at = Math.min(nextActionAt, round?.next ?? Number.POSITIVE_INFINITY);
    if (at === Number.POSITIVE_INFINITY) throw new Error(`${domain} is never looked at again.`);
    this.clock.advance(Math.max(at - this.clock.now(), 0));
    await this.turn();
    return this.record(domain);
  }

  /** Takes turns until the record is as wanted; throws where it does not become so. */
  async turnsUntil(domain: string, wanted: (record: TenantRecord) => boolean, most = 50): Promise<TenantRecord> {
    for (let turn = 0; turn < most; turn++) {
      const record = await this.nextTurn(domain);
      if (wanted(record)) return record;
    }
    throw new Error(`Not reached in ${most} turns: ${JSON.stringify(await this.record(domain), undefined, 2)}`);
  }
}
