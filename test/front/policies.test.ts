import type { ClientCertificates, Hsts, HttpPolicy } from "../../core/tenant/tenant";
import { TestCa, type TestCertificate } from "../../testing/certificates";
import { type Answer, request } from "../../testing/front-client";
import { type FrontHarness, startFronts } from "../../testing/front-harness";
import { haproxyVersions } from "../../testing/haproxy-versions";
import { type Echo, startTestUpstream, type TestUpstream } from "../../testing/test-upstream";

const HTTP: readonly HttpPolicy[] = ["redirect", "serve", { redirectExcept: ["/api/"] }];
const HSTS: readonly { readonly policy: false | Hsts; readonly header: string | undefined }[] = [
  { policy: false, header: undefined },
  { policy: { maxAge: 600, includeSubdomains: false, preload: false }, header: "max-age=600" },
  {
    policy: { maxAge: 31_536_000, includeSubdomains: true, preload: true },
    header: "max-age=31536000; includeSubDomains; preload",
  },
];
const CLIENTS: readonly ClientCertificates["mode"][] = ["off", "optional", "required"];

const clientCa = new TestCa("members");
const member = clientCa.issueClient("alice");

/** Every combination, each a tenant of its own. */
const combinations = HTTP.flatMap((http) =>
  HSTS.flatMap((hsts) => CLIENTS.map((clients) => ({ http, hsts, clients }))),
).map((combination, index) => ({
  ...combination,
  domain: `tenant-${index}.example`,
  name: `http ${JSON.stringify(combination.http)}, hsts ${combination.hsts.header ?? "off"}, client certificates ${combination.clients}`,
}));

describe.each(haproxyVersions())("policies of a tenant on $name", ({ options, close }) => {
  let fronts: FrontHarness;
  let upstream: TestUpstream;
  let plain: (host: string, path: string, method?: string) => Promise<Answer>;
  let secure: (host: string, path: string, client?: TestCertificate) => Promise<Answer>;

  beforeAll(async () => {
    upstream = await startTestUpstream();
    fronts = await startFronts({ ...options, settings: { defaultUpstream: upstream.url } });
    await fronts.up();
    const stored = [];
    for (const { domain, http, hsts, clients } of combinations) {
      const clientCertificates: ClientCertificates =
        clients === "off" ? { mode: clients } : { mode: clients, ca: clientCa.root };
      const { certificate } = await fronts.issueAndStore(domain, { http, hsts: hsts.policy, clientCertificates });
      stored.push({ domain, certificate });
    }
    plain = (host, path, method = "GET") => request("http", fronts.httpPort, host, { path, method });
    secure = (host, path, client) =>
      request("https", fronts.httpsPort, host, {
        path,
        tls: { ca: fronts.ca.root, ...(client ? { cert: client.chain, key: client.key } : {}) },
      });
    const withClient = { cert: member.chain, key: member.key };
    for (const { domain, certificate } of stored) await fronts.served(domain, certificate, withClient);
  }, 120_000);

  afterAll(async () => {
    await fronts?.stop();
    await upstream?.stop();
    close();
  });

  it.each(combinations)("$name", async ({ domain, http, hsts, clients }) => {
    // A tenant that needs client certificates is never served without TLS.
    const served = (path: string) =>
      clients !== "required" && (http === "serve" || (typeof http === "object" && path.startsWith("/api/")));
    for (const path of ["/", "/api/v1?q=1", "/apiary", "/index.html?a=b&c=d"]) {
      for (const method of ["GET", "HEAD", "POST", "DELETE"]) {
        const answer = await plain(domain, path, method);
        const redirect = method === "GET" || method === "HEAD" ? 301 : 308;
        expect([method, path, answer.status]).toEqual([method, path, served(path) ? 200 : redirect]);
        expect(answer.headers.location).toBe(served(path) ? undefined : `https://${domain}${path}`);
        // RFC 6797 §7.2: never over plain HTTP.
        expect(answer.headers["strict-transport-security"]).toBeUndefined();
      }
    }

    const withCertificate = await secure(domain, "/page", member);
    expect(withCertificate.status).toBe(200);
    expect(withCertificate.headers["strict-transport-security"]).toBe(hsts.header);
    const echo = JSON.parse(withCertificate.body) as Echo;
    expect(echo.headers["x-forwarded-proto"]).toBe("https");
    expect(echo.headers["x-ssl-client-cn"]).toBe(clients === "off" ? undefined : "alice");

    expect((await secure(domain, "/page")).status).toBe(clients === "required" ? 403 : 200);
  });

  it("sends an unknown host on port 80 no redirect but 421", async () => {
    const answer = await plain("stranger.example", "/");
    expect([answer.status, answer.headers.location]).toEqual([421, undefined]);
  });

  it("answers 421 when a connection for one tenant asks for another", async () => {
    const [first, second] = combinations;
    const answer = await request("https", fronts.httpsPort, second?.domain ?? "", {
      servername: first?.domain ?? "",
      tls: { ca: fronts.ca.root },
      // The certificate is the first tenant's, as the SNI was.
    });
    expect(answer.status).toBe(421);
  });

  it("tells the upstream who asked, whatever the client claims", async () => {
    const [{ domain } = { domain: "" }] = combinations;
    const answer = await request("https", fronts.httpsPort, domain, {
      headers: {
        "X-Forwarded-For": "8.8.8.8",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Anything": "evil",
        "X-Real-IP": "8.8.8.8",
        Forwarded: "for=8.8.8.8",
        "Client-Cert": ":ZXZpbA==:",
        "X-SSL-Client-Verify": "SUCCESS",
        "X-SSL-Client-CN": "root",
        X_SSL_Client_CN: "root",
        X_Forwarded_For: "8.8.8.8",
      },
      tls: { ca: fronts.ca.root },
    });
    const { headers } = JSON.parse(answer.body) as Echo;
    expect(JSON.stringify(headers)).not.toMatch(/8\.8\.8\.8|evil|root|SUCCESS/);
    expect(headers).toMatchObject({
      host: domain,
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "https",
      "x-forwarded-host": domain,
      forwarded: `for=127.0.0.1;host=${domain};proto=https`,
    });
  });
});
