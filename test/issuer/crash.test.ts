import { HOUR } from "../../core/base/clock";
import type { IssuerPorts } from "../../core/issue/ports";
import type { Pebble } from "../../local/process/parts/pebble";
import { AcmeStage, wrap } from "../../testing/acme-stage";

/** What a process was about to do when it was killed; afterwards nothing that it tries has any effect. */
class Kill extends Error {}

/** Reads lose nothing, so a kill there is the kill at the effect before it. */
const EFFECTS = /^(put|save|delete|create|newOrder$|accept$|finalize$|deactivate$)/;

/**
 * The issuer's ports in a process that dies at the n-th effect it has on the store or the CA: `before` it happens, or `after`
 * it happened and before anybody heard of it.
 */
function mortal(
  ports: IssuerPorts,
  n: number,
  when: "before" | "after",
): { ports: IssuerPorts; died: () => string | undefined } {
  let effects = 0;
  let death: string | undefined;
  const around = async (call: string, _args: readonly unknown[], run: () => Promise<unknown>) => {
    if (death !== undefined) throw new Kill(death);
    if (!EFFECTS.test(call)) return run();
    const last = ++effects === n;
    if (last && when === "before") death = `before ${call}`;
    if (death !== undefined) throw new Kill(death);
    const result = await run();
    if (last) death = `after ${call}`;
    if (death !== undefined) throw new Kill(death);
    return result;
  };
  return {
    ports: { ...ports, store: wrap(ports.store, around), cas: ports.cas.map((ca) => wrap(ca, around)) },
    died: () => death,
  };
}

describe("an issuer killed in the middle of an order", () => {
  let stage: AcmeStage;
  beforeEach(async () => {
    stage = await AcmeStage.start();
  });
  afterEach(() => stage.stop());

  /** Kills one issuer per tenant, at the n-th effect, until one lives to the end; returns where each died. */
  async function killEverywhere(when: "before" | "after"): Promise<Map<string, string>> {
    const deaths = new Map<string, string>();
    for (let n = 1; ; n++) {
      const domain = `killed-${when}-${n}.example`;
      await stage.addTenant(domain);
      const { ports, died } = mortal(stage.ports(), n, when);
      await stage.turn([domain], ports).catch((error) => {
        if (!(error instanceof Kill)) throw error;
      });
      const death = died();
      if (death === undefined) return deaths;
      deaths.set(domain, death);
    }
  }

  it.each(["before", "after"] as const)(
    "(%s any of its effects) leaves a tenant that the next one finishes, with one order at the CA",
    async (when) => {
      const { pebble } = await stage.addPebble({ version: "sid" });
      const deaths = await killEverywhere(when);
      // Every kind of effect is among them, or the table of effects is out of date.
      const calls = new Set([...deaths.values()].map((death) => death.split(" ")[1]));
      expect([...calls].sort()).toEqual(
        expect.arrayContaining([
          "accept",
          "deactivate",
          "finalize",
          "newOrder",
          "putCertificate",
          "putFrontItem",
          "putOrderSecret",
          "saveTenant",
        ]),
      );

      const domains = [...deaths.keys()];
      for (let turns = 0; turns < 5; turns++) {
        stage.clock.advance(HOUR);
        await stage.turn(domains);
      }
      const states = await Promise.all(
        domains.map(async (domain) => `${deaths.get(domain)}: ${(await stage.record(domain)).state}`),
      );
      expect(states).toEqual(domains.map((domain) => `${deaths.get(domain)}: active`));
      // One each, and one of the tenant whose issuer lived.
      expect(pebble.orderCount()).toBe(domains.length + 1);
      for (const domain of domains) {
        const front = await stage.store.frontItem(domain);
        expect(front?.certificate?.summary).toEqual((await stage.record(domain)).certificate);
      }
    },
  );
});

describe("two workers on one tenant", () => {
  let stage: AcmeStage;
  let pebble: Pebble;
  beforeEach(async () => {
    stage = await AcmeStage.start();
    ({ pebble } = await stage.addPebble());
    await stage.addTenant("a.example");
  });
  afterEach(() => stage.stop());

  it("order once, when both saw it due at the same moment", async () => {
    const outcomes = await Promise.all([1, 2, 3].map(() => stage.turn(["a.example"])));
    expect(outcomes.flat().map(({ state }) => state)).toEqual(["active"]);
    expect(pebble.orderCount()).toBe(1);
  });

  it("order once, when the first hangs until its lease is over and then goes on", async () => {
    let release: () => void = () => {};
    const hung = new Promise<void>((resolve) => {
      release = resolve;
    });
    let reached: () => void = () => {};
    const atFinalize = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const hanging = stage.cas.map((ca) =>
      wrap(ca, async (call, _args, run) => {
        if (call === "finalize") {
          reached();
          await hung;
        }
        return run();
      }),
    );
    const first = stage.turn(["a.example"], stage.ports({ cas: hanging }));
    await atFinalize;
    const record = await stage.record("a.example");
    expect(await stage.turn(["a.example"])).toEqual([]);

    stage.clock.advance((record.lease?.until ?? 0) - stage.clock.now() + 1);
    expect((await stage.turn(["a.example"])).map(({ state }) => state)).toEqual(["active"]);
    const served = await stage.store.frontItem("a.example");
    release();
    await first;
    expect(await stage.store.frontItem("a.example")).toEqual(served);
    expect((await stage.record("a.example")).state).toBe("active");
    expect(pebble.orderCount()).toBe(1);
  });
});
