import { type HaproxyMirror, readMirror } from "../../front/agent/haproxy-mirror";
import { HaproxyUnreachableError } from "../../front/agent/haproxy-socket";
import type { HeldTenant } from "../../front/agent/held-tenant";
import { TenantUpstreams } from "../../front/agent/tenant-upstreams";
import { serverArgs, serverOf, urlOf } from "../../front/agent/upstreams";
import { FakeFront } from "../../testing/fake-front";
import { tenant } from "../../testing/records";

const NAMED = "http://app.internal:8080";

it("what is known of an upstream is remembered, of a hundred thousand", () => {
  const url = (n: number) => `http://app${n}.remembered.example:80`;
  const first = serverOf(url(0));
  for (let n = 1; n < 99_000; n++) serverOf(url(n));
  expect(serverOf(url(0))).toBe(first);
  for (let n = 99_000; n < 100_001; n++) serverOf(url(n));
  expect(serverOf(url(0))).not.toBe(first);
  expect(serverOf(url(0))).toEqual(first);
});

describe("a tenant's upstream", () => {
  let front: FakeFront;
  let mirror: HaproxyMirror;
  beforeEach(async () => {
    front = await FakeFront.start();
    front.addresses.set("app.internal", ["10.0.0.7"]);
    mirror = await readMirror(front.client, front.settings);
  });
  afterEach(() => front.stop());

  const serverIn = (url: string) => front.haproxy.backends.get(serverOf(url).backend)?.get(serverOf(url).name);

  it("is a server of HAProxy's that takes requests, one for all who name it", async () => {
    await Promise.all([front.servers.ensure(NAMED, mirror), front.servers.ensure(NAMED, mirror)]);
    await front.servers.ensure(NAMED, mirror);
    expect(front.commands().filter((command) => command.startsWith("add server"))).toHaveLength(1);
    expect(serverIn(NAMED)).toMatchObject({ address: "10.0.0.7", inMaintenance: false });
    expect(mirror.servers.get(serverOf(NAMED).name)).toBe("10.0.0.7");
    expect(front.servers.placed()).toEqual([{ url: NAMED, address: "10.0.0.7" }]);
  });

  it("is asked for no further address than its own where it is one", async () => {
    await front.servers.ensure("http://10.0.0.9:80", mirror);
    await front.servers.ensure("http://[2001:db8::9]:80", mirror);
    expect([serverIn("http://10.0.0.9:80")?.address, serverIn("http://[2001:db8::9]:80")?.address]).toEqual([
      "10.0.0.9",
      "2001:db8::9",
    ]);
    expect(await front.servers.followNames(mirror)).toBe(false);
  });

  it.each<[string, string[], string]>([
    ["the lowest", ["10.0.0.9", "10.0.0.8"], "10.0.0.8"],
    ["IPv4 where there is one", ["2001:db8::1", "10.0.0.9"], "10.0.0.9"],
    ["IPv6 where there is nothing else", ["2001:db8::2", "2001:db8::1"], "2001:db8::1"],
    ["one that may be reached", ["169.254.169.254", "10.0.0.9"], "10.0.0.9"],
  ])("has of several addresses the same on every front: %s", async (_, addresses, chosen) => {
    front.addresses.set("app.internal", addresses);
    await front.servers.ensure(NAMED, mirror);
    expect(serverIn(NAMED)?.address).toBe(chosen);
  });

  it("is refused where the front must not connect, with the address that it was found at", async () => {
    front.addresses.set("app.internal", ["169.254.169.254"]);
    await expect(front.servers.ensure(NAMED, mirror)).rejects.toThrow(
      /^the upstream app\.internal:8080 \(169\.254\.169\.254\) is /,
    );
    front.addresses.set("app.internal", []);
    await expect(front.servers.ensure(NAMED, mirror)).rejects.toThrow("app.internal has no address");
    await expect(front.servers.ensure(`http://127.0.0.1:${front.settings.httpsPort}`, mirror)).rejects.toThrow(
      "is the front itself, not a server behind it",
    );
    expect(front.servers.placed()).toEqual([]);
  });

  it("that HAProxy has is left as it is, unless the front must not connect there any more", async () => {
    const { name, backend } = serverOf(NAMED);
    await front.client.addServer(backend, name, "10.0.0.3:8080");
    mirror.servers.set(name, "10.0.0.3");
    await front.servers.ensure(NAMED, mirror);
    expect([serverIn(NAMED)?.address, front.servers.placed()]).toEqual([
      "10.0.0.3",
      [{ url: NAMED, address: "10.0.0.3" }],
    ]);

    await front.client.setServerAddress(backend, name, "169.254.169.254");
    mirror.servers.set(name, "169.254.169.254");
    await front.restartAgent();
    await front.servers.ensure(NAMED, mirror);
    expect([serverIn(NAMED)?.address, mirror.servers.get(name)]).toEqual(["10.0.0.7", "10.0.0.7"]);
  });

  it("is tried again where HAProxy refused it", async () => {
    front.haproxy.instead = (command) => (command.startsWith("add server") ? "[3]: not now" : undefined);
    await expect(front.servers.ensure(NAMED, mirror)).rejects.toThrow("not now");
    expect([mirror.servers.has(serverOf(NAMED).name), front.servers.placed()]).toEqual([false, []]);
    front.haproxy.instead = () => undefined;
    await front.servers.ensure(NAMED, mirror);
    expect(serverIn(NAMED)?.address).toBe("10.0.0.7");
  });

  it("follows its name, and keeps its address as long as the name has it or has none", async () => {
    await front.servers.ensure(NAMED, mirror);
    const found = async (addresses: string[] | undefined) => {
      if (addresses) front.addresses.set("app.internal", addresses);
      else front.addresses.delete("app.internal");
      return [await front.servers.followNames(mirror), serverIn(NAMED)?.address];
    };
    expect(await found(["10.0.0.1", "10.0.0.7"])).toEqual([false, "10.0.0.7"]);
    expect(await found(["10.0.0.8"])).toEqual([true, "10.0.0.8"]);
    expect(mirror.servers.get(serverOf(NAMED).name)).toBe("10.0.0.8");
    expect(front.servers.placed()).toEqual([{ url: NAMED, address: "10.0.0.8" }]);
    expect(await found(["10.0.0.8"])).toEqual([false, "10.0.0.8"]);
    expect(await found([])).toEqual([false, "10.0.0.8"]);
    expect(await found(undefined)).toEqual([false, "10.0.0.8"]);
    expect(await found(["169.254.169.254"])).toEqual([false, "10.0.0.8"]);
  });

  it("goes when nobody names it, and later while connections to it last", async () => {
    await front.servers.ensure(NAMED, mirror);
    await front.servers.ensure("http://10.0.0.9:80", mirror);
    const server = serverIn(NAMED);
    if (!server) throw new Error("no server");
    server.busy = true;
    const wanted = new Set([serverOf("http://10.0.0.9:80").name]);
    expect([await front.servers.removeUnused(wanted, mirror), front.servers.placed()]).toEqual([
      false,
      [
        { url: "http://10.0.0.9:80", address: "10.0.0.9" },
        { url: NAMED, address: "10.0.0.7" },
      ],
    ]);
    server.busy = false;
    expect([await front.servers.removeUnused(wanted, mirror), serverIn(NAMED)]).toEqual([true, undefined]);
    expect([mirror.servers.has(serverOf(NAMED).name), front.servers.placed()]).toEqual([
      false,
      [{ url: "http://10.0.0.9:80", address: "10.0.0.9" }],
    ]);
  });

  describe("of all tenants", () => {
    const held = (domain: string, upstream?: string): HeldTenant => ({
      ...{ domain, revision: 1, tenant: tenant(domain, { ...(upstream !== undefined && { upstream }) }) },
    });

    it("is the stack's where it names none", async () => {
      const { servers } = front;
      const upstreams = new TenantUpstreams({ defaultUpstream: "http://10.0.0.1:80" }, servers);
      await upstreams.ensure(held("a.example"), mirror);
      await new TenantUpstreams({}, servers).ensure(held("a.example"), mirror);
      expect(servers.placed()).toEqual([{ url: "http://10.0.0.1:80", address: "10.0.0.1" }]);
    });

    it("goes when it was unused twice in a row, as a tenant on its way in may have asked for it", async () => {
      const upstreams = new TenantUpstreams({ defaultUpstream: "http://10.0.0.1:80" }, front.servers);
      const [a, b] = [held("a.example", NAMED), held("b.example")];
      for (const one of [a, b]) await upstreams.ensure(one, mirror);
      expect(await upstreams.dropUnused([b], mirror)).toBe(false);
      expect(await upstreams.dropUnused([a], mirror)).toBe(false);
      expect(await upstreams.dropUnused([], mirror)).toBe(false);
      expect(await upstreams.dropUnused([], mirror)).toBe(true);
      expect(front.servers.placed()).toEqual([{ url: "http://10.0.0.1:80", address: "10.0.0.1" }]);
    });

    it("follows its name whatever another's trouble is, but for a HAProxy that does not answer", async () => {
      const upstreams = new TenantUpstreams({}, front.servers);
      const [lost, good] = [held("a.example", "http://lost:1"), held("b.example", NAMED)];
      expect(await upstreams.follow([lost, good], mirror)).toBe(false);
      front.addresses.set("app.internal", ["10.0.0.8"]);
      expect(await upstreams.follow([lost, good], mirror)).toBe(true);
      front.haproxy.instead = () => {
        front.process.cut();
        return undefined;
      };
      front.addresses.set("lost", ["10.0.0.4"]);
      await expect(upstreams.follow([lost], mirror)).rejects.toThrow(HaproxyUnreachableError);
    });

    it("is followed and dropped by a front, which writes it down for HAProxy's next start", async () => {
      await front.apply(front.issued("a.example", { upstream: NAMED }));
      front.tenants.dirty = false;
      await front.tenants.followUpstreams();
      expect(front.tenants.dirty).toBe(false);
      front.addresses.set("app.internal", ["10.0.0.8"]);
      await front.tenants.followUpstreams();
      expect([front.tenants.dirty, serverIn(NAMED)?.address]).toEqual([true, "10.0.0.8"]);
      await front.apply(front.issued("a.example"));
      front.tenants.dirty = false;
      await front.tenants.dropUpstreams();
      expect(front.tenants.dirty).toBe(false);
      await front.tenants.dropUpstreams();
      expect([front.tenants.dirty, serverIn(NAMED)]).toEqual([true, undefined]);
    });
  });
});

describe("the name that HAProxy has for an upstream", () => {
  it.each(["http://app.internal:8080", "https://app.internal:443", "http://[2001:db8::1]:80", "http://10.0.0.1:81"])(
    "leads back to it: %s",
    (url) => expect(urlOf(serverOf(url))).toBe(url),
  );

  it("says of what is none what is wrong with it", () => {
    expect(() => serverOf("ftp://x")).toThrow(/^not an upstream: "ftp:\/\/x" /);
  });

  it("comes with as many connections as one may have, and its checks", () => {
    expect(serverArgs(serverOf("http://10.0.0.1:81"), "10.0.0.1")).toMatch(
      /^10\.0\.0\.1:81 weight 0 check inter 5s fastinter 1s downinter 2s fall 3 rise 1 maxconn 4000$/,
    );
    expect(serverArgs(serverOf("https://app.internal"), "10.0.0.1")).toMatch(
      / maxconn 4000 ssl verify required verifyhost app\.internal sni str\(app\.internal\) check-ssl check-sni app\.internal ca-file @system-ca$/,
    );
  });
});
