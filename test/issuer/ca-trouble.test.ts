import { DAY, HOUR } from "../../core/base/clock";
import type { TenantRecord } from "../../core/record/record";
import { createThrowawayCa } from "../../local/process/parts/throwaway-ca";
import { AcmeStage } from "../../testing/acme-stage";
import { FakeCa, type Fault, type Resource } from "../../testing/fake-ca";

const DOMAIN = "a.example";
const PEM = { "content-type": "application/pem-certificate-chain" };
const LINK = "https://portal.ca.example/unpause?jwt=abc";

/** CAs that fail in ways Pebble does not: first alone in the list, then with another CA after it. */
describe("a CA in trouble", () => {
  let stage: AcmeStage;
  let fake: FakeCa;
  beforeEach(async () => {
    stage = await AcmeStage.start();
    fake = await FakeCa.start();
    stage.addCa(fake, { name: "first" });
  });
  afterEach(async () => {
    await fake.stop();
    await stage.stop();
  });

  async function addSecond(): Promise<FakeCa> {
    const second = await FakeCa.start();
    seconds.push(second);
    stage.addCa(second, { name: "second" });
    return second;
  }
  const seconds: FakeCa[] = [];
  afterEach(async () => {
    for (const second of seconds.splice(0)) await second.stop();
  });

  async function firstTurn(): Promise<TenantRecord> {
    await stage.addTenant(DOMAIN);
    await stage.turn([DOMAIN]);
    return stage.record(DOMAIN);
  }

  /** Answers for ever, as a CA in trouble does. */
  const always = (fault: Fault): Fault => ({ ...fault, times: 1_000 });
  const limited: Fault = {
    ...FakeCa.problem("rateLimited", "too many new orders (300) from this account in the last 3h0m0s", 429),
    headers: { "retry-after": "7200" },
  };
  const caa = FakeCa.problem("caa", "CAA record for a.example prevents issuance", 403);
  const paused = FakeCa.problem(
    "rateLimited",
    `Your account is temporarily prevented from requesting certificates for a.example. See ${LINK}`,
    429,
  );
  const overloaded: Fault = {
    status: 503,
    body: "<h1>busy</h1>",
    headers: { "content-type": "text/html", "retry-after": "600" },
  };
  const elsewhere: Fault = { change: (order) => ({ ...order, authorizations: ["https://evil.example/authz"] }) };

  it.each<[string, Resource, Fault, string, RegExp]>([
    ["429 with Retry-After", "newOrder", limited, "RATE_LIMITED", /300/],
    ["CAA seen by the CA only", "newOrder", caa, "CAA_FORBIDS", /CAA record for a\.example/],
    ["a paused name", "newOrder", paused, "PAUSED_BY_CA", /https:\/\/portal\.ca\.example\/unpause\?jwt=abc/],
    ["503", "newOrder", overloaded, "CA_DOWN", /cannot be reached|without saying why/],
    ["cut JSON", "newOrder", { body: '{"status":' }, "CA_DOWN", /no valid JSON/],
    ["no connection", "newOrder", { connection: "reset" }, "CA_DOWN", /cannot be reached/],
    ["URLs of another host", "newOrder", elsewhere, "CA_DOWN", /evil\.example/],
    [
      "an unknown problem",
      "newOrder",
      FakeCa.problem("brandNew", "never heard of it", 400),
      "CA_REJECTED",
      /never heard of it/,
    ],
    ["503 at finalize", "finalize", overloaded, "CA_DOWN", /first/],
    ["a broken chain", "certificate", { body: "nothing", headers: PEM }, "CA_DOWN", /PEM/],
  ])("says why: %s", async (_what, resource, fault, code, says) => {
    fake.fail(resource, always(fault));
    const { state, reason, certificate } = await firstTurn();
    expect([certificate, reason?.code]).toEqual([undefined, code]);
    expect(state).not.toBe("active");
    expect(reason?.sentence).toContain(DOMAIN);
    expect(reason?.sentence).toMatch(says);
    expect(fake.orders.length).toBeLessThanOrEqual(1);
  });

  it("comes back when Retry-After says, not before, and never sleeps for it", async () => {
    fake.fail("newOrder", limited);
    const begun = Date.now();
    const { nextActionAt = 0 } = await firstTurn();
    expect(Date.now() - begun).toBeLessThan(60_000);
    expect(nextActionAt - stage.clock.now()).toBeGreaterThanOrEqual(2 * HOUR);
    expect(nextActionAt - stage.clock.now()).toBeLessThan(3 * HOUR);
    expect((await stage.nextTurn(DOMAIN)).state).toBe("active");
    expect(fake.orders).toHaveLength(1);
  });

  it("that limits the account is not asked for other tenants meanwhile", async () => {
    fake.fail("newOrder", limited);
    await firstTurn();
    const asked = fake.requests.length;
    await stage.addTenant("b.example");
    await stage.turn(["b.example"]);
    expect((await stage.record("b.example")).reason?.code).toMatch(/CA_DOWN|RATE_LIMITED/);
    expect(fake.requests).toHaveLength(asked);
  });

  it("finishes the order it has when it is well again, without another", async () => {
    fake.fail("finalize", { ...overloaded, times: 2 });
    const stuck = await firstTurn();
    expect(stuck.order?.url).toBeDefined();
    for (let turns = 0; turns < 3 && (await stage.record(DOMAIN)).state !== "active"; turns++)
      await stage.nextTurn(DOMAIN);
    expect((await stage.record(DOMAIN)).state).toBe("active");
    expect(fake.orders).toHaveLength(1);
  });

  it.each<[string, Fault]>([
    ["that it does not know any more", FakeCa.problem("malformed", "No such order", 404)],
    [
      "that expired",
      {
        change: (order) => ({
          ...order,
          status: "invalid",
          error: { type: "urn:ietf:params:acme:error:malformed", detail: "order expired" },
        }),
      },
    ],
  ])("gets a new order for one %s", async (_what, fault) => {
    fake.fail("finalize", overloaded);
    await firstTurn();
    fake.fail("order", fault);
    for (let turns = 0; turns < 4 && (await stage.record(DOMAIN)).state !== "active"; turns++)
      await stage.nextTurn(DOMAIN);
    expect((await stage.record(DOMAIN)).state).toBe("active");
    expect(fake.orders).toHaveLength(2);
  });

  describe("hands over to the next of the list", () => {
    it.each<[string, Resource, Fault]>([
      ["when it is limited", "newOrder", limited],
      ["when CAA records forbid it", "newOrder", caa],
      ["when it paused the name", "newOrder", paused],
      ["when it is overloaded", "newOrder", overloaded],
      ["when it talks nonsense", "newOrder", { body: "{" }],
      ["when its directory is gone", "directory", { status: 404, body: "" }],
      ["when it names URLs of another host", "newOrder", elsewhere],
    ])("%s, in the same turn", async (_what, resource, fault) => {
      const second = await addSecond();
      fake.fail(resource, always(fault));
      const { state, certificate } = await firstTurn();
      expect([state, certificate?.ca]).toEqual(["active", "second"]);
      expect([fake.orders.filter(({ status }) => status === "valid"), second.orders.length]).toEqual([[], 1]);
    });

    it("when its certificate is not for the key, which is never stored", async () => {
      const second = await addSecond();
      const { certificate, key } = createThrowawayCa().issue([DOMAIN]);
      expect(key).not.toBe("");
      fake.fail("certificate", always({ body: certificate, headers: PEM }));
      const { reason } = await firstTurn();
      expect(reason).toMatchObject({ code: "CA_DOWN", sentence: expect.stringContaining("not for the key") });
      expect(await stage.store.certificates(DOMAIN)).toEqual([]);
      expect((await stage.store.frontItem(DOMAIN))?.certificate).toBeUndefined();
      const record = await stage.nextTurn(DOMAIN);
      expect([record.state, record.certificate?.ca]).toEqual(["active", "second"]);
      expect(second.orders).toHaveLength(1);
    });
  });

  it.each<[string, (now: number) => { notBefore?: number; notAfter?: number }]>([
    ["expired", (now) => ({ notBefore: now - 2 * DAY, notAfter: now - DAY })],
    ["not valid yet", (now) => ({ notBefore: now + DAY, notAfter: now + 2 * DAY })],
  ])("that issues a certificate %s does not get it stored", async (_what, times) => {
    fake.issueOptions = () => times(stage.clock.now());
    const { reason, certificate } = await firstTurn();
    expect([certificate, reason?.code]).toEqual([undefined, "CA_DOWN"]);
    expect(reason?.sentence).toMatch(/valid from/);
    expect(await stage.store.certificates(DOMAIN)).toEqual([]);
  });

  it("never takes the good certificate from the fronts, whatever fails at the renewal", async () => {
    const { renewal } = await firstTurn();
    const good = await stage.store.frontItem(DOMAIN);
    fake.fail("newOrder", always(overloaded));
    fake.fail("renewalInfo", always(overloaded));
    stage.clock.advance((renewal?.renewAt ?? 0) - stage.clock.now());
    for (let turns = 0; turns < 6; turns++) await stage.nextTurn(DOMAIN);
    const record = await stage.record(DOMAIN);
    expect([record.state, record.reason?.code]).toEqual(["renewing", "CA_DOWN"]);
    expect((await stage.store.frontItem(DOMAIN))?.certificate).toEqual(good?.certificate);
  });
});
