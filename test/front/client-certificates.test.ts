import { X509Certificate } from "node:crypto";
import { parseClientCertificates } from "../../core/tenant/fields";
import { TestCa, type TestCertificate } from "../../testing/certificates";
import { handshake, request } from "../../testing/front-client";
import { type FrontHarness, startFronts } from "../../testing/front-harness";
import { haproxyVersions } from "../../testing/haproxy-versions";
import { type Echo, startTestUpstream, type TestUpstream } from "../../testing/test-upstream";
import { until } from "../../testing/until";

const DAY = 86_400_000;
const members = new TestCa("members");
const others = new TestCa("others");
const good = members.issueClient("alice");

/** A status, or no handshake. */
type Outcome = number | "refused";

/** What a client may come with, and whether the tenants that look at certificates let it in. */
const CLIENTS: readonly {
  name: string;
  client: TestCertificate | undefined;
  optional: Outcome;
  required: Outcome;
}[] = [
  { name: "no certificate", client: undefined, optional: 200, required: 403 },
  { name: "a good certificate", client: good, optional: 200, required: 200 },
  { name: "one of another CA", client: others.issueClient("alice"), optional: "refused", required: "refused" },
  {
    name: "an expired one",
    client: members.issueClient("alice", { notBefore: Date.now() - 9 * DAY, notAfter: Date.now() - DAY }),
    optional: "refused",
    required: "refused",
  },
  {
    name: "one that is not valid yet",
    client: members.issueClient("alice", { notBefore: Date.now() + DAY }),
    optional: "refused",
    required: "refused",
  },
  { name: "one for servers", client: members.issue(["alice"]), optional: "refused", required: "refused" },
];

function parsedCas(ca: string): string | undefined {
  const parsed = parseClientCertificates({ mode: "required", ca }, () => undefined);
  return parsed?.mode === "required" ? parsed.ca : undefined;
}

/** In spellings that some servers fold into the real ones. */
const FORGED = {
  "Client-Cert": ":Zm9yZ2Vk:",
  "Client-Cert-Chain": ":Zm9yZ2Vk:",
  "X-SSL-Client-Verify": "SUCCESS",
  "X-SSL-Client-CN": "forged",
  "X-SSL-Client-Subject": "CN=forged",
  "x-ssl-client-anything": "forged",
  X_SSL_Client_Verify: "forged",
  "X.SSL.Client.Verify": "forged",
  Client_Cert: "forged",
};

