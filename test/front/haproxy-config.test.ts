import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import * as http from "node:http";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { ConfigError } from "../../core/base/errors";
import { writeAtomic } from "../../front/agent/atomic-file";
import { configure } from "../../front/agent/configure";
import { writeUpstreamFile } from "../../front/agent/upstream-file";
import { serverArgs, serverOf } from "../../front/agent/upstreams";
import { haproxyConfig } from "../../front/haproxy-config";
import { LIMITS, UPSTREAM_CONNECTIONS } from "../../front/haproxy-limits";
import { type FrontSettings, frontPaths, parseFrontSettings } from "../../front/settings";
import { type Child, startChild } from "../../local/process/parts/child";
import { freePorts } from "../../local/process/parts/free-port";
import { frontSettings } from "../../testing/front-settings";
import { startTestUpstream, type TestUpstream } from "../../testing/test-upstream";

/** What both versions take. */
const BUILD = { version: "2.6.12", tls: "OpenSSL 3.0.17" };
const directory = mkdtempSync(path.join(tmpdir(), "certfront-config-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function settingsFor(name: string): Promise<FrontSettings> {
  const [httpPort = 0, httpsPort = 0, healthPort = 0] = await freePorts(3);
  const home = path.join(directory, name);
  return parseFrontSettings(frontSettings(home, { front: name, httpPort, httpsPort, healthPort }));
}

describe("a front's settings", () => {
  it.each([
    ["directory", "/var/lib/cert front"],
    ["directory", "relative"],
    ["socket", "/run/x\n  server evil"],
    ["bind", "example.org"],
    ["httpPort", 0],
    ["syncSeconds", 0],
    ["user", "root admin"],
    ["stack", "a\nb"],
    ["sealKey", "alias/keys"],
    ["sealKey", "arn:aws:s3:::bucket"],
    ["thumbprint", "short"],
    ["thumbprint", `${"x".repeat(42)} `],
  ])("are refused with %s %j, naming the field", async (field, value) => {
    const settings = { ...(await settingsFor("settings")), [field]: value };
    expect(() => parseFrontSettings(settings)).toThrow(ConfigError);
    expect(() => parseFrontSettings(settings)).toThrow(`front.json ${field}`);
  });
});

describe("haproxy.cfg", () => {
  it("is a pure function of settings, version and upstreams", async () => {
    const settings = await settingsFor("pure");
    expect(haproxyConfig(settings, BUILD)).toBe(haproxyConfig({ ...settings }, { ...BUILD }));
  });

  it("is accepted by HAProxy without a warning, on a new machine and with upstreams", async () => {
    const settings = await settingsFor("accepted");
    const server = serverOf("https://internal.example:8443");
    await configure(settings);
    await writeUpstreamFile(frontPaths(settings).upstreams, [
      { url: "https://internal.example:8443", address: "192.0.2.7" },
    ]);
    await configure(settings);
    expect(readFileSync(settings.haproxyConfig, "utf8")).toContain(
      `server ${server.name} 192.0.2.7:8443 weight 0 check`,
    );
    const { stderr } = await promisify(execFile)("haproxy", ["-c", "-f", settings.haproxyConfig]);
    expect(stderr).not.toMatch(/WARNING|ALERT/);
  });

  it("and every file with a key or a policy are the owner's only", async () => {
    const settings = await settingsFor("modes");
    await configure(settings);
    const open = execFileSync("find", [settings.directory, "-type", "f", "-perm", "/077"]).toString();
    expect(open.split("\n").filter((file) => file !== "" && !file.includes("/pages/"))).toEqual([]);
  });
});

describe("limits", () => {
  let settings: FrontSettings;
  let haproxy: Child;
  let upstream: TestUpstream;

  beforeAll(async () => {
    upstream = await startTestUpstream();
    settings = await settingsFor("limits");
    await configure(settings);
    const server = serverOf(upstream.url);
    const small = {
      ...LIMITS,
      sourceConnections: 20,
      tenantConcurrency: 5,
      tenantRequestRate: 30,
      requestBody: 1_000,
      sourceConcurrency: 4,
      sourceRequestRate: 25,
    };
    const lines = [{ backend: server.backend, name: server.name, args: serverArgs(server, "127.0.0.1") }];
    await writeAtomic(settings.haproxyConfig, haproxyConfig(settings, BUILD, lines, small));
    const policies = ["greedy", "modest", "busy", "shared", "visited"].map(
      (name) => `${name}.example ${name}.example|s|-|n|${server.name}\n`,
    );
    const alias = `www.busy.example busy.example|s|-|n|${server.name}\n`;
    await writeAtomic(frontPaths(settings).policyMap, policies.join("") + alias);
    haproxy = await startChild("haproxy", ["-db", "-f", settings.haproxyConfig], {
      ready: () => get("modest.example").then((answer) => answer === 200),
    });
  });
  afterAll(async () => {
    await haproxy?.stop();
    await upstream?.stop();
  });

  /** The status, or the error's code. */
  const get = (host: string, options: http.RequestOptions & { body?: string } = {}): Promise<number | string> =>
    new Promise((resolve) => {
      const request = http.request({
        host: "127.0.0.1",
        port: settings.httpPort,
        agent: false,
        ...options,
        headers: { host, ...options.headers },
      });
      request.on("response", (response) => {
        resolve(response.statusCode ?? 0);
        response.on("error", () => undefined);
        response.resume();
      });
      request.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "error"));
      request.end(options.body);
    });
  const open: http.ClientRequest[] = [];
  const hold = (host: string, from: string): Promise<number> =>
    new Promise((resolve) => {
      const request = http.get({
        host: "127.0.0.1",
        port: settings.httpPort,
        path: "/download/1000/50",
        headers: { host },
        localAddress: from,
        agent: false,
      });
      open.push(request);
      request.on("error", () => resolve(0));
      request.on("response", (response) => {
        resolve(response.statusCode ?? 0);
        response.on("error", () => undefined);
      });
    });
  afterEach(() => {
    for (const request of open.splice(0)) request.destroy();
  });

  it("keep one tenant's requests from taking what its neighbours need", async () => {
    const held = await Promise.all(Array.from({ length: 8 }, () => hold("greedy.example", "127.0.0.1")));
    expect(held.filter((status) => status === 200)).toHaveLength(5);
    expect(held.filter((status) => status === 429)).toHaveLength(3);
    expect(await get("greedy.example")).toBe(429);
    expect(await get("modest.example")).toBe(200);
  });

  it("slow one tenant's rush down, and no other's", async () => {
    const rush: (number | string)[] = [];
    // A tenant's names share what is the tenant's.
    for (let index = 0; index < 40; index++) rush.push(await get(index % 2 ? "busy.example" : "www.busy.example"));
    expect(rush.slice(0, 30)).toEqual(Array(30).fill(200));
    expect(rush.slice(30)).toEqual(Array(10).fill(429));
    expect(await get("modest.example")).toBe(200);
  });

  it("slow one source's rush down, and no other source's at the same tenant", async () => {
    const rush: (number | string)[] = [];
    for (let index = 0; index < 30; index++) rush.push(await get("shared.example", { localAddress: "127.0.0.4" }));
    expect(rush).toEqual([...Array(25).fill(200), ...Array(5).fill(429)]);
    expect(await get("shared.example", { localAddress: "127.0.0.5" })).toBe(200);
  });

  it("keep one source's requests from taking what its tenant's other visitors need", async () => {
    const held = await Promise.all(Array.from({ length: 8 }, () => hold("visited.example", "127.0.0.6")));
    expect(held.filter((status) => status === 200)).toHaveLength(4);
    expect(held.filter((status) => status === 429)).toHaveLength(4);
    expect(await get("visited.example", { localAddress: "127.0.0.7" })).toBe(200);
  });

  it("of a source are far below a tenant's, and of a tenant far below what its upstream bears", () => {
    expect(5 * LIMITS.sourceConcurrency).toBeLessThanOrEqual(LIMITS.tenantConcurrency);
    expect(2 * LIMITS.sourceTenantConcurrency).toBeLessThanOrEqual(LIMITS.sourceConcurrency);
    expect(20 * LIMITS.sourceRequestRate).toBeLessThanOrEqual(LIMITS.tenantRequestRate);
    expect(4 * LIMITS.tenantConcurrency).toBeLessThanOrEqual(UPSTREAM_CONNECTIONS);
  });

  it("refuse one source's connections beyond its share, and nobody else's", async () => {
    const sockets: http.Agent[] = [];
    const keep = async (): Promise<number | string> => {
      const agent = new http.Agent({ keepAlive: true });
      sockets.push(agent);
      return get("unknown.example", { agent, localAddress: "127.0.0.2" });
    };
    const answers: (number | string)[] = [];
    for (let index = 0; index < 25; index++) answers.push(await keep());
    expect(answers.slice(0, 20)).toEqual(Array(20).fill(421));
    expect(answers.slice(20)).toEqual(Array(5).fill("ECONNRESET"));
    expect(await get("modest.example", { localAddress: "127.0.0.3" })).toBe(200);
    for (const agent of sockets) agent.destroy();
  });

  it("leave nothing at the port of the health checks but whether the front is ready", async () => {
    const at = (path: string) => get("any.example", { port: settings.healthPort, path });
    expect([await at("/healthz"), await at("/metrics"), await at("/")]).toEqual([503, 404, 404]);
  });

  it("refuse a body that is announced too long", async () => {
    expect(await get("modest.example", { method: "POST", body: "x".repeat(1_000) })).toBe(200);
    expect(await get("modest.example", { method: "POST", body: "x".repeat(1_001) })).toBe(413);
  });
});
