import { DAY, SECOND } from "../../../../core/base/clock";
import { checkedNames } from "../../../../core/issue/order/checks";
import type { TenantRecord } from "../../../../core/record/record";
import { emergencyAt } from "../../../../core/renewal/policy";
import { issueRecord } from "../../../../testing/fake-resolver";
import { OUR_ADDRESSES } from "../../../../testing/issuer-stage";
import { certificateSummary, tenant } from "../../../../testing/records";
import { TurnStage } from "../../../../testing/turns";

const ALIASES = ["b.example", "c.example"];
const NAMES = ["a.example", ...ALIASES];
let stage: TurnStage;
beforeEach(() => {
  stage = new TurnStage();
  stage.point(...NAMES);
});

async function check(record: Partial<TenantRecord> = {}, lasts?: number) {
  const configured = { tenant: tenant("a.example", { aliases: ALIASES }), ...record };
  const turn = await stage.begin(configured, lasts === undefined ? {} : { lasts });
  const { candidates, failures, warning } = await checkedNames(turn);
  return {
    names: candidates.map(({ names }) => names),
    failed: failures.map(({ name, reason }) => `${name} ${reason.code}`),
    warning,
  };
}

/** Fronts that fail so many looks at these names. */
function frontsFail(looks: number, names: readonly string[] = NAMES): void {
  const left = new Map(names.map((name) => [name, looks]));
  stage.probe.override = (name, address) => {
    const more = left.get(name) ?? 0;
    if (address === OUR_ADDRESSES[0]) left.set(name, more - 1);
    return more > 0 ? { status: "unreachable", detail: "refused" } : undefined;
  };
}

describe("names that could be validated now", () => {
  it("are tried at every CA that may issue for them", async () => {
    stage.cas = [stage.ca, stage.newCa("second-ca")];
    stage.resolver.set("b.example", { a: OUR_ADDRESSES, caa: [issueRecord("second-ca.test")] });
    expect(await check()).toEqual({ names: [NAMES, ["a.example", "c.example"]], failed: [], warning: undefined });
  });

  it("leave out those that fail our checks, that CAA forbids, and that a CA refused lately", async () => {
    stage.resolver.remove("a.example");
    stage.resolver.set("b.example", { a: OUR_ADDRESSES, caa: [issueRecord("other.test")] });
    const reason = { code: "CA_REJECTED", sentence: "No." } as const;
    const refusedNames = [{ name: "c.example", reason, until: stage.clock.now() + DAY }];
    expect(await check({ refusedNames })).toMatchObject({
      names: [],
      failed: ["a.example DNS_NXDOMAIN", "b.example CAA_FORBIDS", "c.example CA_REJECTED"],
    });
  });

  it("are told as they are checked", async () => {
    await check();
    expect(stage.steps.map(({ step }) => step)).toEqual(["dns", "caa", "token"]);
  });

  it("have to be proven where somebody owns them", async () => {
    const owned = tenant("a.example", { aliases: ALIASES, owner: "anna" });
    expect((await check({ tenant: owned })).failed).toEqual(NAMES.map((name) => `${name} OWNERSHIP_UNPROVEN`));
  });
});

describe("a fault of ours", () => {
  it("is looked at again after 1, 2 and 4 seconds", async () => {
    frontsFail(3);
    expect(await check()).toMatchObject({ names: [NAMES], failed: [] });
    expect(stage.pauses).toEqual([1, 2, 4].map((seconds) => seconds * SECOND));
  });

  it("is one that stays after that", async () => {
    frontsFail(4, ["b.example"]);
    expect(await check()).toMatchObject({
      names: [["a.example", "c.example"]],
      failed: ["b.example PORT80_UNREACHABLE"],
    });
    expect(stage.pauses).toHaveLength(3);
  });

  it("is looked at again for the names that have it, and keeps what is known of the others", async () => {
    stage.resolver.remove("a.example");
    frontsFail(1, ["b.example"]);
    expect(await check()).toMatchObject({ names: [["c.example", "b.example"]], failed: ["a.example DNS_NXDOMAIN"] });
    expect(stage.pauses).toEqual([SECOND]);
    expect(stage.resolver.queries.filter((query) => query === "A a.example")).toHaveLength(1);
    expect(stage.resolver.queries.filter((query) => query === "A c.example")).toHaveLength(1);
  });

  it("is not what the customer has to cure", async () => {
    stage.resolver.remove("a.example");
    await check();
    expect(stage.pauses).toEqual([]);
  });

  it.each([
    [SECOND, 0],
    [SECOND + 1, 1],
  ])("is not looked at beyond the turn's end, %i ms away", async (lasts, looks) => {
    frontsFail(9);
    await check({}, lasts);
    expect(stage.pauses).toHaveLength(looks);
  });
});

