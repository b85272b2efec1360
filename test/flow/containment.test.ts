import { DAY, HOUR, MINUTE, SECOND } from "../../core/base/clock";
import { renew } from "../../core/issue/operations";
import { DamagedRecordError } from "../../core/record/damaged";
import type { TenantRecord } from "../../core/record/record";
import { emergencyAt } from "../../core/renewal/policy";
import { factsOf, tenantView } from "../../core/status/view";
import { IssuerStage, OUR_ADDRESSES } from "../../testing/issuer-stage";
import { tenant } from "../../testing/records";
import { refusal, type ScriptedCa } from "../../testing/scripted-ca";

let stage: IssuerStage;
beforeEach(() => {
  stage = new IssuerStage();
});

const MALFORMED = { type: "certfront:malformed" };
const GONE = { type: "malformed", status: 404 };

async function turnWith(domain: string, aliases: readonly string[] = [], others: readonly string[] = []) {
  stage.point(domain, ...aliases, ...others);
  await stage.apply(tenant(domain, { aliases }), ...others.map((other) => tenant(other)));
  await stage.turn();
  return stage.record(domain);
}

const isDue = async (domain: string): Promise<void> => {
  const { renewal } = await stage.record(domain);
  stage.clock.advance(Math.max(0, (renewal?.renewAt ?? 0) - stage.clock.now()));
};

describe("a limit that a CA says is reached", () => {
  // Boulder's own words: ratelimits/limiter.go, errors/errors.go, with wfe2's prefix.
  const perName =
    'too many failed authorizations (5) for "a.example" in the last 1h0m0s, retry after 2026-12-01 10:00:00 UTC: see https://letsencrypt.org/docs/rate-limits/#authorization-failures-per-identifier-per-account';
  it.each([
    ["one name's failed validations", perName],
    ["the same with the stage said", `Error creating new order :: ${perName}`],
    ["one registered domain", 'too many certificates (50) already issued for "a.example" in the last 168h0m0s'],
    [
      "one set of names",
      "too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s",
    ],
    ["a name that says account", 'too many certificates (50) already issued for "smith-accounting.example"'],
    ["a name that says load", "the domain uploads.example is busy; too many requests for it"],
    ["orders of one name", 'too many new orders for "a.example"'],
  ])("stops its tenant only, where it is about %s", async (_what, detail) => {
    stage.ca.refuses = (call, names) =>
      call === "newOrder" && names.includes("a.example")
        ? refusal("rateLimited", { detail, status: 429 }, { retryAfterMs: 3 * HOUR })
        : undefined;
    const record = await turnWith("a.example", [], ["b.example"]);
    expect(record).toMatchObject({ state: "pending-dns", reason: { code: "RATE_LIMITED" } });
    const wait = (record.nextActionAt ?? 0) - stage.clock.now();
    expect(wait).toBeGreaterThan(3 * HOUR - SECOND);
    expect(wait).toBeLessThanOrEqual(3 * HOUR);
    expect((await stage.record("b.example")).state).toBe("active");
    stage.point("c.example");
    await stage.apply(tenant("a.example"), tenant("b.example"), tenant("c.example"));
    await stage.turn();
    expect((await stage.record("c.example")).state).toBe("active");
  });

  it.each([
    [
      "new orders",
      "too many new orders (300) from this account in the last 3h0m0s, retry after 2026-12-01 10:00:00 UTC",
    ],
    [
      "new orders, with the stage said",
      "Error creating new order :: too many new orders recently: see https://letsencrypt.org/docs/rate-limits/",
    ],
    ["everybody", "Service busy; retry later."],
  ])("stops all tenants for as long as it says, where it is about %s", async (_what, detail) => {
    stage.ca.fail("newOrder", { type: "rateLimited", detail, status: 429 }, { retryAfterMs: 3 * HOUR });
    await turnWith("a.example");
    await turnWith("a.example", [], ["b.example"]);
    expect(await stage.record("b.example")).toMatchObject({ state: "pending-dns", reason: { code: "CA_DOWN" } });
    expect(stage.ca.calls.filter((call) => call === "newOrder")).toHaveLength(1);
    stage.clock.advance(3 * HOUR);
    await stage.turn();
    expect((await stage.record("b.example")).state).toBe("active");
  });

  it("is its tenant's where the CA names an identifier, whatever it says", async () => {
    const subproblems = [{ type: "rateLimited", detail: "x", name: "a.example" }];
    stage.ca.fail(
      "newOrder",
      { type: "rateLimited", detail: "too many new orders", status: 429, subproblems },
      { retryAfterMs: HOUR },
    );
    await turnWith("a.example");
    await turnWith("a.example", [], ["b.example"]);
    expect((await stage.record("b.example")).state).toBe("active");
  });
});

