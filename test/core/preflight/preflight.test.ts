import type { Proof } from "../../../core/preflight/ownership";
import type { ProbeAnswer } from "../../../core/preflight/ports";
import { preflight } from "../../../core/preflight/preflight";
import { THUMBPRINT } from "../../../testing/challenge-server";
import { FakeProbe } from "../../../testing/fake-probe";
import { FakeResolver, issueRecord } from "../../../testing/fake-resolver";

type Zone = Parameters<FakeResolver["set"]>[1];

const DOOR = { addresses: ["192.0.2.10", "192.0.2.11"], cnameTarget: "door.certfront.test" };
const GOOD: Zone = { a: DOOR.addresses };

/** Asks of all these names what a CA would ask. */
async function ask(
  zones: Readonly<Record<string, Zone>>,
  proof?: Proof,
  answer?: (address: string) => ProbeAnswer | undefined,
) {
  const resolver = new FakeResolver();
  resolver.set(DOOR.cnameTarget, GOOD);
  for (const [name, zone] of Object.entries(zones)) resolver.set(name, zone);
  const probe = new FakeProbe();
  if (answer) probe.override = (_, address) => answer(address);
  const steps: string[] = [];
  const names = Object.keys(zones).filter((name) => !name.startsWith("_") && name !== DOOR.cnameTarget);
  const ports = { resolver, probe, loadBalancer: DOOR, fronts: { thumbprint: THUMBPRINT } };
  const found = await preflight(names, ports, proof, (step) => steps.push(step));
  return { ...found, requests: probe.requests, steps };
}

describe("names that a CA could validate", () => {
  it("pass, with what says which CAs may", async () => {
    const caa = [issueRecord("ca.test")];
    const { passed, failed, steps } = await ask({ "a.example": GOOD, "b.example": { ...GOOD, caa } });
    expect(passed).toStrictEqual([
      { name: "a.example", caa: [] },
      { name: "b.example", caa, caaAt: "b.example" },
    ]);
    expect(failed).toEqual([]);
    expect(steps).toEqual(["dns", "caa", "token"]);
  });

  it("are asked for a new token each, at each of our addresses that they lead to", async () => {
    const { requests } = await ask({ "a.example": GOOD, "b.example": { a: ["192.0.2.11"] } });
    expect(requests.map(({ name, address }) => [name, address])).toEqual([
      ["a.example", "192.0.2.10"],
      ["a.example", "192.0.2.11"],
      ["b.example", "192.0.2.11"],
    ]);
    const [a, same, b] = requests.map(({ path }) => path);
    expect(a).toMatch(/^\/\.well-known\/acme-challenge\/[A-Za-z0-9_-]{32}$/);
    expect([same === a, b === a]).toEqual([true, false]);
  });

  it("pass with the warning of what could not be made sure of", async () => {
    const { passed } = await ask({ "a.example": { ...GOOD, aaaaServfail: true } });
    expect(passed).toEqual([
      { name: "a.example", caa: [], warning: expect.objectContaining({ code: "DNS_SERVFAIL" }) },
    ]);
  });

  it("pass with the name that really holds their CAA records, where that is another", async () => {
    const caa = [issueRecord("ca.test")];
    const resolver = new FakeResolver();
    resolver.set("a.example", GOOD);
    const answers = { caa: async () => ({ status: "ok", records: caa, owner: "a.host.example" }) as const };
    const ports = { resolver: Object.assign(resolver, answers), probe: new FakeProbe(), loadBalancer: DOOR };
    const { passed } = await preflight(["a.example"], { ...ports, fronts: { thumbprint: THUMBPRINT } });
    expect(passed).toEqual([{ name: "a.example", caa, caaAt: "a.example", caaOwner: "a.host.example" }]);
  });
});

