import { DAY, HOUR, MINUTE } from "../../../../core/base/clock";
import { CaLimits } from "../../../../core/ca/limits";
import { chooseCas, unavailable } from "../../../../core/issue/order/choose-ca";
import type { PassedName } from "../../../../core/preflight/preflight";
import type { TenantRecord } from "../../../../core/record/record";
import { FakeResolver, issueRecord } from "../../../../testing/fake-resolver";
import { certificateSummary, tenant, tenantRecord } from "../../../../testing/records";
import { TurnStage } from "../../../../testing/turns";

let stage: TurnStage;
beforeEach(() => {
  stage = new TurnStage();
  stage.cas = [stage.ca, stage.newCa("second-ca"), stage.newCa("third-ca")];
});

/** A name whose CAA records let only these CAs issue; without any, all may. */
const named = (name: string, ...cas: string[]): PassedName => ({
  name,
  caa: cas.map((ca) => issueRecord(`${ca}.test`)),
  ...(cas.length > 0 && { caaAt: name }),
});

async function choose(names: readonly PassedName[], changes: Partial<TenantRecord> = {}) {
  const record = tenantRecord("a.example", stage.clock.now(), changes);
  const { candidates, failed } = await chooseCas(record, names, stage.ports());
  return {
    cas: candidates.map(({ ca, names: allowed }) => [ca.settings.name.split("-")[0], ...allowed].join(" ")),
    failed,
  };
}

describe("the CAs that are asked for a tenant's names", () => {
  const both = [named("a.example"), named("b.example")];

  it("are all of the list, in its order", async () => {
    expect((await choose(both)).cas).toEqual(["first", "second", "third"].map((ca) => `${ca} a.example b.example`));
  });

  it("are the tenant's own choice first", async () => {
    const { cas } = await choose([named("a.example")], { tenant: tenant("a.example", { ca: "third-ca" }) });
    expect(cas).toEqual(["third a.example", "first a.example", "second a.example"]);
  });

  it("are those last that refused the tenant lately, whatever it would choose", async () => {
    const avoidCas = [
      { ca: "first-ca", until: stage.clock.now() + 1 },
      { ca: "second-ca", until: stage.clock.now() },
    ];
    const { cas } = await choose([named("a.example")], { avoidCas, tenant: tenant("a.example", { ca: "first-ca" }) });
    expect(cas).toEqual(["second a.example", "third a.example", "first a.example"]);
  });

  it("are those that may issue for the most names first, and none that may for none", async () => {
    const names = [named("a.example", "second-ca"), named("b.example", "second-ca", "first-ca")];
    expect(await choose(names)).toEqual({ cas: ["second a.example b.example", "first b.example"], failed: [] });
  });

  it("leave out the names that none of them may issue for, with the record to set", async () => {
    const { cas, failed } = await choose([named("a.example"), named("b.example", "other-ca")]);
    expect(cas[0]).toBe("first a.example");
    expect(failed).toEqual([
      {
        name: "b.example",
        reason: {
          code: "CAA_FORBIDS",
          sentence: expect.stringContaining("The CAA records of b.example do not let our CA issue for b.example"),
          dns: [{ name: "b.example", type: "CAA", action: "create", values: ['0 issue "first-ca.test"'] }],
        },
      },
    ]);
  });

  it("say where records stand that are another name's", async () => {
    const name = { ...named("www.a.example", "other-ca"), caaAt: "a.example", caaOwner: "elsewhere.example" };
    const { failed } = await choose([name]);
    expect(failed[0]?.reason.sentence).toContain(
      "The CAA records of a.example (an alias: they are those of elsewhere.example",
    );
    expect(failed[0]?.reason.dns?.[0]?.name).toBe("elsewhere.example");
    const { caaAt: _nowhere, ...nowhere } = named("www.a.example", "other-ca");
    expect((await choose([nowhere])).failed[0]?.reason.sentence).toContain("The CAA records of www.a.example do not");
  });

  it("are compared by account where records name one, unless it cannot be had", async () => {
    const own = {
      ...named("a.example"),
      caa: [issueRecord("first-ca.test; accounturi=https://first-ca.test/account/1")],
    };
    expect((await choose([own])).cas).toEqual(["first a.example"]);
    stage.ca.fail("accountUrl", { type: "certfront:unreachable" });
    expect((await choose([own])).cas).toEqual(["first a.example"]);
    stage.ca.accountUrl = () => Promise.reject(new TypeError("ours"));
    await expect(choose([own])).rejects.toThrow("ours");
  });
});

