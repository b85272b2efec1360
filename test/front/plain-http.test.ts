import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { sendRaw, statuses } from "../../testing/attacks/raw-client";
import { END_HEADERS, END_STREAM, FRAME, fields, frame, opening } from "../../testing/attacks/raw-h2";
import { type AttackStage, startAttackStage } from "../../testing/attacks/stage";
import { request } from "../../testing/front-client";
import { haproxyVersions } from "../../testing/haproxy-versions";

/** Below the excepted prefix and nowhere else, whatever server reads them. */
const PLAIN = [
  "/api/",
  "/api/v1",
  "/api/v1?q=/../admin",
  "/api/v1/data.nc.dods?sst[0:1]",
  "/api/.well-known/x",
  "/api/a%20b",
  "/api/caf%c3%a9/%E2%82%AC",
  "/api/x%5b0:1%5d",
];

/** Each is another path to some server: its way of folding is in the name of one of these. */
const FOLDED = [
  "/api/../admin",
  "/api/..",
  "/api/./admin",
  "/api/.",
  "/api//admin",
  "/api/x/../../admin",
  "/api/..;/admin",
  "/api/..;a=b/admin",
  "/api/.;/admin",
  "/api/x;y/admin",
  "/api/..\\admin",
  "/api\\..\\admin",
  "/api/..%5cadmin",
  "/api/..%5Cadmin",
  "/api/%2e%2e/admin",
  "/api/%2E%2E/admin",
  "/api/.%2e/admin",
  "/api/%2e./admin",
  "/api/..%2fadmin",
  "/api/x%2f..%2f..%2fadmin",
  "/api/%252e%252e/admin",
  "/api/..%252fadmin",
  "/api/..%3b/admin",
  "/api/..%00/admin",
  "/api/.%00./admin",
  "/api/%00",
  "/api/..%09/admin",
  "/api/..%20/admin",
  "/api/..%0d%0aX:y/admin",
  "/api/%c0%ae%c0%ae/admin",
  "/api/..%c0%afadmin",
  "/api/%e0%80%ae%e0%80%ae/admin",
  "/api/%ef%bc%8e%ef%bc%8e/admin",
  "/api/..%ef%bc%8fadmin",
  "/api/%u002e%u002e/admin",
  "/api/..%u2215admin",
  "/api/...",
  "/api/a..",
  "/api/%",
  "/api/%zz",
];
/** Outside of the prefix, however alike. */
const OTHERS = ["/", "/api", "/apiary", "/API/v1", "/%61pi/v1", "/api%2fv1", "//x.example/api/v1", "/x/api/v1"];

describe.each(haproxyVersions())("plain HTTP at a front with $name", (version) => {
  let stage: AttackStage;
  let upstream: http.Server;
  const seen: string[] = [];

  beforeAll(async () => {
    upstream = http.createServer((request, response) => {
      seen.push(request.url ?? "");
      response.setHeader("Strict-Transport-Security", "max-age=31536000").end("ok");
    });
    await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
    stage = await startAttackStage(version, {
      "x.example": { upstream: url, http: { redirectExcept: ["/api/"] } },
      "served.example": { upstream: url, http: "serve" },
    });
  }, 120_000);
  afterAll(async () => {
    await stage?.stop();
    upstream?.closeAllConnections();
    upstream?.close();
  });
  beforeEach(() => {
    seen.length = 0;
  });

  const raw = (path: string) =>
    sendRaw({ port: stage.settings.httpPort }, `GET ${path} HTTP/1.1\r\nHost: x.example\r\nConnection: close\r\n\r\n`);

  it.each(PLAIN)("serves %s, below the prefix that is excepted from the redirect", async (path) => {
    expect(statuses(await raw(path))).toEqual([200]);
    expect(seen).toEqual([path]);
  });

  it.each([...FOLDED, ...OTHERS])("redirects %s, which an upstream may read as another path", async (path) => {
    const answer = await raw(path);
    // HAProxy itself may refuse the path.
    expect(["301", "400"]).toContain(String(statuses(answer)[0]));
    if (statuses(answer)[0] === 301) expect(answer.text).toContain(`location: https://x.example${path}\r\n`);
    expect(seen).toEqual([]);
  });

  it("is not h2, neither by its preface nor by an upgrade", async () => {
    const get = frame(
      FRAME.headers,
      END_HEADERS | END_STREAM,
      1,
      fields([
        [":method", "GET"],
        [":scheme", "http"],
        [":authority", "served.example"],
        [":path", "/"],
      ]),
    );
    const target = { port: stage.settings.httpPort };
    const byPreface = await sendRaw(target, opening() + get);
    expect(statuses(byPreface)).toEqual([400]);
    const upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n";
    const byUpgrade = await sendRaw(target, `GET / HTTP/1.1\r\nHost: served.example\r\n${upgrade}`);
    expect(statuses(byUpgrade)).toEqual([200]);
    expect(seen).toEqual(["/"]);
  });

  it("never says HSTS (RFC 6797 §7.2), though the upstream does; over https it passes", async () => {
    const { httpPort, httpsPort } = stage.settings;
    for (const [host, path] of [
      ["served.example", "/"],
      ["x.example", "/api/v1"],
      ["x.example", "/"],
    ] as const) {
      const { headers } = await request("http", httpPort, host, { path });
      expect(headers["strict-transport-security"]).toBeUndefined();
    }
    const { headers } = await request("https", httpsPort, "served.example", { tls: { ca: stage.ca.root } });
    expect(headers["strict-transport-security"]).toBe("max-age=31536000");
  });
});