describe("a name that a CA refuses", () => {
  const bad =
    (call: string, type: string, says: boolean, culprits: readonly string[]): ScriptedCa["refuses"] =>
    (asked, names) => {
      const meant = culprits.filter((name) => names.includes(name));
      if (asked !== call || meant.length === 0) return undefined;
      const subproblems = meant.map((name) => ({ type, detail: "no", name }));
      return refusal(type, { detail: "Cannot issue for one of them", status: 403, ...(says && { subproblems }) });
    };
  const aliases = Array.from({ length: 24 }, (_, n) => `n${n}.a.example`);

  it.each([
    ["at once, and says which", "newOrder", "rejectedIdentifier", true, ["n7.a.example"], 2],
    ["at once, and does not say which", "newOrder", "rejectedIdentifier", false, ["n7.a.example"], 13],
    ["at once, without a known type", "newOrder", "malformed", false, ["n23.a.example"], 13],
    ["at the end, and says which", "finalize", "caa", true, ["n7.a.example"], 2],
    ["at the end, and does not say which", "finalize", "caa", false, ["n7.a.example"], 13],
    [
      "with another, and does not say which",
      "newOrder",
      "rejectedIdentifier",
      false,
      ["n7.a.example", "n8.a.example"],
      18,
    ],
    ["though it is the first", "newOrder", "rejectedIdentifier", false, ["a.example"], 13],
  ])("%s is left out, and the others are certified", async (_how, call, type, says, culprits, cost) => {
    stage.ca.refuses = bad(call, type, says, culprits);
    await turnWith("a.example", aliases);
    const record = await stage.turnsUntil("a.example", ({ state }) => state === "active");
    expect(record.certificate?.names.length).toBe(25 - culprits.length);
    expect(culprits.filter((name) => record.certificate?.names.includes(name))).toEqual([]);
    expect(record.reason?.sentence).toContain("first-ca");
    expect(stage.ca.calls.filter((one) => one === "newOrder").length).toBeLessThanOrEqual(cost);
    expect(record.search).toBeUndefined();
  });

  it.each([[true], [false]])(
    "does not cost a served tenant its renewal, nor orders without end (CA says which: %p)",
    async (says) => {
      await turnWith("a.example");
      stage.point("ab--cd.a.example");
      await stage.apply(tenant("a.example", { aliases: ["ab--cd.a.example"] }));
      stage.ca.refuses = bad("newOrder", "rejectedIdentifier", says, ["ab--cd.a.example"]);
      const end = stage.clock.now() + 89 * DAY;
      const first = (await stage.record("a.example")).certificate?.fingerprint;
      while (stage.clock.now() < end) await stage.nextTurn("a.example");
      const record = await stage.record("a.example");
      expect(record.state).toBe("active");
      expect(record.certificate?.fingerprint).not.toBe(first);
      expect(stage.ca.calls.filter((call) => call === "newOrder").length).toBeLessThan(70);
    },
  );

  it("by all CAs does not keep the tenant in orders", async () => {
    stage.ca.refuses = bad("newOrder", "rejectedIdentifier", false, ["a.example", "www.a.example"]);
    await turnWith("a.example", ["www.a.example"]);
    expect(await stage.record("a.example")).toMatchObject({ state: "pending-dns", failures: 1 });
    for (let turn = 0; turn < 6; turn++) await stage.nextTurn("a.example");
    expect(stage.ca.calls.filter((call) => call === "newOrder").length).toBeLessThan(30);
  });
});

