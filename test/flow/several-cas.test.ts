import { DAY, HOUR, MINUTE } from "../../core/base/clock";
import { leafOf } from "../../core/certificate/facts";
import { FakeResolver, issueRecord } from "../../testing/fake-resolver";
import { IssuerStage, OUR_ADDRESSES } from "../../testing/issuer-stage";
import { tenant } from "../../testing/records";
import type { ScriptedCa } from "../../testing/scripted-ca";

let stage: IssuerStage;
let second: ScriptedCa;
beforeEach(() => {
  stage = new IssuerStage();
  second = stage.newCa("second-ca");
  stage.cas = [stage.ca, second];
});

/** Takes the first turn of `a.example`. */
async function firstTurn(
  changes: Parameters<typeof tenant>[1] = {},
): Promise<Awaited<ReturnType<IssuerStage["record"]>>> {
  stage.point("a.example");
  return turnOf(changes);
}

async function turnOf(changes: Parameters<typeof tenant>[1] = {}): Promise<Awaited<ReturnType<IssuerStage["record"]>>> {
  await stage.apply(tenant("a.example", changes));
  await stage.turn();
  return stage.record("a.example");
}

/** A call that fails for good is made four times in a turn: at once, and after 1, 2 and 4 s. */
const EVERY_ATTEMPT = 4;