describe("what could not be made sure of", () => {
  const unsure = () => stage.resolver.set("b.example", { a: OUR_ADDRESSES, aaaa: ["2001:db8::1"] });

  it("is said where it forbids nothing", async () => {
    const { aaaa } = stage.resolver;
    stage.resolver.aaaa = async (name) =>
      name === "b.example" ? { status: "servfail", detail: "ESERVFAIL" } : aaaa.call(stage.resolver, name);
    expect(await check()).toMatchObject({
      names: [NAMES],
      failed: [],
      warning: { sentence: expect.stringContaining("b.example") },
    });
  });

  const certificate = certificateSummary("a.example", { names: NAMES, notBefore: 0, notAfter: 100 * DAY });
  const expiring = async (prepare: () => void) => {
    stage.clock.advance(emergencyAt(certificate) - stage.clock.now());
    prepare();
    return check({ certificate });
  };

  it.each<[string, () => void, string]>([
    ["fronts that fail a test token", () => frontsFail(9, ["b.example"]), "PORT80_UNREACHABLE"],
    [
      "CAA records that forbid it",
      () => stage.resolver.set("b.example", { a: OUR_ADDRESSES, caa: [issueRecord("other.test")] }),
      "CAA_FORBIDS",
    ],
    ["DNS that fails", () => stage.resolver.set("b.example", { servfail: true }), "DNS_SERVFAIL"],
    ["an address too many", unsure, "DNS_AAAA_STALE"],
  ])("forbids nothing where the certificate is about to expire: %s", async (_what, prepare, code) => {
    expect(await expiring(prepare)).toMatchObject({ names: [NAMES], failed: [], warning: { code } });
  });

  it("is asked of every CA then", async () => {
    stage.cas = [stage.ca, stage.newCa("second-ca")];
    const all = NAMES.map((name) => ({ name, zone: { a: OUR_ADDRESSES, caa: [issueRecord("second-ca.test")] } }));
    const { names } = await expiring(() => {
      for (const { name, zone } of all) stage.resolver.set(name, zone);
      frontsFail(9, ["b.example"]);
    });
    expect(names).toEqual([NAMES, NAMES]);
  });

  it("is not a name whose DNS leads elsewhere: nobody misses it", async () => {
    const { names, failed } = await expiring(() => {
      stage.resolver.remove("c.example");
      frontsFail(9, ["b.example"]);
    });
    expect({ names, failed }).toEqual({ names: [["a.example", "b.example"]], failed: ["c.example DNS_NXDOMAIN"] });
  });

  it("is not a name that nobody has shown to be its owner's: it was never served", async () => {
    const owned = { tenant: tenant("a.example", { aliases: ALIASES, owner: "anna" }) };
    const served = { ...certificate, names: ["a.example", "b.example"] };
    stage.clock.advance(emergencyAt(certificate) - stage.clock.now());
    frontsFail(9, ["b.example"]);
    const { names, failed } = await check({ ...owned, certificate: served });
    expect({ names, failed }).toEqual({
      names: [["a.example", "b.example"]],
      failed: ["c.example OWNERSHIP_UNPROVEN"],
    });
  });

  it("is as before a moment earlier", async () => {
    stage.clock.advance(emergencyAt(certificate) - stage.clock.now() - 10 * SECOND);
    frontsFail(9, ["b.example"]);
    const { names, warning } = await check({ certificate });
    expect({ names, warning }).toEqual({ names: [["a.example", "c.example"]], warning: undefined });
  });

  it("is nothing where all is well, to the end", async () => {
    const { names, failed, warning } = await expiring(() => {});
    expect({ names, failed, warning }).toEqual({ names: [NAMES], failed: [], warning: undefined });
  });
});