describe("an order that does not move", () => {
  it.each(["processing", "pending"] as const)(
    "from %s is given up for the next CA after an hour, and seldom asked for",
    async (status) => {
      const second = stage.newCa("second-ca");
      stage.cas = [stage.ca, second];
      stage.ca.tells.order = (order) => ({ ...order, status });
      await turnWith("a.example");
      const begun = stage.clock.now();
      const record = await stage.turnsUntil("a.example", ({ state }) => state === "active", 200);
      expect(record.certificate?.ca).toBe("second-ca");
      expect(stage.clock.now() - begun).toBeLessThan(2 * HOUR);
      expect(stage.ca.calls.filter((call) => call === "order").length).toBeLessThan(60);
    },
  );

  it.each(["deactivated", "expired", "revoked"] as const)(
    "because an authorization is %s is given up at once",
    async (status) => {
      stage.cas = [stage.ca, stage.newCa("second-ca")];
      stage.ca.tells.authorization = (one) => ({ ...one, status });
      await turnWith("a.example");
      expect((await stage.nextTurn("a.example")).certificate?.ca).toBe("second-ca");
    },
  );

  it("is given up after six hours where there is no other CA, and costs few orders", async () => {
    stage.ca.tells.order = (order) => ({ ...order, status: "processing" });
    await turnWith("a.example");
    const end = stage.clock.now() + 3 * DAY;
    while (stage.clock.now() < end) await stage.nextTurn("a.example");
    expect(stage.ca.orders.length).toBeGreaterThan(1);
    expect(stage.ca.orders.length).toBeLessThan(8);
  });
});

describe("an order that the only CA answers with errors", () => {
  it.each(["order", "authorization", "finalize", "download"] as const)(
    "at each `%s` is placed anew after a day, and not in an outage of hours",
    async (call) => {
      stage.ca.refuses = (asked) =>
        asked === call && spoilt() ? refusal("serverInternal", { status: 500 }) : undefined;
      const spoilt = () => stage.ca.orders.length === 1;
      await turnWith("a.example");
      const begun = stage.clock.now();
      while (stage.clock.now() < begun + 20 * HOUR) await stage.nextTurn("a.example");
      expect(stage.ca.orders).toHaveLength(1);
      expect((await stage.turnsUntil("a.example", ({ state }) => state === "active")).certificate).toBeDefined();
      expect(stage.clock.now() - begun).toBeLessThan(3 * DAY);
    },
  );
});

describe("an order that a CA lists or gives and does not know a moment later", () => {
  const gone = () => refusal("malformed", { status: 404, detail: "No such order" });
  const lists = (expires: number | undefined) => {
    const url = "https://first-ca.test/order/stale";
    stage.ca.findOrder = async () => ({
      url,
      status: "pending",
      authorizations: [],
      finalize: `${url}/finalize`,
      ...(expires !== undefined && { expires }),
    });
    stage.ca.fail("newOrder", { type: "serverInternal", status: 500 });
  };

  it("is not asked for where its time is over", async () => {
    lists(stage.clock.now() - DAY);
    expect((await turnWith("a.example")).state).toBe("active");
    expect(stage.ca.orders).toHaveLength(1);
  });

  it.each([
    ["that it lists", () => lists(undefined)],
    [
      "that it gives",
      () => (stage.ca.refuses = (call) => (call === "order" || call === "authorization" ? gone() : undefined)),
    ],
  ])("ends at the next CA, and costs few calls: %s", async (_which, begin) => {
    stage.cas = [stage.ca, stage.newCa("second-ca")];
    begin();
    await turnWith("a.example");
    expect((await stage.turnsUntil("a.example", ({ state }) => state === "active", 5)).certificate?.ca).toBe(
      "second-ca",
    );
    expect(stage.ca.calls.length).toBeLessThan(20);
  });

  it("costs few calls where there is no other CA", async () => {
    stage.ca.refuses = (call) => (call === "order" || call === "authorization" ? gone() : undefined);
    await turnWith("a.example");
    const end = stage.clock.now() + DAY;
    while (stage.clock.now() < end) await stage.nextTurn("a.example");
    expect(stage.ca.calls.filter((call) => call === "newOrder").length).toBeLessThan(8);
  });
});

