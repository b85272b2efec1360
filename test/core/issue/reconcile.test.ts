import { BATCH_SLOTS } from "../../../core/issue/batch-slots";
import { type Batch, reconcile } from "../../../core/issue/reconcile";
import { DamagedRecordError } from "../../../core/record/damaged";
import type { Lane, TenantRecord } from "../../../core/record/record";
import type { Store } from "../../../core/record/store";
import { WriteConflictError } from "../../../core/record/update";
import { wrap } from "../../../testing/acme-stage";
import { callsAtOnce } from "../../../testing/at-once";
import { ManualClock } from "../../../testing/manual-clock";
import { MemoryStore } from "../../../testing/memory-store";
import { certificateSummary, tenantRecord } from "../../../testing/records";

const clock = new ManualClock();
const NOW = clock.now();
let memory: MemoryStore;
let told: unknown[][];
beforeEach(() => {
  memory = new MemoryStore(clock);
  told = [];
});

async function due(count: number, lane: Lane, changes: Partial<TenantRecord> = {}): Promise<void> {
  for (let n = 0; n < count; n++)
    await memory.createTenant(tenantRecord(`${lane}${n}.example`, NOW, { lane, ...changes }));
}

/** Tenants in the round, who are not due. */
async function inRound(count: number): Promise<void> {
  const renewAt = NOW + 1_000_000_000;
  for (let n = 0; n < count; n++) {
    const certificate = certificateSummary(`round${n}.example`);
    const renewal = { renewAt, source: "ari", inRound: true } as const;
    await memory.createTenant(tenantRecord(`round${n}.example`, NOW, { certificate, renewal, nextActionAt: renewAt }));
  }
}

async function round(store: Store = memory) {
  const batches: Batch[] = [];
  const observer = { step: () => {}, metric: () => {}, setback: (...args: unknown[]) => void told.push(args) };
  const result = await reconcile({ store, clock, timeScale: 1, observer }, async (batch) => void batches.push(batch));
  const claims = batches.flatMap((batch) => batch.claims);
  const count = (kind: string) => claims.filter(({ domain }) => domain.startsWith(kind)).length;
  return { ...result, sizes: batches.map((batch) => batch.claims.length), claims, count };
}

/** Leaves so many slots free. */
async function free(slots: number): Promise<void> {
  for (let slot = slots; slot < BATCH_SLOTS; slot++) {
    await memory.putBatchLease({ slot, holder: "busy", until: NOW + 60_000 }, { freeAt: NOW });
  }
}
const taken = async () => (await memory.batchLeases()).filter(({ until }) => until > NOW).length;

describe("a round of reconcile", () => {
  it("asks for no slot where nothing is due", async () => {
    memory.batchLeases = () => Promise.reject(new Error("a read"));
    expect(await round()).toMatchObject({ due: 0, batches: 0 });
  });

  it("hands out what is due, and says how much", async () => {
    await due(26, "renewal");
    expect(await round()).toMatchObject({ due: 26, batches: 2, sizes: [13, 13] });
    expect(await taken()).toBe(2);
    expect(await round()).toMatchObject({ due: 0, batches: 0 });
  });

  it("leaves what there is no room for", async () => {
    await due(26, "renewal");
    await free(0);
    expect(await round()).toMatchObject({ due: 0, batches: 0 });
    expect((await memory.tenant("renewal0.example"))?.lease).toBeUndefined();
  });

  it("makes a batch of a hundred at the most", async () => {
    await due(150, "renewal");
    await free(1);
    expect(await round()).toMatchObject({ due: 100, sizes: [100] });
  });

  it("takes up fifty at once", async () => {
    await due(120, "renewal");
    const { counted, most } = callsAtOnce<Store>(memory);
    expect(await round(counted)).toMatchObject({ due: 120 });
    expect(most.get("saveTenant")).toBe(50);
  });

  it.each([
    ["renewals leave a third to new tenants", 150, 150, 67, 33],
    ["new tenants take what renewals leave", 10, 150, 10, 90],
    ["renewals take what new tenants leave", 150, 10, 90, 10],
  ])("shares the room: %s", async (_what, renewals, fresh, renewed, added) => {
    await due(renewals, "renewal");
    await due(fresh, "new");
    await free(1);
    const { count } = await round();
    expect([count("renewal"), count("new")]).toEqual([renewed, added]);
  });

  it("gives slots back that no batch needs", async () => {
    await due(26, "renewal");
    const store = wrap<Store>(memory, async (call, args, run) => {
      const [record] = args as [TenantRecord];
      // Somebody else took all but one in the meantime.
      if (call === "saveTenant" && record.tenant.domain !== "renewal7.example") {
        throw new WriteConflictError(record.tenant.domain);
      }
      return run();
    });
    expect(await round(store)).toMatchObject({ due: 1, batches: 1 });
    expect(await taken()).toBe(1);
  });
});

