import { DAY, HOUR } from "../../core/base/clock";
import type { Store } from "../../core/record/store";
import { ROUND } from "../../core/renewal/policy";
import { wrap } from "../../testing/acme-stage";
import { IssuerStage } from "../../testing/issuer-stage";
import { tenant } from "../../testing/records";

/** What everybody's turns together ask of the table and of the CA, per tenant, to two digits. */
async function costOf(tenants: number, run: (stage: IssuerStage, store: Store) => Promise<void>) {
  const stage = new IssuerStage();
  const domains = Array.from({ length: tenants }, (_, n) => `t${n}.example`);
  stage.point(...domains);
  await stage.apply(...domains.map((domain) => tenant(domain)));
  const calls: string[] = [];
  const store = wrap<Store>(stage.memory, (call, _args, ask) => {
    calls.push(call);
    return ask();
  });
  await run(stage, store);
  const { items } = await stage.memory.listTenants();
  expect(items.filter(({ state }) => state === "active")).toHaveLength(tenants);
  const per = (count: number) => Math.round((100 * count) / tenants) / 100;
  const writes = calls.filter((call) => /^(put|save|create|delete)/.test(call));
  return { writes: per(writes.length), reads: per(calls.length - writes.length), ca: per(stage.ca.calls.length) };
}

describe("what a tenant costs", () => {
  it("with its first certificate: twelve writes, four reads and seven calls to the CA; what all share is little", async () => {
    const cost = await costOf(100, async (stage, store) => void (await stage.turn(stage.ports({ store }))));
    // Writes: claim, accept, fronts' policy, noted, key, intended, placed, history, fronts' item, stored, key gone, released.
    expect(cost).toEqual({ writes: expect.closeTo(12, 0), reads: expect.closeTo(4, 0), ca: 7 });
  });

  it("nothing while it is served and nothing is due", async () => {
    const cost = await costOf(100, async (stage, store) => {
      await stage.turn();
      stage.ca.calls.length = 0;
      await stage.turn(stage.ports({ store }));
    });
    expect(cost).toEqual({ writes: 0, reads: 0.03, ca: 0 });
  });

  it("a look at the CA's renewal information that brings nothing new: three reads, no write but the round's own", async () => {
    const cost = await costOf(100, async (stage, store) => {
      const start = stage.clock.now() + 55 * DAY;
      stage.ca.ari = { start, end: start + DAY, retryAfterMs: 6 * HOUR };
      await stage.turn();
      stage.clock.advance(ROUND);
      await stage.turn();
      stage.clock.advance(ROUND);
      stage.ca.calls.length = 0;
      await stage.turn(stage.ports({ store }));
    });
    // How far the round is; a place for each of four batches taken, accepted and given back.
    expect(cost).toEqual({ writes: expect.closeTo(0.13, 1), reads: expect.closeTo(3, 0), ca: 1 });
  });
});
