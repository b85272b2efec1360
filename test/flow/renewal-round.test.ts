import { DAY, HOUR, MINUTE } from "../../core/base/clock";
import { BATCH_SLOTS } from "../../core/issue/batch-slots";
import { type Batch, reconcile } from "../../core/issue/reconcile";
import { nextInRound } from "../../core/issue/renewal-round";
import type { TenantRecord } from "../../core/record/record";
import { IssuerStage } from "../../testing/issuer-stage";
import { certificateSummary, tenantRecord } from "../../testing/records";

let stage: IssuerStage;
beforeEach(() => {
  stage = new IssuerStage();
});

/** Tenants that are served, and are not due for 30 days. */
async function serve(count: number, changes: Partial<TenantRecord> = {}): Promise<void> {
  const renewAt = stage.clock.now() + 30 * DAY;
  for (let n = 0; n < count; n++) {
    const domain = `t${n}.example`;
    const { reason: _new, ...record } = tenantRecord(domain, stage.clock.now(), {
      state: "active",
      lane: "renewal",
      certificate: certificateSummary(domain),
      renewal: { renewAt, source: "ari", inRound: true },
      nextActionAt: renewAt,
    });
    await stage.memory.createTenant({ ...record, ...changes });
  }
}

/** What one minute's reconcile hands out of the round; its batches end at once unless they are to last. */
async function minute(lasting = false): Promise<string[]> {
  const batches: Batch[] = [];
  await reconcile(stage.ports(), async (batch) => void batches.push(batch));
  if (!lasting) {
    for (const { slot } of batches) await stage.memory.putBatchLease({ ...slot, until: 0 }, { holder: slot.holder });
  }
  stage.clock.advance(MINUTE);
  return batches.flatMap(({ claims }) => claims.flatMap(({ domain, inRound }) => (inRound ? [domain] : [])));
}

describe("the round in which CAs are asked when to renew", () => {
  it("comes by everybody twice a day, 200 a minute, and hands nobody out twice", async () => {
    await serve(450);
    const asked = new Map<string, number[]>();
    const sizes: number[] = [];
    const begun = stage.clock.now();
    while (stage.clock.now() < begun + DAY) {
      const at = stage.clock.now();
      const domains = await minute();
      if (domains.length > 0) sizes.push(domains.length);
      const { next } = (await stage.memory.renewalRound()) ?? { next: 0 };
      stage.clock.advance(Math.max(next - stage.clock.now(), 0));
      for (const domain of domains) asked.set(domain, [...(asked.get(domain) ?? []), at]);
    }
    expect(sizes).toEqual([200, 200, 50, 200, 200, 50, 200, 200, 50]);
    expect(asked.size).toBe(450);
    for (const times of asked.values()) {
      const gaps = times.slice(1).map((time, at) => time - (times[at] ?? 0));
      expect(Math.max(...gaps)).toBeLessThanOrEqual(12 * HOUR);
    }
  });

  it.each<[string, Partial<TenantRecord>]>([
    ["was taken out", { state: "removed" }],
    [
      "is due already",
      { renewal: { renewAt: 0, source: "ari", inRound: true }, nextActionAt: Number.MAX_SAFE_INTEGER },
    ],
    ["has a CA without such information", { renewal: { renewAt: Number.MAX_SAFE_INTEGER, source: "lifetime" } }],
  ])("leaves out who %s", async (_who, changes) => {
    await serve(1, changes);
    expect(await minute()).toEqual([]);
  });

  it("waits while all batches are under way, and then goes on where it was", async () => {
    await serve(450);
    const first = await minute();
    await Promise.all(
      Array.from({ length: BATCH_SLOTS }, (_, slot) =>
        stage.memory.putBatchLease(
          { slot, holder: "busy", until: stage.clock.now() + 90_000 },
          { freeAt: stage.clock.now() },
        ),
      ),
    );
    expect(await minute()).toEqual([]);
    expect(await minute()).toEqual([]);
    const rest = [...(await minute()), ...(await minute())];
    expect(new Set([...first, ...rest]).size).toBe(450);
  });

  it("gives a page to one of two who come at once", async () => {
    await serve(3);
    const pages = await Promise.all([nextInRound(stage.ports()), nextInRound(stage.ports())]);
    expect(await Promise.all(pages.map((page) => page?.take()))).toEqual([true, false]);
  });

  it("does not hurry after a day on which nothing ran", async () => {
    await serve(1);
    expect(await minute()).toHaveLength(1);
    stage.clock.advance(3 * DAY);
    expect(await minute()).toHaveLength(1);
    expect(await minute()).toEqual([]);
    stage.clock.advance(10.5 * HOUR);
    expect(await minute()).toHaveLength(1);
  });
});