describe("the round through all tenants", () => {
  it("fills the batches beside what is due, and is not counted as due", async () => {
    await due(20, "renewal");
    await inRound(20);
    const { claims, due: counted, sizes } = await round();
    expect({ counted, sizes }).toEqual({ counted: 20, sizes: [20, 20] });
    expect(claims.filter((claim) => claim.inRound)).toHaveLength(20);
    expect(claims.filter((claim) => claim.inRound && claim.leaseId !== undefined)).toEqual([]);
    expect(await memory.renewalRound()).toBeDefined();
  });

  it.each([
    [60, 40, true],
    [61, 40, false],
  ])("waits where there is no room beside %i that are due", async (renewals, others, goesOn) => {
    await due(renewals, "renewal");
    await inRound(others);
    await free(1);
    const { count } = await round();
    expect(count("round")).toBe(goesOn ? others : 0);
    expect((await memory.renewalRound()) !== undefined).toBe(goesOn);
  });

  it("leaves room, which new tenants do not take from it", async () => {
    await due(90, "new");
    await inRound(40);
    await free(1);
    const { count } = await round();
    expect([count("new"), count("round")]).toEqual([60, 40]);
  });

  it("is somebody else's where that was faster", async () => {
    await inRound(5);
    const store = wrap<Store>(memory, async (call, _args, run) => (call === "putRenewalRound" ? false : run()));
    expect(await round(store)).toMatchObject({ due: 0, batches: 0 });
    expect(await taken()).toBe(0);
  });
});

describe("a tenant that cannot be claimed", () => {
  const failing = (which: (domain: string) => Error | undefined) =>
    wrap<Store>(memory, async (call, args, run) => {
      const error = call === "tenant" ? which(String(args[0])) : undefined;
      if (error) throw error;
      return run();
    });

  it("is told of, and stops nobody else", async () => {
    await due(3, "renewal");
    const error = new Error("unreadable");
    const { due: claimed } = await round(failing((domain) => (domain === "renewal1.example" ? error : undefined)));
    expect(claimed).toBe(2);
    const sentence = "certfront could not take up renewal1.example: its record could not be read or written.";
    expect(told).toEqual([["renewal1.example", { code: "INTERNAL", sentence }, 0, error]]);
  });

  it.each<[string, number, (domain: string) => Error | undefined, boolean]>([
    ["all of several: it is the table", 2, () => new Error("no table"), true],
    ["the only one", 1, () => new Error("no table"), false],
    ["all but one", 3, (domain) => (domain === "renewal0.example" ? undefined : new Error("no table")), false],
    ["all of several, being damaged", 2, (domain) => new DamagedRecordError(domain), false],
    ["all of several, being of another shape", 2, () => new TypeError("undefined"), false],
    [
      "a damaged one and all others",
      2,
      (domain) => (domain === "renewal0.example" ? new TypeError("undefined") : new Error("no table")),
      true,
    ],
  ])("ends the round where it is: %s", async (_which, count, error, ends) => {
    await due(count, "renewal");
    const ended = await round(failing(error)).then(
      () => false,
      (thrown: Error) => {
        expect(thrown.message).toBe("no table");
        return true;
      },
    );
    expect(ended).toBe(ends);
  });
});
