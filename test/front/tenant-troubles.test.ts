import { DAY } from "../../core/base/clock";
import { HaproxyUnreachableError } from "../../front/agent/haproxy-socket";
import { serverOf } from "../../front/agent/upstreams";
import { TestCa } from "../../testing/certificates";
import { FakeFront } from "../../testing/fake-front";

const UPSTREAM = "http://app.internal:8080";

/** What a tenant's item stands in the way of, and that it costs nothing beside. */
describe("a tenant's trouble", () => {
  let front: FakeFront;
  beforeEach(async () => {
    front = await FakeFront.start();
  });
  afterEach(() => front.stop());

  it("with its certificate leaves the one that is served, and its policy changes all the same", async () => {
    const good = front.issued("a.example");
    await front.apply(good);
    const { chain, summary } = front.issue(["a.example"]);
    const bad = front.item("a.example", { hsts: { maxAge: 60, includeSubdomains: false, preload: false } });
    const { key } = good.certificate;
    expect(await front.apply({ ...bad, certificate: { chain, summary, key } })).toBe(
      "The certificate is not for the key that was generated for it.",
    );
    expect([front.served("a.example"), front.policy("a.example"), front.tenants.get("a.example")?.revision]).toEqual([
      good.certificate.summary.serial,
      "a.example|r|max-age=60|n|-",
      bad.revision,
    ]);
  });

  it("with a first certificate leaves it waiting, and says so", async () => {
    const { chain, summary } = front.issue(["a.example"], { notBefore: front.clock.now() - 100 * DAY });
    const certificate = { chain, summary, key: front.issue(["a.example"]).key };
    expect(await front.apply(front.item("a.example", {}, { certificate }))).toMatch(/not for the key/);
    expect([front.served("a.example"), front.policy("a.example"), front.tenants.certificates]).toEqual([
      undefined,
      "a.example|w|-|n|-",
      0,
    ]);
  });

  it("with an upstream that is not found is no reason not to serve its certificate", async () => {
    const item = front.issued("a.example", { upstream: UPSTREAM });
    expect(await front.apply(item)).toBe("getaddrinfo ENOTFOUND app.internal");
    expect(front.served("a.example")).toBe(item.certificate.summary.serial);
    front.addresses.set("app.internal", ["10.0.0.7"]);
    await front.tenants.reload("a.example");
    const { backend, name } = serverOf(UPSTREAM);
    expect(front.haproxy.backends.get(backend)?.get(name)?.address).toBe("10.0.0.7");
  });

  it("with a path that is none leaves that one out", async () => {
    const item = front.issued("a.example", { http: { redirectExcept: ["/a b", "/api/"] } });
    expect(await front.apply(item)).toBe('not a path prefix: "/a b"');
    expect([front.exceptions(), front.served("a.example")]).toEqual([
      ["a.example/api/"],
      item.certificate.summary.serial,
    ]);
  });

  it("is told by the first of several", async () => {
    const item = front.issued("a.example", { upstream: UPSTREAM, http: { redirectExcept: ["/a b"] } });
    expect(await front.apply(item)).toBe("getaddrinfo ENOTFOUND app.internal");
  });

  it("with a certificate that HAProxy refuses is this front's to report", async () => {
    front.haproxy.instead = (command) => (command.startsWith("commit ssl cert") ? "[3]: no more memory" : undefined);
    await expect(front.apply(front.issued("a.example"))).rejects.toThrow("no more memory");
    expect(front.tenants.get("a.example")).toBeUndefined();
  });

  it("is none of its own where HAProxy does not answer about its upstream", async () => {
    front.addresses.set("app.internal", ["10.0.0.7"]);
    front.haproxy.instead = (command) => {
      if (command.startsWith("add server")) front.process.cut();
      return undefined;
    };
    await expect(front.apply(front.issued("a.example", { upstream: UPSTREAM }))).rejects.toThrow(
      HaproxyUnreachableError,
    );
  });

  it("with a name that is none is nothing of anybody's", async () => {
    const { tenant, ...item } = front.issued("a.example");
    expect(await front.apply({ ...item, tenant: { ...tenant, aliases: [7] } } as never)).toContain("says no tenant");
    expect([front.commands(), front.tenants.get("a.example")]).toEqual([[], undefined]);
  });
});

