import { X509Certificate } from "node:crypto";
import { AcmeStage, wrap } from "../../testing/acme-stage";

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

  it("gives up what Pebble validated for it, once it is stored", async () => {
    const { ca } = await stage.addPebble({ version });
    const seen: string[] = [];
    const noted = wrap(ca, (call, [url], run) => {
      if (call === "authorization") seen.push(String(url));
      return run();
    });
    await stage.addTenant("a.example", { aliases: ["www.a.example"] });
    await stage.turn(["a.example"], stage.ports({ cas: [noted] }));
    const statuses = await Promise.all(seen.map(async (url) => (await ca.authorization(url)).status));
    expect(statuses).toEqual(["deactivated", "deactivated"]);
  });

  it("gets certificates on authorizations that are valid from before, where the CA uses half of them again", async () => {
    const { pebble, ca } = await stage.addPebble({ version, authzReuse: 50 });
    const kept = wrap(ca, async (call, _args, run) => (call === "deactivate" ? undefined : run()));
    const domains = Array.from({ length: 8 }, (_, n) => `t${n}.example`);
    for (const domain of domains) {
      await stage.addTenant(domain, { aliases: ["shared.example"] });
      await stage.turn([domain], stage.ports({ cas: [kept] }));
    }
    expect(stage.errors).toEqual([]);
    for (const domain of domains) expect((await stage.record(domain)).state).toBe("active");
    expect(pebble.orderCount()).toBe(domains.length);
  });
});
