import { applyTenants } from "../../core/issue/apply";
import type { Pebble } from "../../local/process/parts/pebble";
import { AcmeStage, wrap } from "../../testing/acme-stage";
import { tenant } from "../../testing/records";

const DOMAIN = "a.example";

describe("a tenant that changes", () => {
  let stage: AcmeStage;
  let pebble: Pebble;
  beforeEach(async () => {
    stage = await AcmeStage.start();
    ({ pebble } = await stage.addPebble({}, { name: "first" }));
  });
  afterEach(() => stage.stop());

  const apply = (...tenants: Parameters<typeof applyTenants>[0]) =>
    applyTenants(tenants, stage.store, stage.clock, { allowRemovals: 1 });

  it("by being removed in the middle of its order is dropped by the fronts, and its order comes to nothing", async () => {
    await apply(tenant(DOMAIN));
    const removing = stage.cas.map((ca) =>
      wrap(ca, async (call, _args, run) => {
        if (call === "finalize") await apply();
        return run();
      }),
    );
    await stage.turn([DOMAIN], stage.ports({ cas: removing }));
    for (let turns = 0; turns < 3 && (await stage.record(DOMAIN)).nextActionAt !== undefined; turns++) {
      await stage.nextTurn(DOMAIN);
    }
    const record = await stage.record(DOMAIN);
    expect([record.state, record.nextActionAt]).toEqual(["removed", undefined]);
    expect(await stage.store.frontItem(DOMAIN)).toMatchObject({ removed: true });
    expect((await stage.store.frontItem(DOMAIN))?.certificate).toBeUndefined();
    expect(pebble.orderCount()).toBe(1);

    // And back: as new.
    await apply(tenant(DOMAIN));
    expect((await stage.nextTurn(DOMAIN)).state).toBe("active");
    expect(await stage.store.frontItem(DOMAIN)).toMatchObject({ removed: false });
  });

  it("by a new alias gets a certificate for all its names, and serves the old one until then", async () => {
    await apply(tenant(DOMAIN));
    await stage.turn([DOMAIN]);
    const before = await stage.store.frontItem(DOMAIN);
    stage.dns.set("www.a.example", { a: ["203.0.113.7"] });
    await apply(tenant(DOMAIN, { aliases: ["www.a.example"] }));
    await stage.turn([DOMAIN]);
    const waiting = await stage.record(DOMAIN);
    expect(waiting.reason).toMatchObject({
      code: "DNS_NOT_POINTING",
      sentence: expect.stringContaining("www.a.example"),
    });
    expect((await stage.store.frontItem(DOMAIN))?.certificate).toEqual(before?.certificate);
    expect(pebble.orderCount()).toBe(1);

    stage.dns.clear("www.a.example");
    const complete = await stage.nextTurn(DOMAIN);
    expect([complete.state, complete.reason]).toEqual(["active", undefined]);
    expect([...(complete.certificate?.names ?? [])].sort()).toEqual([DOMAIN, "www.a.example"]);
    expect(pebble.orderCount()).toBe(2);
  });

  it("by its DNS leaving is set aside at its renewal, at the cost of no order, with its certificate still served", async () => {
    await apply(tenant(DOMAIN));
    await stage.turn([DOMAIN]);
    const before = await stage.store.frontItem(DOMAIN);
    const { renewal } = await stage.record(DOMAIN);
    stage.dns.set(DOMAIN, { a: ["203.0.113.7"] });
    stage.clock.advance((renewal?.renewAt ?? 0) - stage.clock.now());
    for (let turns = 0; turns < 5; turns++) await stage.nextTurn(DOMAIN);
    const left = await stage.record(DOMAIN);
    expect([left.state, left.reason?.code]).toEqual(["quarantined", "DNS_NOT_POINTING"]);
    expect(pebble.orderCount()).toBe(1);
    expect((await stage.store.frontItem(DOMAIN))?.certificate).toEqual(before?.certificate);

    stage.dns.clear(DOMAIN);
    await stage.nextTurn(DOMAIN);
    expect(pebble.orderCount()).toBe(2);
    const { state, certificate } = await stage.record(DOMAIN);
    expect(state).toBe("active");
    expect(certificate?.serial).not.toBe(before?.certificate?.summary.serial);
  });

  it("with CAA records that forbid the first CA but allow the second gets its certificate there, without asking the first", async () => {
    const { pebble: second } = await stage.addPebble({}, { name: "second" });
    stage.dns.set(DOMAIN, { caa: [{ tag: "issue", value: "second.example" }] });
    await apply(tenant(DOMAIN));
    await stage.turn([DOMAIN]);
    const { state, certificate } = await stage.record(DOMAIN);
    expect([state, certificate?.ca]).toEqual(["active", "second"]);
    expect([pebble.orderCount(), second.orderCount()]).toEqual([0, 1]);
  });

  it("with CAA records that name our account at the second CA only gets its certificate there", async () => {
    const { pebble: second, ca } = await stage.addPebble({}, { name: "second" });
    const accounturi = await ca.accountUrl();
    stage.dns.set(DOMAIN, {
      caa: [
        { tag: "issue", value: "first.example; accounturi=https://ca.example/acct/9" },
        { tag: "issue", value: `second.example; validationmethods=http-01; accounturi=${accounturi}` },
      ],
    });
    await apply(tenant(DOMAIN));
    await stage.turn([DOMAIN]);
    expect((await stage.record(DOMAIN)).certificate?.ca).toBe("second");
    expect([pebble.orderCount(), second.orderCount()]).toEqual([0, 1]);
  });
});