describe("what a CA asks for by Retry-After", () => {
  const later = async (record: TenantRecord): Promise<number> => (record.nextActionAt ?? 0) - stage.clock.now();

  it("of a day between two polls is a minute", async () => {
    let polls = 0;
    stage.ca.tells.order = (order) =>
      order.status === "valid" && polls++ === 0 ? { ...order, status: "processing", retryAfterMs: DAY } : order;
    expect(await later(await turnWith("a.example"))).toBe(MINUTE);
    expect((await stage.nextTurn("a.example")).state).toBe("active");
  });

  it.each([
    ["a year, with an outage", "serverInternal", 503, 365 * DAY, HOUR],
    ["10^26 ms, with an outage", "serverInternal", 503, 1e26, HOUR],
    ["infinity, with an outage", "certfront:unreachable", 503, Number.POSITIVE_INFINITY, HOUR],
    ["no number, with an outage", "certfront:unreachable", 503, Number.NaN, MINUTE],
    ["a year, with a limit", "rateLimited", 429, 365 * DAY, 7 * DAY],
    ["the past, with a limit", "rateLimited", 429, -5 * DAY, MINUTE],
  ])("is bounded: %s", async (_what, type, status, retryAfterMs, expected) => {
    stage.ca.fail(
      "newOrder",
      { type, status, detail: "for a name" },
      { retryAfterMs, times: Number.isNaN(retryAfterMs) ? 4 : 1 },
    );
    const record = await turnWith("a.example");
    expect(await later(record)).toBe(expected);
    expect(() => tenantView(factsOf(record), [], stage.clock.now())).not.toThrow();
    stage.clock.advance(MINUTE);
    await turnWith("a.example", [], ["b.example"]);
    expect((await stage.record("b.example")).state).toBe("active");
  });

  it("ends where a certificate is about to expire", async () => {
    const { certificate } = await turnWith("a.example");
    const emergency = certificate ? emergencyAt(certificate) : 0;
    stage.clock.advance(emergency - HOUR - stage.clock.now());
    stage.ca.fail("newOrder", { type: "rateLimited", detail: "for a name", status: 429 }, { retryAfterMs: 7 * DAY });
    await stage.turn();
    expect((await stage.record("a.example")).nextActionAt).toBe(emergency);
    expect((await stage.nextTurn("a.example")).certificate?.fingerprint).not.toBe(certificate?.fingerprint);
  });

  it("does not hold up a renewal that somebody asks for", async () => {
    const { certificate } = await turnWith("a.example");
    await isDue("a.example");
    stage.ca.fail(
      "newOrder",
      { type: "rateLimited", detail: "too many new orders", status: 429 },
      { retryAfterMs: 7 * DAY },
    );
    await stage.turn();
    await renew("a.example", stage.ports());
    await stage.turn();
    expect((await stage.record("a.example")).certificate?.fingerprint).not.toBe(certificate?.fingerprint);
  });

  it("never makes a view throw, whatever a record holds", () => {
    const facts = { ...factsOf({ ...emptyRecord(), nextActionAt: 1e26 }), since: Number.NaN };
    expect(tenantView(facts, [], 0)).toMatchObject({ nextAttempt: "unknown", since: "unknown" });
  });

  const emptyRecord = (): TenantRecord => ({
    tenant: tenant("a.example"),
    state: "pending-dns",
    since: 0,
    lane: "new",
    failures: 0,
    revision: 1,
    version: 1,
  });
});

it("damaged records are nobody else's trouble, though nothing else is due", async () => {
  const domains = ["a.example", "b.example"];
  await stage.apply(...domains.map((domain) => tenant(domain)));
  const failing = (error: (domain: string) => Error) =>
    Object.assign(Object.create(stage.memory), {
      tenant: async (domain: string) => {
        throw error(domain);
      },
    });
  const damaged = stage.ports({ store: failing((domain) => new DamagedRecordError(domain)) });
  expect(await stage.turn(damaged)).toMatchObject({ due: 0 });
  expect(stage.errors).toHaveLength(2);
  expect(await damaged.store.renewalRound()).toBeDefined();
  await expect(stage.turn(stage.ports({ store: failing(() => new Error("no table")) }))).rejects.toThrow("no table");
});

