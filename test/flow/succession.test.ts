import { DAY, HOUR, MINUTE } from "../../core/base/clock";
import { renew, revoke } from "../../core/issue/operations";
import type { FrontItem } from "../../core/record/record";
import { namesOf, type Tenant } from "../../core/tenant/tenant";
import { IssuerStage } from "../../testing/issuer-stage";
import { tenant } from "../../testing/records";
import { refusal } from "../../testing/scripted-ca";

let stage: IssuerStage;
beforeEach(() => {
  stage = new IssuerStage();
  stage.point(...ALL);
});

/** `a b c`: a tenant a.example with the aliases b.example and c.example. */
const t = (names: string, more: Partial<Tenant> = {}): Tenant => {
  const [domain = "", ...aliases] = names.split(" ").map((name) => `${name}.example`);
  return tenant(domain, { aliases, ...more });
};
const ALL = [..."abcdefgxyz"].map((letter) => `${letter}.example`);

const items = async (): Promise<FrontItem[]> => (await stage.memory.frontItemsSince(0)).items as FrontItem[];

/** Which tenant's front item serves which names, with the names of the certificate that does it. */
async function served(): Promise<Record<string, string>> {
  const lines: Record<string, string> = {};
  for (const item of await items()) {
    if (item.removed) continue;
    for (const name of namesOf(item.tenant)) {
      const by = [...(item.certificate ? [item.certificate] : []), ...(item.further ?? [])].find(
        ({ summary }) => summary.names.includes(name) && summary.notAfter > stage.clock.now(),
      );
      if (by) lines[name.replace(".example", "")] = item.domain.replace(".example", "");
    }
  }
  return lines;
}

const caIsDown = (): void => {
  stage.ca.refuses = () => refusal("serverInternal", { status: 503 });
};
const caIsBack = (): void => {
  stage.ca.refuses = undefined;
};

async function issued(...tenants: readonly Tenant[]): Promise<void> {
  await stage.apply(...tenants);
  await stage.turn();
}

/** Until all outages are over and everybody had their turn. */
async function settle(): Promise<void> {
  for (let round = 0; round < 6; round++) {
    stage.clock.advance(HOUR);
    await stage.turn();
  }
}

type Lists = readonly string[];

const MOVES: readonly { what: string; before: Lists; after: readonly Lists[]; serves: Record<string, string> }[] = [
  { what: "primary and alias swapped", before: ["a b"], after: [["b a"]], serves: { a: "b", b: "b" } },
  {
    what: "several swapped at once",
    before: ["a b", "c d", "e f"],
    after: [["b a", "d c", "f e"]],
    serves: { a: "b", b: "b", c: "d", d: "d", e: "f", f: "f" },
  },
  { what: "an alias moved", before: ["a x", "b"], after: [["a", "b x"]], serves: { a: "a", b: "b", x: "b" } },
  {
    what: "two aliases exchanged",
    before: ["a x", "b y"],
    after: [["a y", "b x"]],
    serves: { a: "a", y: "a", b: "b", x: "b" },
  },
  { what: "a tenant renamed", before: ["a x"], after: [["x"]], serves: { x: "x" } },
  { what: "a tenant split in two", before: ["a x y"], after: [["a", "x y"]], serves: { a: "a", x: "x", y: "x" } },
  { what: "a tenant split in three", before: ["a x y"], after: [["a", "x", "y"]], serves: { a: "a", x: "x", y: "y" } },
  { what: "two merged", before: ["a x", "b y"], after: [["a x b y"]], serves: { a: "a", x: "a", b: "a", y: "a" } },
  {
    what: "three merged under a name of the third",
    before: ["a", "b", "c z"],
    after: [["z a b c"]],
    serves: { a: "z", b: "z", c: "z", z: "z" },
  },
  {
    what: "a ring of three",
    before: ["a b", "c d", "e f"],
    after: [["a f", "c b", "e d"]],
    serves: { a: "a", f: "a", c: "c", b: "c", e: "e", d: "e" },
  },
  {
    what: "an alias moved on and on",
    before: ["a x", "b", "c"],
    after: [
      ["a", "b x", "c"],
      ["a", "b", "c x"],
      ["a", "b", "c", "x"],
    ],
    serves: { a: "a", b: "b", c: "c", x: "x" },
  },
  {
    what: "an alias moved there and back",
    before: ["a x", "b"],
    after: [
      ["a", "b x"],
      ["a x", "b"],
    ],
    serves: { a: "a", b: "b", x: "a" },
  },
  {
    what: "a name truly removed, beside one that moves",
    before: ["a x y", "b"],
    after: [["a", "b x"]],
    serves: { a: "a", b: "b", x: "b" },
  },
];

