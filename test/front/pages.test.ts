import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { OutgoingHttpHeaders } from "node:http";
import * as http2 from "node:http2";
import * as net from "node:net";
import { LIMITS } from "../../front/haproxy-limits";
import { freePorts } from "../../local/process/parts/free-port";
import { connect } from "../../testing/attacks/raw-client";
import { type AttackStage, startAttackStage } from "../../testing/attacks/stage";
import { TestCa } from "../../testing/certificates";
import { type Answer, request } from "../../testing/front-client";
import { haproxyVersions } from "../../testing/haproxy-versions";

const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
interface Asked {
  readonly method?: string;
  readonly name?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly from?: string;
}
/** As libcurl, and so every netCDF tool, sends it. */
const TOOL = "*/*";

const SAFE = {
  "content-type": "text/html; charset=utf-8",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
  "content-security-policy": expect.stringMatching(/default-src 'none'.*frame-ancestors 'none'/),
};

describe.each(haproxyVersions())("what a front with $name says by itself", (version) => {
  let stage: AttackStage;
  let silent: net.Server;

  beforeAll(async () => {
    const [closed = 0] = await freePorts(1);
    silent = net.createServer((socket) => socket.on("error", () => undefined).once("data", () => socket.destroy()));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const port = (silent.address() as net.AddressInfo).port;
    const limits = { ...LIMITS, sourceRequestRate: 0 };
    stage = await startAttackStage(
      version,
      {
        "silent.example": { upstream: `http://127.0.0.1:${port}` },
        "down.example": {
          upstream: `http://127.0.0.1:${closed}`,
          hsts: { maxAge: 600, includeSubdomains: false, preload: false },
        },
        "closed.example": {
          upstream: `http://127.0.0.1:${closed}`,
          clientCertificates: { mode: "required", ca: new TestCa("m").root },
        },
      },
      limits,
    );
  }, 120_000);
  afterAll(async () => {
    silent?.close();
    await stage?.stop();
  });

  const get = (host: string, path: string, more: Asked & { accept?: string } = {}): Promise<Answer> =>
    request("https", stage.settings.httpsPort, more.name ?? host, {
      path,
      method: more.method ?? "GET",
      servername: host,
      headers: { accept: more.accept ?? BROWSER, ...more.headers },
      ...(more.from !== undefined && { from: more.from }),
      tls: { ca: stage.ca.root },
    });

  const CASES: readonly [number, string, Asked][] = [
    [503, "down.example", {}],
    [403, "closed.example", {}],
    [405, "down.example", { method: "TRACE" }],
    [421, "down.example", { name: "stranger.example" }],
    [400, "down.example", { name: "down.example:99999x" }],
    [413, "down.example", { method: "POST", headers: { "content-length": LIMITS.requestBody + 1 } }],
    // Below zero in 64 bits.
    [413, "down.example", { method: "POST", headers: { "content-length": "18446744073709551615" } }],
    // 127.0.0.1 is spared.
    [429, "down.example", { from: "127.0.0.8" }],
    [502, "silent.example", {}],
  ];

  it.each(CASES)("%i is a page that loads nothing and belongs in no frame", async (status, host, more) => {
    const answer = await get(host, "/", more);
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject(SAFE);
    expect(answer.headers["x-own-page"]).toBeUndefined();
    expect(answer.body).toMatch(/^<!doctype html><html lang="en">.*<h1>.+<\/h1><p>.+<\/p><\/html>$/);
  });

  it.each(
    CASES.flatMap(([status, host, more]) =>
      [".dds", ".das", ".dods", ".dmr"].map((kind) => [status, kind, host, more] as const),
    ),
  )("%i on a path that ends in %s is an Error as DAP knows it", async (status, kind, host, more) => {
    const answer = await get(host, `/data/sst.mnmean.nc${kind}?sst[0:1]`, { ...more, accept: TOOL });
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({ "content-type": "text/plain", "content-description": "dods-error" });
    expect(answer.body).toMatch(new RegExp(`^Error \\{ code = ${status}; message = ".+"; \\};$`));
    // A browser there gets a page all the same.
    expect((await get(host, `/data/sst.mnmean.nc${kind}`, more)).headers["content-type"]).toMatch(/html/);
  });

  it.each([
    ["dap", ""],
    ["dap", "*/*"],
    ["dap", "application/octet-stream"],
    ["dap", "application/vnd.opendap.dap4.data, text/plain;q=0.5"],
    ["dap", "application/x-dap, text/html;q=0.1"],
    ["dap", "text/html;q=0, */*"],
    // java.net.HttpURLConnection's, which many a scientific client is made with.
    ["dap", "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"],
    ["page", "text/html"],
    ["page", "TEXT/HTML, */*;q=0.1"],
    ["page", "application/json;q=0.5, text/html"],
    ["page", BROWSER],
  ])("on a DAP path it is a %s for who accepts %j", async (form, accept) => {
    const { headers } = await get("down.example", "/sst.nc.dds", { accept });
    expect(headers["content-type"]).toBe(form === "dap" ? "text/plain" : "text/html; charset=utf-8");
  });

  it.each([503, 403, 405, 421, 429])("%i has the same headers over h2", async (status) => {
    const [, host = "", { name, method, from }] = CASES.find(([one]) => one === status) ?? [status, "", {}];
    const session = http2.connect(`https://${host}`, {
      createConnection: () =>
        connect({
          port: stage.settings.httpsPort,
          from,
          tls: { servername: host, ca: stage.ca.root, ALPNProtocols: ["h2"] },
        }),
    });
    const authority = name ?? host;
    const stream = session.request({ ":authority": authority, ":method": method ?? "GET", accept: BROWSER });
    const [headers] = (await once(stream.resume(), "response")) as [http2.IncomingHttpHeaders];
    expect(headers).toMatchObject({ ":status": status, ...SAFE });
    session.destroy();
  });

  it.each([
    [421, "stranger.example", "GET"],
    [405, "down.example", "TRACE"],
    [400, "down.example:x", "GET"],
  ])("%i has the same headers over plain HTTP", async (status, host, method) => {
    const answer = await request("http", stage.settings.httpPort, host, { method, headers: { accept: BROWSER } });
    expect([answer.status, answer.headers]).toEqual([status, expect.objectContaining(SAFE)]);
  });

  it("says when to come again, and HSTS where the tenant has it", async () => {
    const { headers } = await get("down.example", "/");
    expect(headers).toMatchObject({ "retry-after": "30", "strict-transport-security": "max-age=600" });
  });

  it("a body on the challenge path has its status, 413, and no token is told", async () => {
    const path = "/.well-known/acme-challenge/evaGxfADs6pSRb2LAv9IZf17Dt3juxGJyRE2JHjJ1vg";
    for (const scheme of ["http", "https"] as const) {
      for (const headers of [{ "content-length": 9 }, { "transfer-encoding": "chunked" }]) {
        const port = scheme === "http" ? stage.settings.httpPort : stage.settings.httpsPort;
        const options = { path, headers, tls: { ca: stage.ca.root } };
        const { status, body } = await request(scheme, port, "down.example", {
          ...options,
          method: "POST",
          body: "x".repeat(9),
        });
        expect([status, body]).toEqual([413, expect.stringContaining("Too large")]);
      }
    }
  });

  it("408, which a request that never ends gets, and 504 have the same headers", async () => {
    const configuration = readFileSync(stage.settings.haproxyConfig, "utf8").split("\n");
    const line = (status: number): string =>
      (configuration.find((one) => one.includes(`http-error status ${status} `)) ?? "").replaceAll(String(status), "");
    expect(line(502)).toContain("hdr X-Frame-Options DENY");
    for (const status of [503, 504]) expect(line(status)).toBe(line(502));
    for (const status of [400, 403, 404, 405, 413]) expect(line(status)).toBe(line(408));
  });
});
