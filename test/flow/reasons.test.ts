import { DAY, HOUR, MINUTE } from "../../core/base/clock";
import { REASON_CODES, type ReasonCode } from "../../core/record/reason";
import type { TenantState } from "../../core/record/record";
import { IssuerStage } from "../../testing/issuer-stage";
import { tenant } from "../../testing/records";
import { problem, STORIES } from "./reason-stories";

describe("every tenant without a certificate says why", () => {
  it.each(STORIES)(
    "$reason.code: $what",
    async ({ prepare, domain = "a.example", state = "pending-dns", reason, again }) => {
      const stage = new IssuerStage();
      await stage.apply(tenant(domain));
      await prepare(stage);
      await stage.turn();
      const record = await stage.record(domain);
      expect({ state: record.state, reason: record.reason }).toEqual({ state, reason });
      expect(record.nextActionAt === undefined ? undefined : record.nextActionAt - stage.clock.now()).toBe(again);
      expect(record.lease).toBeUndefined();
      expect(record.certificate).toBeUndefined();
    },
  );

  it("has a story for every reason code", () => {
    const told = new Set<ReasonCode>(STORIES.map(({ reason }) => reason.code));
    expect(REASON_CODES.filter((code) => !told.has(code))).toEqual([]);
  });
});

describe("fronts are told whom a tenant without a certificate waits for", () => {
  it("its owner, once, until there is one", async () => {
    const stage = new IssuerStage();
    await stage.apply(tenant("a.example"));
    const told = async () => (await stage.memory.frontItem("a.example"))?.waitsFor;
    await stage.turn();
    stage.clock.advance(DAY);
    await stage.turn();
    expect(await told()).toBe("owner");
    const { revision = 0 } = (await stage.memory.frontItem("a.example")) ?? {};
    stage.clock.advance(DAY);
    await stage.turn();
    expect((await stage.memory.frontItem("a.example"))?.revision).toBe(revision);
    stage.point("a.example");
    stage.clock.advance(DAY);
    await stage.turn();
    expect(await told()).toBeUndefined();
    expect((await stage.record("a.example")).state).toBe("active");
  });
});

describe("what a CA finds while it validates", () => {
  it.each([
    ["connection", "Timeout during connect", "PORT80_UNREACHABLE", "could not connect to the name on port 80"],
    ["dns", "DNS problem: SERVFAIL looking up A", "DNS_SERVFAIL", "could not look the name up"],
    ["dns", "DNS problem: NXDOMAIN looking up A", "DNS_NXDOMAIN", "says the name does not exist"],
    ["unauthorized", "Invalid response: 404", "TOKEN_MISMATCH", "fetched the token and got something else"],
    ["incorrectResponse", "Wrong key authorization", "TOKEN_MISMATCH", "fetched the token and got something else"],
    [
      "tls",
      "remote error: tls: handshake failure",
      "PORT80_UNREACHABLE",
      "was redirected to an https address that does not work",
    ],
    ["caa", "CAA record prevents issuance", "CAA_FORBIDS", "is forbidden by the domain's CAA records"],
  ] as const)("%s (%s) is %s", async (type, detail, code, meaning) => {
    const stage = new IssuerStage();
    stage.point("a.example", "www.a.example");
    stage.ca.rejects.set("www.a.example", { type: problem(type), detail });
    await stage.apply(tenant("a.example", { aliases: ["www.a.example"] }));
    await stage.turn();
    const record = await stage.record("a.example");
    expect(record).toMatchObject({
      state: "pending-dns",
      reason: {
        code,
        sentence: `first-ca ${meaning} (www.a.example). It says: ${detail}.`,
        problemType: problem(type),
      },
      failures: 1,
    });
    expect(record.order).toBeUndefined();
  });

  it("costs the tenant's other names nothing: they are ordered without the one that failed, which is tried again in a day", async () => {
    const stage = new IssuerStage();
    stage.point("a.example", "www.a.example");
    stage.ca.rejects.set("www.a.example", { type: problem("connection"), detail: "Timeout during connect" });
    await stage.apply(tenant("a.example", { aliases: ["www.a.example"] }));
    await stage.turn();
    const begun = stage.clock.now();
    const record = await stage.nextTurn("a.example");
    expect(record).toMatchObject({
      state: "active",
      certificate: { names: ["a.example"] },
      reason: { code: "PORT80_UNREACHABLE", sentence: expect.stringContaining("(www.a.example). It says: Timeout") },
    });
    stage.ca.rejects.clear();
    const complete = await stage.turnsUntil("a.example", ({ certificate }) => certificate?.names.length === 2);
    expect(complete.reason).toBeUndefined();
    expect(complete.refusedNames).toBeUndefined();
    expect((stage.clock.now() - begun) / DAY).toBeCloseTo(1, 2);
    expect(stage.ca.orders).toHaveLength(3);
  });

  it("sets a tenant aside that fails again and again, after 1, 10 and 100 minutes, then daily", async () => {
    const stage = new IssuerStage();
    stage.point("a.example");
    stage.ca.rejects.set("a.example", { type: problem("connection"), detail: "Timeout during connect" });
    await stage.apply(tenant("a.example"));
    await stage.turn();
    const seen: [TenantState, number][] = [];
    for (let attempt = 0; attempt < 5; attempt++) {
      const { state, nextActionAt = 0 } = await stage.record("a.example");
      seen.push([state, (nextActionAt - stage.clock.now()) / MINUTE]);
      await stage.nextTurn("a.example");
    }
    expect(seen).toEqual([
      ["pending-dns", 1],
      ["pending-dns", 10],
      ["pending-dns", 100],
      ["quarantined", 1440],
      ["quarantined", 1440],
    ]);
    stage.ca.rejects.clear();
    expect(await stage.nextTurn("a.example")).toMatchObject({ state: "active", failures: 0 });
  });
});

describe("a customer who takes time to set DNS", () => {
  it("is looked at each minute for an hour, then less and less, and is set aside after a week", async () => {
    const stage = new IssuerStage();
    await stage.apply(tenant("a.example"));
    const begun = stage.clock.now();
    await stage.turn();
    const looks: { at: number; state: TenantState }[] = [];
    while (stage.clock.now() - begun < 8 * DAY) {
      const { state } = await stage.nextTurn("a.example");
      looks.push({ at: stage.clock.now() - begun, state });
    }
    const between = (from: number, to: number) => looks.filter(({ at }) => at > from && at <= to).length;
    expect(between(0, HOUR)).toBe(60);
    expect(between(HOUR, DAY)).toBe((23 * 60) / 5);
    expect(between(DAY, 7 * DAY)).toBe(6 * 24);
    expect(looks.filter(({ at }) => at < 7 * DAY).every(({ state }) => state === "pending-dns")).toBe(true);
    expect(looks.filter(({ at }) => at > 7 * DAY).every(({ state }) => state === "quarantined")).toBe(true);
    expect(stage.ca.calls).toEqual([]);

    stage.point("a.example");
    expect((await stage.nextTurn("a.example")).state).toBe("active");
  });
});
