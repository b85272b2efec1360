import { X509Certificate } from "node:crypto";
import { AcmeStage } from "../../testing/acme-stage";

/** The issuer's core against Pebble: challenges are fetched over HTTP, names looked up in DNS. */
describe.each(["installed", "sid"] as const)("issuing at Pebble (%s)", (version) => {
  let stage: AcmeStage;
  beforeEach(async () => {
    stage = await AcmeStage.start();
  });
  afterEach(() => stage.stop());

  it("gives a tenant a certificate for all its names with one order, and tells the fronts", async () => {
    const { pebble } = await stage.addPebble({ version });
    await stage.addTenant("a.example", { aliases: ["www.a.example"] });
    const [outcome] = await stage.turn(["a.example"]);
    expect(stage.errors).toEqual([]);
    expect(outcome).toEqual({ domain: "a.example", state: "active" });
    expect(pebble.orderCount()).toBe(1);

    const record = await stage.record("a.example");
    const front = await stage.store.frontItem("a.example");
    const leaf = new X509Certificate(front?.certificate?.chain ?? "");
    expect(leaf.subjectAltName?.split(", ").sort()).toEqual(["DNS:a.example", "DNS:www.a.example"]);
    expect(front?.certificate?.summary).toEqual(record.certificate);
    expect(front?.revision).toBe(record.revision);
    expect(await stage.store.certificates("a.example")).toHaveLength(1);
    expect(stage.steps.map(({ step }) => step)).toEqual([
      "dns",
      "caa",
      "token",
      "order",
      "accepted",
      "validated",
      "finalized",
      "issued",
      "stored",
    ]);
    expect(new X509Certificate(await pebble.root()).subject).toContain("Pebble Root CA");
  });

  it.each([
    ["a fifth of its nonces refused", { nonceReject: 20 }],
    ["half of its authorizations used again", { authzReuse: 50 }],
    ["polls delayed by Retry-After", { retryAfter: { authz: 1, order: 1 }, slow: true }],
  ])("gets every certificate with %s", async (_what, options) => {
    const { pebble } = await stage.addPebble({ version, ...options });
    const domains = Array.from({ length: 8 }, (_, n) => `t${n}.example`);
    for (const domain of domains) await stage.addTenant(domain, { aliases: ["shared.example"] });
    const outcomes = await stage.turn(domains);
    expect(stage.errors).toEqual([]);
    expect(outcomes.map(({ state }) => state)).toEqual(domains.map(() => "active"));
    expect(pebble.orderCount()).toBe(domains.length);
  });
});