describe("records that let none of our CAs issue", () => {
  let source: FakeResolver;
  beforeEach(() => {
    source = new FakeResolver();
    stage.resolver.source = source;
  });
  const old = named("a.example", "other-ca");

  it("are read again at the zone itself, which may allow it by now", async () => {
    source.set("a.example", { caa: [issueRecord("second-ca.test")] });
    expect(await choose([old])).toEqual({ cas: ["second a.example"], failed: [] });
  });

  it("are told of as they stand there", async () => {
    source.set("a.example", { caa: [issueRecord("third-party.test")] });
    expect((await choose([old])).failed[0]?.reason.sentence).toContain('they name "third-party.test" alone');
  });

  it("are told of as another name's where an alias leads there by now", async () => {
    const records = [issueRecord("third-party.test")];
    source.caa = async () => ({ status: "ok", records, owner: "elsewhere.example" });
    const { failed } = await choose([old]);
    expect(failed[0]?.reason.dns?.[0]?.name).toBe("elsewhere.example");
  });

  it("stay as they were where the zone cannot be read", async () => {
    source.set("a.example", { caaServfail: true });
    expect((await choose([old])).failed[0]?.reason.sentence).toContain('they name "other-ca.test" alone');
    stage.resolver.source = undefined;
    expect((await choose([old])).failed).toHaveLength(1);
  });

  it("are not read again where one of our CAs may, or there are none", async () => {
    await choose([named("a.example", "second-ca"), named("b.example")]);
    expect(source.queries).toEqual([]);
  });
});

describe("a CA that is not worth asking now", () => {
  const ask = async (record: Partial<TenantRecord> = {}) => {
    const turn = await stage.begin(record);
    const setback = await unavailable(turn, stage.ca, ["a.example"]);
    return setback && { reason: setback.reason, ...setback.details };
  };
  const now = () => stage.clock.now();
  const certificate = (days: number) =>
    certificateSummary("a.example", {
      names: ["a.example", "b.example"],
      ca: "first-ca",
      ariId: "ari",
      notBefore: now() - 80 * DAY,
      notAfter: now() + days * DAY,
    });
  const isDown = async () => {
    const { outages } = stage.ports();
    for (const domain of ["b.example", "c.example", "d.example"]) await outages.report("first-ca", domain, HOUR);
    stage.clock.advance(1);
    // Another one looks whether it is back.
    stage.clock.advance(MINUTE);
    await stage.ports().outages.until("first-ca");
  };
  const requested = { renewal: { renewAt: 0, source: "requested" } } as const;

  it("is none, as long as nothing is known against it", async () => {
    expect(await ask()).toBeUndefined();
  });

  it("is one that failed others moments ago", async () => {
    await isDown();
    expect(await ask()).toEqual({
      reason: {
        code: "CA_DOWN",
        sentence:
          "first-ca is not asked for a.example now: it failed or limited us moments ago, and is tried again later.",
      },
      kind: "outage",
      retryAt: now() + MINUTE,
    });
  });

  it.each<[string, () => Partial<TenantRecord>]>([
    ["somebody asked for the order", () => requested],
    ["the certificate is about to expire", () => ({ certificate: certificate(4) })],
  ])("is asked all the same where %s", async (_why, record) => {
    await isDown();
    expect(await ask(record())).toBeUndefined();
  });

  it("is not where the certificate has time", async () => {
    await isDown();
    expect((await ask({ certificate: certificate(5) }))?.reason.code).toBe("CA_DOWN");
  });

  describe("by its limits", () => {
    /** All of it is used up. */
    const used = async () => {
      stage.figures = new Map([["first-ca", { ordersPerAccount: { capacity: 4, windowMs: HOUR } }]]);
      const limits = new CaLimits(stage.memory, stage.clock, stage.figures);
      const other = { names: ["x.example"], replaces: undefined, inAriWindow: false };
      for (let order = 0; order < 4; order++) await limits.take("first-ca", other);
    };

    it("says which, and when there is room", async () => {
      await used();
      const setback = await ask();
      expect(setback).toMatchObject({ kind: "outage", retryAt: expect.any(Number) });
      expect(setback?.reason.code).toBe("RATE_LIMITED");
      expect(setback?.reason.sentence).toMatch(
        /^first-ca allows 4 .*, and that is used up; a\.example has its turn as soon as there is room\.$/,
      );
    });

    it.each<[string, boolean, () => Partial<TenantRecord>]>([
      ["the certificate is about to expire", true, () => ({ certificate: certificate(4) })],
      [
        "the CA asks for the renewal itself",
        true,
        () => ({ certificate: certificate(30), renewal: { renewAt: now(), source: "ari" } }),
      ],
      [
        "it will ask later",
        false,
        () => ({ certificate: certificate(30), renewal: { renewAt: now() + 1, source: "ari" } }),
      ],
      [
        "the time is our own",
        false,
        () => ({ certificate: certificate(30), renewal: { renewAt: now(), source: "lifetime" } }),
      ],
      ["somebody asked for it", false, () => requested],
    ])("is asked all the same where %s: %p", async (_why, asked, record) => {
      await used();
      expect((await ask(record())) === undefined).toBe(asked);
    });
  });
});