describe.each(haproxyVersions())("client certificates on $name", ({ options, close }) => {
  let fronts: FrontHarness;
  let upstream: TestUpstream;

  beforeAll(async () => {
    upstream = await startTestUpstream();
    fronts = await startFronts({ ...options, settings: { defaultUpstream: upstream.url } });
    await fronts.up();
    const clientTls = { cert: good.chain, key: good.key };
    for (const mode of ["optional", "required"] as const) {
      const clientCertificates = { mode, ca: members.root };
      const { certificate } = await fronts.issueAndStore(`${mode}.example`, { clientCertificates });
      await fronts.served(`${mode}.example`, certificate, clientTls);
    }
    await fronts.add("evil.example", { clientCertificates: { mode: "optional", ca: others.root } });
    await fronts.add("off.example");
  }, 120_000);

  afterAll(async () => {
    await fronts?.stop();
    await upstream?.stop();
    close();
  });

  const ask = (host: string, client: TestCertificate | undefined, headers = {}) =>
    request("https", fronts.httpsPort, host, {
      headers,
      tls: { ca: fronts.ca.root, ...(client ? { cert: client.chain, key: client.key } : {}) },
    });

  describe.each(["optional", "required"] as const)("%s", (mode) => {
    it.each(CLIENTS)("with $name", async ({ client, ...outcomes }) => {
      const answer = ask(`${mode}.example`, client);
      if (outcomes[mode] === "refused") await expect(answer).rejects.toThrow(/alert|ECONNRESET|EPIPE/);
      else expect((await answer).status).toBe(outcomes[mode]);
    });
  });

  it("tells the upstream about the verified certificate (RFC 9440), whatever else the client claims", async () => {
    const { headers } = JSON.parse((await ask("required.example", good, FORGED)).body) as Echo;
    const certificate = new X509Certificate(good.leaf);
    expect(headers).toMatchObject({
      "client-cert": `:${certificate.raw.toString("base64")}:`,
      "x-ssl-client-verify": "SUCCESS",
      "x-ssl-client-cn": "alice",
      "x-ssl-client-subject": "CN=alice",
      "x-ssl-client-issuer": "CN=members intermediate",
      "x-ssl-client-serial": certificate.serialNumber,
      "x-ssl-client-sha256": good.summary.fingerprint,
    });
    expect(JSON.stringify(headers)).not.toMatch(/forged|Zm9yZ2Vk/);
  });

  it.each(["optional.example", "off.example"])("lets nothing forged through %s without a certificate", async (host) => {
    const { headers } = JSON.parse((await ask(host, undefined, FORGED)).body) as Echo;
    expect(JSON.stringify(headers)).not.toMatch(/forged|Zm9yZ2Vk|SUCCESS/);
    expect(headers["x-ssl-client-verify"]).toBe(host === "off.example" ? undefined : "NONE");
  });

  it("lets nothing forged through plain HTTP either", async () => {
    await fronts.add("plain.example", { http: "serve" });
    const answer = await request("http", fronts.httpPort, "plain.example", { headers: FORGED });
    expect(answer.status).toBe(200);
    expect(JSON.stringify((JSON.parse(answer.body) as Echo).headers)).not.toMatch(/forged|Zm9yZ2Vk|ssl-client/i);
  });

  it("takes as many CAs of a tenant as the configuration does", async () => {
    const strangers = Array.from({ length: 40 }, (_, n) => new TestCa(`stranger ${n}`).root);
    const bundles = strangers.map((_, n) => parsedCas([...strangers.slice(0, n), members.root].join("")));
    const largest = bundles.filter((bundle) => bundle !== undefined).at(-1) ?? "";
    expect(largest.length).toBeGreaterThan(14_000);
    await fronts.issueAndStore("many.example", { clientCertificates: { mode: "required", ca: largest } });
    await until("served", async () => (await ask("many.example", good)).status === 200);
  });

  it("does not ask for a certificate where the policy is off", async () => {
    const { headers } = JSON.parse((await ask("off.example", good)).body) as Echo;
    expect(headers["client-cert"]).toBeUndefined();
  });

  // HAProxy resumes a session of one name under another. What must not follow: that the certificate which another tenant's own CA
  // vouched for, or none at all, passes here.
  it.each([
    { from: "evil.example", version: "TLSv1.2" },
    { from: "off.example", version: "TLSv1.2" },
    { from: "off.example", version: "TLSv1.3" },
  ] as const)("does not let a $version session of $from in", async ({ from, version }) => {
    const port = fronts.fronts[0]?.settings.httpsPort ?? 0;
    const tls = { ca: fronts.ca.root, minVersion: version, maxVersion: version };
    const evil = others.issueClient("alice");
    // At its own tenant the session is taken back: that makes the rest a test. A tenant that was just added has all keys replaced.
    const resumed = await until("a session that is resumed", async () => {
      const { session } = await handshake(port, from, { ...tls, cert: evil.chain, key: evil.key, ticket: true });
      if (session === undefined) throw new Error("no session to try with");
      const again = { ca: tls.ca, session, maxVersion: version };
      return (await handshake(port, from, again)).resumed && again;
    });
    const outcome = await request("https", port, "required.example", { tls: resumed }).then(
      ({ status }) => status,
      (error: Error) => error.message,
    );
    expect([403, 421]).toContain(outcome);
    const optional = await request("https", port, "optional.example", { tls: resumed });
    if (optional.status === 421) return;
    const { headers } = JSON.parse(optional.body) as Echo;
    expect([headers["x-ssl-client-verify"], headers["client-cert"]]).toEqual(["NONE", undefined]);
  });

  it("gives no session that could be taken elsewhere: TLS 1.3 is refused where certificates are asked for", async () => {
    const port = fronts.fronts[0]?.settings.httpsPort ?? 0;
    await expect(handshake(port, "evil.example", { ca: fronts.ca.root, minVersion: "TLSv1.3" })).rejects.toThrow(
      /version/,
    );
  });
});