describe("names that go from one tenant to another while the CA is down", () => {
  it.each(MOVES)("stay served: $what", async ({ before, after, serves }) => {
    await issued(...before.map((names) => t(names)));
    caIsDown();
    for (const list of after) {
      stage.clock.advance(MINUTE);
      await issued(...list.map((names) => t(names)));
      await stage.turn();
    }
    expect(await served()).toEqual(serves);
    stage.clock.advance(3 * DAY);
    await stage.turn();
    expect(await served()).toEqual(serves);

    caIsBack();
    await settle();
    expect(await served()).toEqual(serves);
    for (const names of after.at(-1) ?? []) {
      const { domain, aliases } = t(names);
      const record = await stage.record(domain);
      expect([record.state, [...(record.certificate?.names ?? [])].sort()]).toEqual([
        "active",
        [domain, ...aliases].sort(),
      ]);
      expect([record.further, (await stage.memory.frontItem(domain))?.further]).toEqual([undefined, undefined]);
    }
  });

  it.each(MOVES)("are in nobody's front item twice, nor after they left it: $what", async ({ before, after }) => {
    await issued(...before.map((names) => t(names)));
    caIsDown();
    for (const list of after) await issued(...list.map((names) => t(names)));
    await stage.turn();
    const listed = (await items()).flatMap((item) => (item.removed ? [] : namesOf(item.tenant)));
    expect(listed.sort()).toEqual([...new Set(after.at(-1)?.flatMap((names) => namesOf(t(names))))].sort());
  });

  it("bring nothing but certificates: upstream, policy and client CA are the new tenant's own", async () => {
    const secret: Partial<Tenant> = {
      upstream: "http://10.9.9.9:80",
      http: "serve",
      hsts: { maxAge: 9, includeSubdomains: true, preload: true },
      clientCertificates: { mode: "required", ca: "-----BEGIN CERTIFICATE-----\nsecret" },
    };
    await issued(t("a x", secret), t("b"));
    caIsDown();
    await issued(t("a", secret), t("b x"));
    await stage.turn();
    const item = await stage.memory.frontItem("b.example");
    expect(item?.further).toHaveLength(1);
    expect(item?.tenant).toEqual(t("b x"));
    expect(JSON.stringify({ ...item, further: [] })).not.toMatch(/10\.9\.9\.9|secret/);
    expect(await stage.memory.frontItem("a.example")).toMatchObject({ heirs: [{ domain: "b.example" }] });
  });

  it("cost no order where the names are the same", async () => {
    await issued(t("a b"));
    const before = await stage.record("a.example");
    await issued(t("b a"));
    await stage.turn();
    expect(stage.ca.orders).toHaveLength(1);
    const record = await stage.record("b.example");
    expect(record).toMatchObject({ state: "active", lane: "renewal", renewal: before.renewal });
    expect(record.certificate).toEqual({ ...before.certificate, issuedTo: "a.example" });
  });

  it("go to nobody with a certificate that has expired", async () => {
    await issued(t("a x"), t("b"));
    caIsDown();
    stage.clock.advance(91 * DAY);
    await issued(t("a"), t("b x"));
    await stage.turn();
    const item = await stage.memory.frontItem("b.example");
    expect(item?.further).toBeUndefined();
  });

  it("lose a certificate that is revoked with everybody who is served with it", async () => {
    await issued(t("a x y"), t("b"));
    const first = (await stage.record("a.example")).certificate?.fingerprint ?? "";
    caIsDown();
    await issued(t("a"), t("b x"), t("y"));
    await stage.turn();
    caIsBack();
    await revoke("a.example", "keyCompromise", stage.ports());
    for (const domain of ["a.example", "b.example", "y.example"]) {
      expect((await stage.record(domain)).revoked).toEqual([first]);
    }
    stage.clock.advance(HOUR);
    await settle();
    expect(JSON.stringify((await items()).map(({ certificate, further }) => [certificate, further]))).not.toContain(
      first,
    );
  });
});

describe("a list that renames tenants", () => {
  it("does not count as one that removes them", async () => {
    const pairs = ["a b", "c d", "e f"];
    await issued(...pairs.map((names) => t(names)));
    const { applyTenants } = await import("../../core/issue/apply");
    const swapped = pairs.map((names) => t(names.split(" ").reverse().join(" ")));
    expect(await applyTenants(swapped, stage.memory, stage.clock)).toMatchObject({ added: 3, removed: 3 });
    await expect(applyTenants([t("x")], stage.memory, stage.clock)).rejects.toMatchObject({ code: "REMOVALS_REFUSED" });
  });
});

describe("a name that a CA refuses at a renewal", () => {
  it("is served with the certificate from before for as long as that is valid, and no longer", async () => {
    await issued(t("a x"));
    const { certificate } = await stage.record("a.example");
    stage.ca.refuses = (call, names) =>
      call === "newOrder" && names.includes("x.example")
        ? refusal("rejectedIdentifier", {
            status: 400,
            subproblems: [{ type: "rejectedIdentifier", detail: "no", name: "x.example" }],
          })
        : undefined;
    await renew("a.example", stage.ports());
    await stage.turn();
    const item = await stage.memory.frontItem("a.example");
    expect(item?.certificate?.summary.names).toEqual(["a.example"]);
    expect(item?.further?.map(({ summary }) => summary.fingerprint)).toEqual([certificate?.fingerprint]);
    expect(await served()).toEqual({ a: "a", x: "a" });
    const end = stage.clock.now() + 91 * DAY;
    while (stage.clock.now() < end) await stage.nextTurn("a.example");
    expect(await served()).toEqual({ a: "a" });
    expect((await stage.record("a.example")).further).toBeUndefined();
  });
});