it.each<[string, object]>([
  ["nothing but its version", {}],
  ["no tenants, as an older version wrote it", { failures: 9, until: 0 }],
  ["a text for tenants", { failures: 9, tenants: "a.example", until: 0, probeAt: 0, limitedUntil: 0 }],
  ["a number among the tenants", { failures: 9, tenants: [1, 2], until: 8e15, probeAt: 8e15, limitedUntil: 0 }],
  [
    "times after which nobody lives",
    { failures: 9, tenants: ["b", "c"], until: 8e15, probeAt: 8e15, limitedUntil: 8e15 },
  ],
  ["times that are texts", { failures: 9, tenants: ["b", "c"], until: "x", probeAt: "x", limitedUntil: "x" }],
])("what is remembered of a CA holds up nobody with %s", async (_what, outage) => {
  const odd = { ca: "first-ca", version: 3, ...outage };
  const store = Object.assign(Object.create(stage.memory), { outage: async () => odd, putOutage: async () => true });
  stage.point("a.example");
  await stage.apply(tenant("a.example"));
  await stage.turn(stage.ports({ store }));
  expect((await stage.record("a.example")).state).toBe("active");
  expect(stage.errors).toEqual([]);
});

describe("a CA's no without a usable time", () => {
  it.each([
    ["now", 0],
    ["the past", -HOUR],
    ["a moment", 1],
  ])("is asked again by our own schedule: %s", async (_what, retryAfterMs) => {
    stage.ca.fail("newOrder", { type: "rejectedIdentifier", status: 403 }, { retryAfterMs, times: 1_000 });
    await turnWith("a.example");
    for (let minute = 0; minute < 60; minute++) {
      stage.clock.advance(MINUTE);
      await stage.turn();
    }
    expect(stage.ca.calls.filter((call) => call === "newOrder").length).toBeLessThanOrEqual(4);
  });
});

describe("an order that is invalid", () => {
  it.each<[string, () => void]>([
    ["an authorization that cannot be read", () => stage.ca.fail("authorization", MALFORMED, { times: 1_000 })],
    ["an authorization that is gone", () => stage.ca.fail("authorization", GONE, { times: 1_000 })],
  ])("is given up with %s", async (_what, spoil) => {
    stage.ca.rejects.set("a.example", { type: "urn:ietf:params:acme:error:connection", detail: "refused" });
    stage.ca.tells = {
      order: (order) => {
        if (order.status === "invalid") spoil();
        return order;
      },
    };
    expect((await turnWith("a.example")).order).toBeUndefined();
    stage.ca.heal();
    stage.ca.rejects.clear();
    stage.ca.tells = {};
    await stage.turnsUntil("a.example", ({ state }) => state === "active", 3);
  });

  it("for a name that is none of ours counts against nobody", async () => {
    stage.ca.rejects.set("a.example", { type: "urn:ietf:params:acme:error:connection", detail: "refused" });
    stage.ca.tells = { authorization: (one) => ({ ...one, ...(one.error && { name: "x".repeat(3_000) }) }) };
    const record = await turnWith("a.example", ["b.example"]);
    expect(record).toMatchObject({ failures: 1, reason: { code: "PORT80_UNREACHABLE" } });
    expect(record.refusedNames).toBeUndefined();
    expect(stage.errors).toEqual([]);
  });
});

describe("a CA that fails now and then", () => {
  it.each(["newOrder", "order", "authorization", "accept", "finalize", "download"] as const)(
    "at one %s is asked again within seconds, and no tenant notices",
    async (call) => {
      stage.ca.processingPolls = 1;
      stage.ca.fail(call, { type: "serverInternal", status: 500 }, { times: 2 });
      const begun = stage.clock.now();
      expect(await turnWith("a.example", [], ["b.example"])).toMatchObject({ state: "active" });
      expect((await stage.record("b.example")).state).toBe("active");
      expect(stage.clock.now() - begun).toBeLessThan(20 * SECOND);
      expect(stage.ca.orders).toHaveLength(2);
    },
  );

  it("for one name only serves all others, and that one's orders get rare", async () => {
    stage.ca.refuses = (call, names) =>
      call === "newOrder" && names.includes("a.example") ? refusal("serverInternal", { status: 503 }) : undefined;
    await turnWith("a.example");
    for (let n = 0; n < 20; n++) {
      await turnWith(
        "a.example",
        [],
        Array.from({ length: n + 1 }, (_, m) => `t${m}.example`),
      );
      expect((await stage.record(`t${n}.example`)).state).toBe("active");
      stage.clock.advance(10 * MINUTE);
    }
    expect(stage.ca.calls.filter((call) => call === "newOrder").length).toBeLessThan(20 + 4 * 14);
  });

  it("for good counts as down, and one order a minute asks whether it is back", async () => {
    const domains = Array.from({ length: 10 }, (_, n) => `t${n}.example`);
    stage.point(...domains);
    stage.ca.fail("newOrder", { type: "serverInternal", status: 500 }, { times: 1_000 });
    await stage.apply(...domains.map((domain) => tenant(domain)));
    await stage.turn();
    stage.clock.advance(30 * MINUTE);
    await stage.turn();
    const before = stage.ca.calls.filter((call) => call === "newOrder").length;
    for (let minute = 0; minute < 10; minute++) {
      stage.clock.advance(MINUTE);
      await stage.turn();
    }
    const asked = stage.ca.calls.filter((call) => call === "newOrder").length - before;
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThanOrEqual(22);
    stage.ca.heal();
    for (let minute = 0; minute < 35; minute++) {
      stage.clock.advance(MINUTE);
      await stage.turn();
    }
    const states = await Promise.all(domains.map(async (domain) => (await stage.record(domain)).state));
    expect(states).toEqual(domains.map(() => "active"));
  });
});