describe("names that a CA could not validate", () => {
  it("fail each by itself, at the first of DNS, CAA and the token, and the others pass", async () => {
    const { passed, failed, requests } = await ask({
      "a.example": GOOD,
      "b.example": { a: ["203.0.113.9"], caaServfail: true },
      "c.example": { ...GOOD, caaServfail: true },
    });
    expect(passed.map(({ name }) => name)).toEqual(["a.example"]);
    expect(failed).toStrictEqual([
      { name: "b.example", reason: expect.objectContaining({ code: "DNS_NOT_POINTING" }) },
      {
        name: "c.example",
        reason: {
          code: "DNS_SERVFAIL",
          sentence:
            "The CAA records of c.example cannot be read (ESERVFAIL), and a CA then refuses c.example. Often DNSSEC is broken: ask whoever runs the domain's DNS.",
        },
      },
    ]);
    expect(new Set(requests.map(({ name }) => name))).toEqual(new Set(["a.example"]));
  });

  it("fail by a fault of ours where our own name cannot be looked up either", async () => {
    const { failed } = await ask({
      [DOOR.cnameTarget]: { servfail: true },
      "a.example": { servfail: true },
      "b.example": { ...GOOD, caaServfail: true },
    });
    expect(failed).toEqual([
      { name: "a.example", ours: true, reason: expect.objectContaining({ code: "INTERNAL" }) },
      { name: "b.example", ours: true, reason: expect.objectContaining({ code: "INTERNAL" }) },
    ]);
  });

  it("fail by a fault of ours where one of our addresses does not give the token back", async () => {
    const down: ProbeAnswer = { status: "unreachable", detail: "ETIMEDOUT" };
    const { failed, passed } = await ask({ "a.example": GOOD }, undefined, (address) =>
      address === "192.0.2.11" ? down : undefined,
    );
    expect(passed).toEqual([]);
    expect(failed).toEqual([
      {
        name: "a.example",
        ours: true,
        reason: { code: "PORT80_UNREACHABLE", sentence: expect.stringContaining("at 192.0.2.11 did not answer") },
      },
    ]);
  });
});

describe("names that have to be proven besides", () => {
  const proof: Proof = { value: "certfront=0123", names: ["a.example"] };
  const wanted = { name: "_certfront.a.example", type: "TXT", action: "create", values: ["certfront=0123"] };
  const PROVEN: Zone = { txt: ["certfront=0123"] };
  const elsewhere: Zone = { a: ["203.0.113.9"] };

  it("pass with the record, and the others without", async () => {
    const { passed } = await ask({ "a.example": GOOD, "_certfront.a.example": PROVEN, "b.example": GOOD }, proof);
    expect(passed.map(({ name }) => name)).toEqual(["a.example", "b.example"]);
  });

  it("fail without it, though they lead here", async () => {
    const { passed, failed } = await ask({ "a.example": GOOD, "b.example": GOOD }, proof);
    expect(passed.map(({ name }) => name)).toEqual(["b.example"]);
    expect(failed).toMatchObject([{ name: "a.example", reason: { code: "OWNERSHIP_UNPROVEN", dns: [wanted] } }]);
  });

  it("that lead elsewhere too are told both at once, for both are the customer's to set", async () => {
    const { failed } = await ask({ "a.example": elsewhere }, proof);
    const change = { name: "a.example", type: "A", action: "change", values: DOOR.addresses };
    expect(failed).toEqual([
      {
        name: "a.example",
        reason: {
          code: "DNS_NOT_POINTING",
          sentence:
            "a.example points to 203.0.113.9, not to our load balancer. Change the A record a.example to 192.0.2.10 and 192.0.2.11. Nothing in DNS shows that a.example belongs to the customer who asked for it: there is no record _certfront.a.example. Create the TXT record _certfront.a.example → certfront=0123.",
          dns: [change, wanted],
        },
      },
    ]);
  });

  it("whose servers fail are told so, with the record that there must be besides", async () => {
    const { failed } = await ask({ "a.example": { servfail: true } }, proof);
    expect(failed).toMatchObject([{ reason: { code: "DNS_SERVFAIL", dns: [wanted] } }]);
  });

  it("whose proof cannot be read are told what DNS needs alone", async () => {
    const { failed } = await ask({ "a.example": elsewhere, "_certfront.a.example": { servfail: true } }, proof);
    expect(failed).toMatchObject([
      { reason: { code: "DNS_NOT_POINTING", sentence: expect.not.stringContaining("TXT"), dns: [{ type: "A" }] } },
    ]);
  });

  it.each<[string, Zone, Zone | undefined]>([
    ["in the addresses", { servfail: "ECONNREFUSED" }, undefined],
    ["in the proof, whatever the addresses are", GOOD, { servfail: "ECONNREFUSED" }],
  ])("meet a fault of ours %s, and nothing is asked of the customer", async (_, zone, txt) => {
    const { failed } = await ask({ "a.example": zone, ...(txt && { "_certfront.a.example": txt }) }, proof);
    expect(failed).toEqual([{ name: "a.example", ours: true, reason: expect.objectContaining({ code: "INTERNAL" }) }]);
    expect(failed[0]?.reason).not.toHaveProperty("dns");
  });
});
