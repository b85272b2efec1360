import { existsSync, readFileSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import type { Tenant } from "../../core/tenant/tenant";
import { Haproxy } from "../../front/agent/haproxy";
import { readMirror } from "../../front/agent/haproxy-mirror";
import { reachOf } from "../../front/agent/reach";
import { UpstreamServers } from "../../front/agent/upstream-servers";
import { serverArgs, serverOf } from "../../front/agent/upstreams";
import { type Answer, request } from "../../testing/front-client";
import { type FrontHarness, startFronts, type TestFront } from "../../testing/front-harness";
import { type Echo, startTestUpstream, type TestUpstream } from "../../testing/test-upstream";
import { until } from "../../testing/until";

describe("upstreams of a front", () => {
  let fronts: FrontHarness;
  let front: TestFront;
  let paris: TestUpstream;
  let lyon: TestUpstream;

  const get = (host: string, path = "/"): Promise<Answer> =>
    request("https", front.settings.httpsPort, host, { path, tls: { ca: fronts.ca.root } });
  const upstreamOf = async (host: string): Promise<string> => {
    const answer = await get(host);
    return answer.status === 200 ? (JSON.parse(answer.body) as Echo).name : String(answer.status);
  };
  /** Adds a tenant and waits for the change to be applied. */
  const add = async (domain: string, changes: Partial<Tenant>): Promise<void> => {
    const { revision } = await fronts.issueAndStore(domain, changes);
    await fronts.reached(revision);
  };

  beforeAll(async () => {
    [paris, lyon] = await Promise.all([startTestUpstream("paris"), startTestUpstream("lyon")]);
    fronts = await startFronts({ fronts: 1 });
    const [first] = fronts.fronts;
    if (!first) throw new Error("no front");
    front = first;
    await fronts.up();
    await add("paris.example", { upstream: paris.url });
    await add("lyon.example", { upstream: lyon.url });
  });
  afterAll(async () => {
    await fronts?.stop();
    await Promise.all([paris?.stop(), lyon?.stop()]);
  });

  it("are each tenant's own", async () => {
    expect([await upstreamOf("paris.example"), await upstreamOf("lyon.example")]).toEqual(["paris", "lyon"]);
  });

  it("are a welcome page where neither tenant nor stack has one", async () => {
    await add("none.example", {});
    const answer = await get("none.example");
    expect(answer).toMatchObject({ status: 200, headers: { "content-type": "text/html; charset=utf-8" } });
    expect(answer.body).toContain("This domain is set up");
  });

  it("may be named by host", async () => {
    await add("named.example", { upstream: lyon.url.replace("127.0.0.1", "localhost") });
    expect(await upstreamOf("named.example")).toBe("lyon");
  });

  it("change at run time, with requests under way going on", async () => {
    await add("moving.example", { upstream: paris.url });
    const pid = front.haproxy?.pid;
    const slow = get("moving.example", "/download/20/20");
    expect(await upstreamOf("moving.example")).toBe("paris");
    const { revision } = await fronts.issueAndStore("moving.example", { upstream: lyon.url });
    await fronts.reached(revision);
    expect(await upstreamOf("moving.example")).toBe("lyon");
    expect(await slow).toMatchObject({ status: 200 });
    expect((await slow).body).toHaveLength(20 * 16 * 1024);
    expect(front.haproxy?.pid).toBe(pid);
  });

  it("that are down get a friendly 503, never a neighbour's answer, and come back by themselves", async () => {
    const server = http.createServer((_, response) => response.end('{"name":"flaky"}'));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await add("flaky.example", { upstream: `http://127.0.0.1:${port}` });
    expect(await upstreamOf("flaky.example")).toBe("flaky");

    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
    for (let index = 0; index < 10; index++) {
      const answer = await get("flaky.example");
      expect(answer).toMatchObject({ status: 503, headers: { "retry-after": "30" } });
      expect(answer.body).toContain("Please try again");
      expect(await upstreamOf("paris.example")).toBe("paris");
    }
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    await until("the upstream is used again", async () => (await upstreamOf("flaky.example")) === "flaky");
    server.close();
    server.closeAllConnections();
  });

  it("that die in the middle of a body break the answer visibly", async () => {
    const server = http.createServer((_, response) => {
      response.write("the first half");
      setTimeout(() => response.destroy(), 50);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    await add("cut.example", { upstream: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    await expect(get("cut.example")).rejects.toThrow(/aborted|hang up|ECONNRESET/);
    server.close();
  });

  it("over TLS must show a certificate that is theirs, by a CA that is trusted", async () => {
    const servers = ["localhost", "elsewhere.example"].map((name) => {
      const { chain, key } = fronts.ca.issue([name]);
      return https.createServer({ cert: chain, key }, (_, response) => response.end('{"name":"tls"}'));
    });
    for (const one of servers) await new Promise<void>((resolve) => one.listen(0, "127.0.0.1", resolve));
    const urls = servers.map((one) => `https://localhost:${(one.address() as AddressInfo).port}`);
    const [trustworthy = "", stranger = ""] = urls;
    await add("tls.example", { upstream: trustworthy });
    await add("other-name.example", { upstream: stranger });
    expect(await upstreamOf("tls.example")).toBe("503");

    // HAProxy reads the system's CAs from a place that a test cannot write to: the same servers, trusting the test's CA instead.
    const haproxy = new Haproxy(front.settings.socket);
    const trusted = path.join(front.settings.directory, "client-cas", "trusted.pem");
    await haproxy.putClientFile("ca-file", trusted, fronts.ca.root);
    for (const url of urls) {
      const one = serverOf(url);
      await until("the server is gone", () => haproxy.removeServer(one.backend, one.name));
      await haproxy.addServer(one.backend, one.name, serverArgs(one, "127.0.0.1").replace("@system-ca", trusted));
    }
    haproxy.close();
    expect(await upstreamOf("tls.example")).toBe("tls");
    expect(await upstreamOf("other-name.example")).toBe("503");
    for (const one of servers) one.close().closeAllConnections();
  });

  it("are there again after HAProxy alone was started again", async () => {
    const note = path.join(front.settings.directory, "upstreams.json");
    await until("the upstreams are on disk", () => existsSync(note) && readFileSync(note, "utf8").includes(lyon.url));
    await front.kill("agent");
    await front.kill("haproxy");
    await front.configure();
    await front.startHaproxy();
    expect([await upstreamOf("paris.example"), await upstreamOf("lyon.example")]).toEqual(["paris", "lyon"]);
    await front.startAgent();
  });

  it("follow their names to new addresses, and go when no tenant names them", async () => {
    const haproxy = new Haproxy(front.settings.socket);
    const mirror = await readMirror(haproxy, front.settings);
    let addresses = ["127.0.0.9"];
    const upstreams = new UpstreamServers(haproxy, reachOf(front.settings), async () => addresses);
    const server = serverOf("http://moving.internal:8080");
    const address = async (): Promise<string | undefined> =>
      (await haproxy.servers(server.backend)).get(server.name)?.address;

    await upstreams.ensure("http://moving.internal:8080", mirror);
    expect(await address()).toBe("127.0.0.9");
    addresses = ["127.0.0.8", "127.0.0.9"];
    expect(await upstreams.followNames(mirror)).toBe(false);
    addresses = ["127.0.0.8"];
    expect(await upstreams.followNames(mirror)).toBe(true);
    expect(await address()).toBe("127.0.0.8");
    addresses = [];
    expect(await upstreams.followNames(mirror)).toBe(false);
    expect(await address()).toBe("127.0.0.8");
    addresses = ["169.254.169.254", "::ffff:a9fe:a9fe", "fd00:ec2::254"];
    expect(await upstreams.followNames(mirror)).toBe(false);
    expect(await address()).toBe("127.0.0.8");

    const others = new Set([...mirror.servers.keys()].filter((name) => name !== server.name));
    expect(await upstreams.removeUnused(others, mirror)).toBe(true);
    expect(await address()).toBeUndefined();
    haproxy.close();
  });
});