describe("our own checks", () => {
  const broken = async () => ({ status: "servfail", detail: "ESERVFAIL" }) as const;

  it("order with a warning where only the AAAA look-up fails", async () => {
    stage.resolver.aaaa = broken;
    expect(await turnWith("a.example")).toMatchObject({
      state: "active",
      reason: { code: "DNS_SERVFAIL", sentence: expect.stringContaining("AAAA") },
    });
  });

  it.each([
    ["a socket's error, for this name", "ECONNREFUSED", ["a.example"]],
    ["a time-out, for our own name too", "ETIMEOUT", undefined],
  ])("name a fault of our resolvers as ours and look again within a minute: %s", async (_what, detail, names) => {
    const real = stage.resolver.a.bind(stage.resolver);
    stage.resolver.a = async (name) =>
      names === undefined || names.includes(name) ? { status: "servfail", detail } : real(name);
    let record = await turnWith("a.example");
    expect(record.reason).toMatchObject({
      code: "INTERNAL",
      sentence: expect.stringContaining("Our own DNS resolvers"),
    });
    for (let look = 0; look < 8; look++) {
      expect((record.nextActionAt ?? 0) - stage.clock.now()).toBeLessThanOrEqual(MINUTE);
      record = await stage.nextTurn("a.example");
    }
    stage.resolver.a = real;
    expect((await stage.nextTurn("a.example")).state).toBe("active");
  });

  it("blame the zone where only it does not answer", async () => {
    stage.resolver.set("lb.certfront.example", { a: OUR_ADDRESSES });
    stage.resolver.set("a.example", { servfail: true });
    await stage.apply(tenant("a.example"));
    await stage.turn();
    expect((await stage.record("a.example")).reason?.code).toBe("DNS_SERVFAIL");
  });

  it.each([
    ["DNS fails", (s: IssuerStage) => s.resolver.set("a.example", { servfail: true })],
    ["CAA cannot be read", (s: IssuerStage) => s.resolver.set("a.example", { a: OUR_ADDRESSES, caaServfail: true })],
    [
      "no front answers us",
      (s: IssuerStage) => Object.assign(s.probe, { override: () => ({ status: "unreachable", detail: "x" }) }),
    ],
  ])("forbid no order in a certificate's last twentieth: %s", async (_what, breakIt) => {
    const { certificate } = await turnWith("a.example");
    breakIt(stage);
    await isDue("a.example");
    await stage.turn();
    expect(stage.ca.orders).toHaveLength(1);
    stage.clock.advance((certificate ? emergencyAt(certificate) : 0) - stage.clock.now());
    stage.probe.override = undefined;
    await stage.turnsUntil("a.example", () => stage.ca.orders.length > 1, 3);
    expect((await stage.record("a.example")).certificate?.fingerprint).not.toBe(certificate?.fingerprint);
  });
});

it("keeps texts from outside within bounds", async () => {
  const long = "x".repeat(500_000);
  const subproblems = Array.from({ length: 500 }, () => ({ type: long, detail: long, name: long }));
  stage.ca.fail("newOrder", { type: long, detail: long, subproblems });
  expect(JSON.stringify(await turnWith("a.example")).length).toBeLessThan(8_000);
});