describe("an agent that finds a HAProxy which it does not know", () => {
  let front: FakeFront;
  beforeEach(async () => {
    front = await FakeFront.start();
    front.addresses.set("app.internal", ["10.0.0.7"]);
  });
  afterEach(() => front.stop());

  const server = serverOf(UPSTREAM);
  const addressOfServer = () => front.haproxy.backends.get(server.backend)?.get(server.name)?.address;

  it("tells a new process all that it lacks", async () => {
    const item = front.issued("a.example", { upstream: UPSTREAM, http: { redirectExcept: ["/api/"] } });
    await front.apply(item);
    await front.restartHaproxy();
    expect([front.served("a.example"), front.policy("a.example"), addressOfServer()]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    front.tenants.dirty = false;
    expect([await front.tenants.adopt(), front.tenants.dirty]).toEqual([new Map(), true]);
    expect([front.served("a.example"), front.exceptions(), addressOfServer()]).toEqual([
      item.certificate.summary.serial,
      ["a.example/api/"],
      "10.0.0.7",
    ]);
    expect(front.policy("a.example")).toMatch(/^a\.example\|x\|-\|n\|u\d+-/);
  });

  it("tells one nothing that started with all of it", async () => {
    await front.apply(front.issued("a.example", { http: { redirectExcept: ["/api/"] } }));
    await front.writeStartupFiles();
    await front.restartHaproxy();
    await front.restartAgent();
    expect([await front.tenants.adopt(), front.commands()]).toEqual([new Map(), []]);
  });

  it("tells one nothing that went on beside an agent which started again", async () => {
    const ca = new TestCa("members");
    const clientCertificates = { mode: "required", ca: ca.root, crl: ca.revocationLists([]) } as const;
    await front.apply(front.issued("a.example", { upstream: UPSTREAM, clientCertificates }));
    await front.restartAgent();
    front.commands();
    expect([await front.tenants.adopt(), front.commands()]).toEqual([new Map(), []]);
  });

  it("replaces what somebody else put in a certificate's place", async () => {
    const item = front.issued("a.example");
    await front.apply(item);
    const other = front.issue(["a.example"]);
    const { file = "" } = front.tenants.get("a.example")?.certificate ?? {};
    front.haproxy.files.cert.set(file, `${other.chain}${other.key}`);
    front.haproxy.maps.get(front.paths.policyMap)?.set("a.example", "a.example|s|-|n|-");
    await front.tenants.adopt();
    expect([front.served("a.example"), front.policy("a.example")]).toEqual([
      item.certificate.summary.serial,
      "a.example|r|-|n|-",
    ]);
  });

  it("drops what was left open by an agent that was killed", async () => {
    front.haproxy.open.set("cert", { file: "/x.pem", pem: "" });
    await front.tenants.adopt();
    expect(front.haproxy.open.size).toBe(0);
  });

  it("says which tenant it could not bring there, and whether that one is unserved by it", async () => {
    for (const domain of ["a.example", "b.example"]) await front.apply(front.issued(domain, { upstream: UPSTREAM }));
    await front.apply(front.issued("c.example"));
    await front.restartHaproxy();
    front.addresses.clear();
    await front.restartAgent();
    front.haproxy.instead = (command) =>
      /^commit ssl cert .*\/b\.example/.test(command) ? "[3]: no more memory" : undefined;
    const problems = await front.tenants.adopt();
    expect(problems).toEqual(
      new Map([
        ["a.example", { problem: "getaddrinfo ENOTFOUND app.internal", unserved: false }],
        ["b.example", { problem: expect.stringContaining("no more memory"), unserved: true }],
      ]),
    );
    expect([front.served("a.example"), front.served("b.example"), front.served("c.example")]).toEqual([
      expect.any(String),
      undefined,
      expect.any(String),
    ]);
  });

  it("says nothing of single tenants where HAProxy is gone again", async () => {
    await front.apply(front.issued("a.example"));
    await front.restartHaproxy();
    front.haproxy.instead = (command) => {
      if (command.startsWith("new ssl cert")) front.process.cut();
      return undefined;
    };
    await expect(front.tenants.adopt()).rejects.toThrow(HaproxyUnreachableError);
  });

  it("has nothing to reload of a tenant that it does not hold", async () => {
    await front.tenants.reload("nobody.example");
    expect(front.commands()).toEqual([]);
  });
});

describe("what HAProxy serves and nobody holds", () => {
  let front: FakeFront;
  beforeEach(async () => {
    front = await FakeFront.start();
    for (const domain of ["gone.example", "failing.example", "held.example"]) {
      await front.apply(front.issued(domain, { http: { redirectExcept: ["/api/"] } }));
    }
    await front.writeStartupFiles();
    for (const domain of ["gone.example", "failing.example"]) await front.files.remove(domain);
    await front.restartAgent();
    await front.tenants.adopt();
  });
  afterEach(() => front.stop());

  it("goes, but for what the table has and this front could not bring there", async () => {
    await front.tenants.dropUnheld(new Set(["failing.example"]));
    const names = ["gone.example", "failing.example", "held.example"];
    expect(names.map((name) => [name, front.served(name) !== undefined, front.policy(name) !== undefined])).toEqual([
      ["gone.example", false, false],
      ["failing.example", true, true],
      ["held.example", true, true],
    ]);
    expect(front.exceptions()).toEqual(["failing.example/api/", "held.example/api/"]);
    expect(front.haproxy.files.cert.size).toBe(3);
  });

  it("goes once: the agent knows then that HAProxy has it no more", async () => {
    await front.tenants.dropUnheld(new Set());
    front.commands();
    await front.tenants.dropUnheld(new Set());
    expect(front.commands()).toEqual([]);
  });
});
