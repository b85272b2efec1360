import { freePorts } from "../../local/process/parts/free-port";
import { type AttackStage, startAttackStage } from "../../testing/attacks/stage";
import { TestCa } from "../../testing/certificates";
import { type Answer, request } from "../../testing/front-client";
import { haproxyVersions } from "../../testing/haproxy-versions";

const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
/** As libcurl, and so every netCDF tool, sends it. */
const TOOL = "*/*";

describe.each(haproxyVersions())("what a front with $name says by itself", (version) => {
  let stage: AttackStage;

  beforeAll(async () => {
    const [closed = 0] = await freePorts(1);
    stage = await startAttackStage(version, {
      "down.example": {
        upstream: `http://127.0.0.1:${closed}`,
        hsts: { maxAge: 600, includeSubdomains: false, preload: false },
      },
      "closed.example": {
        upstream: `http://127.0.0.1:${closed}`,
        clientCertificates: { mode: "required", ca: new TestCa("m").root },
      },
    });
  }, 120_000);
  afterAll(() => stage?.stop());

  const get = (
    host: string,
    path: string,
    more: { accept?: string; method?: string; name?: string } = {},
  ): Promise<Answer> =>
    request("https", stage.settings.httpsPort, more.name ?? host, {
      path,
      method: more.method ?? "GET",
      servername: host,
      headers: { accept: more.accept ?? BROWSER },
      tls: { ca: stage.ca.root },
    });

  const CASES: readonly [number, string, { method?: string; name?: string }][] = [
    [503, "down.example", {}],
    [403, "closed.example", {}],
    [405, "down.example", { method: "TRACE" }],
    [421, "down.example", { name: "stranger.example" }],
    [400, "down.example", { name: "down.example:99999x" }],
  ];

  it.each(CASES)("%i is a page that loads nothing and belongs in no frame", async (status, host, more) => {
    const answer = await get(host, "/", more);
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
      "content-security-policy": expect.stringMatching(/default-src 'none'.*frame-ancestors 'none'/),
    });
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

  it("says when to come again, and HSTS where the tenant has it", async () => {
    const { headers } = await get("down.example", "/");
    expect(headers).toMatchObject({ "retry-after": "30", "strict-transport-security": "max-age=600" });
  });
});