describe("of several CAs", () => {
  it("the first of the list is asked, and no other", async () => {
    expect(await firstTurn()).toMatchObject({ state: "active", certificate: { ca: "first-ca" } });
    expect(second.calls).toEqual([]);
  });

  it("the tenant's own choice comes first", async () => {
    expect(await firstTurn({ ca: "second-ca" })).toMatchObject({ state: "active", certificate: { ca: "second-ca" } });
    expect(stage.ca.calls).toEqual([]);
  });

  it("the second is asked in the next turn where the first one's chain is longer than a front takes at once", async () => {
    stage.ca.tamper = (chain) => chain + chain.slice(leafOf(chain).length).repeat(40);
    expect(await firstTurn()).toMatchObject({ reason: { sentence: expect.stringContaining("of which fronts take") } });
    await stage.turn();
    expect(await stage.record("a.example")).toMatchObject({ state: "active", certificate: { ca: "second-ca" } });
  });

  it.each([
    ["is down", { type: "certfront:unreachable" }],
    ["has a problem of its own", { type: "serverInternal", status: 500 }],
    ["limits the account", { type: "rateLimited", status: 429, detail: "too many new orders" }],
    [
      "limits the domain",
      { type: "rateLimited", status: 429, detail: "too many certificates already issued for a.example" },
    ],
    [
      "paused the name",
      { type: "rateLimited", status: 429, detail: "Your account is temporarily prevented from requesting" },
    ],
    ["refuses the name by policy", { type: "rejectedIdentifier", status: 403 }],
    ["sees a CAA record that we do not", { type: "caa", status: 403 }],
    ["closed our account", { type: "accountDoesNotExist", status: 400 }],
    ["wants an external account binding", { type: "externalAccountRequired", status: 403 }],
    ["does not know the profile", { type: "invalidProfile", status: 400 }],
  ])("the second is asked in the same turn when the first %s", async (_what, problem) => {
    stage.ca.fail("newOrder", problem, { times: EVERY_ATTEMPT });
    expect(await firstTurn()).toMatchObject({ state: "active", certificate: { ca: "second-ca" }, failures: 0 });
    expect(second.orders).toHaveLength(1);
  });

  it("one that CAA forbids is never asked", async () => {
    stage.resolver.set("a.example", { a: OUR_ADDRESSES, caa: [issueRecord("second-ca.test")] });
    expect(await turnOf()).toMatchObject({ state: "active", certificate: { ca: "second-ca" } });
    expect(stage.ca.calls).toEqual([]);
  });

  it("is asked as soon as the zone itself allows it, though resolvers still have the old CAA record", async () => {
    stage.point("www.a.example");
    stage.resolver.set("a.example", { a: OUR_ADDRESSES, caa: [issueRecord("other-ca.test")] });
    await stage.apply(tenant("a.example", { aliases: ["www.a.example"] }));
    await stage.turn();
    expect((await stage.record("a.example")).reason?.code).toBe("CAA_FORBIDS");

    const source = new FakeResolver();
    source.set("a.example", { caa: [issueRecord("first-ca.test")] });
    stage.resolver.source = source;
    expect(await stage.nextTurn("a.example")).toMatchObject({
      state: "active",
      certificate: { names: ["a.example", "www.a.example"] },
    });
    expect(source.queries).toEqual(["CAA a.example", "CAA a.example"]);
  });

  it("the one that may issue for the most names is preferred", async () => {
    stage.point("a.example");
    stage.resolver.set("www.a.example", { a: OUR_ADDRESSES, caa: [issueRecord("second-ca.test")] });
    expect(await turnOf({ aliases: ["www.a.example"] })).toMatchObject({
      state: "active",
      certificate: { ca: "second-ca", names: ["a.example", "www.a.example"] },
    });
  });

  it("one that is down is found out by those who ask it at that moment, not by every tenant", async () => {
    const domains = Array.from({ length: 40 }, (_, n) => `t${n}.example`);
    stage.point(...domains);
    stage.ca.fail("newOrder", { type: "certfront:unreachable" }, { times: 1_000 });
    await stage.apply(...domains.slice(0, 1).map((domain) => tenant(domain)));
    await stage.turn();
    const asked = stage.ca.calls.length;
    await stage.apply(...domains.map((domain) => tenant(domain)));
    await stage.turn();
    const found = stage.ca.calls.length;
    expect(found - asked).toBeLessThan(3 * 40);
    expect(second.orders).toHaveLength(40);
    await stage.apply(...[...domains, "late.example"].map((domain) => tenant(domain)));
    stage.point("late.example");
    await stage.turn();
    expect(stage.ca.calls.length).toBe(found);
    expect(second.orders).toHaveLength(41);
  });

  it("one that was down is asked again after a minute, then 2, 5, 10 and 30", async () => {
    stage.cas = [stage.ca];
    stage.ca.fail("newOrder", { type: "certfront:unreachable" }, { times: 6 * EVERY_ATTEMPT });
    await firstTurn();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 6; attempt++) {
      const before = stage.clock.now();
      await stage.nextTurn("a.example");
      waits.push(Math.round((stage.clock.now() - before) / MINUTE));
    }
    expect(waits).toEqual([1, 2, 5, 10, 30, 30]);
    expect(await stage.record("a.example")).toMatchObject({ state: "active", failures: 0 });
  });

  it("the reason is the first one's and the next look the soonest, when all say no", async () => {
    stage.ca.fail(
      "newOrder",
      { type: "rateLimited", status: 429, detail: "too many new orders" },
      { retryAfterMs: 3 * HOUR },
    );
    second.fail("newOrder", { type: "certfront:unreachable", detail: "ECONNREFUSED" }, { times: EVERY_ATTEMPT });
    const record = await firstTurn();
    expect(record).toMatchObject({ state: "pending-dns", reason: { code: "RATE_LIMITED" } });
    expect((record.nextActionAt ?? 0) - stage.clock.now()).toBe(MINUTE);
    expect((await stage.nextTurn("a.example")).certificate?.ca).toBe("second-ca");
  });

  it("an order that its CA cannot finish within the hour is given up for another CA", async () => {
    stage.ca.fail("finalize", { type: "serverInternal", status: 500 }, { times: 1_000 });
    await firstTurn();
    expect((await stage.record("a.example")).order?.ca).toBe("first-ca");
    const begun = stage.clock.now();
    const record = await stage.turnsUntil("a.example", ({ state }) => state === "active");
    expect(record.certificate?.ca).toBe("second-ca");
    expect(stage.clock.now() - begun).toBeLessThan(3 * HOUR);
    expect(stage.ca.orders).toHaveLength(1);
  });

  it("one that refused a tenant is asked again when no other is left, and by others all the time", async () => {
    stage.ca.fail("newOrder", { type: "rejectedIdentifier" });
    second.fail("newOrder", { type: "rejectedIdentifier" });
    expect(await firstTurn()).toMatchObject({ state: "pending-dns", reason: { code: "CA_REJECTED" } });
    stage.point("b.example");
    await stage.apply(tenant("a.example"), tenant("b.example"));
    await stage.turn();
    expect((await stage.record("b.example")).certificate?.ca).toBe("first-ca");
    expect((await stage.nextTurn("a.example")).state).toBe("active");
  });

  it("the next one renews what a CA that left the list had issued", async () => {
    await firstTurn();
    stage.cas = [second];
    stage.clock.advance(61 * DAY);
    await stage.turn();
    expect(await stage.record("a.example")).toMatchObject({ state: "active", certificate: { ca: "second-ca" } });
    expect(second.orders[0]?.replaces).toBeUndefined();
  });
});
