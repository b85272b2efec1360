import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { ownershipValue } from "../../core/tenant/ownership";
import type { Tenant } from "../../core/tenant/tenant";
import { certfront as run } from "../../testing/certfront-cli";
import { TestCa } from "../../testing/certificates";
import { frontAnswer, THUMBPRINT } from "../../testing/challenge-server";
import { type CliStack, startCliStack } from "../../testing/cli-stack";
import { tenant } from "../../testing/records";
import { activeTenant, NOW, notPointing, pendingTenant } from "../../testing/sample-tenants";
import { SniServer } from "../../testing/sni-server";

const clock = { now: () => NOW };
const ca = new TestCa();
let stack: CliStack;
let tls: SniServer;
/** Port 80 of a front, unless something else `says`. */
let port80: http.Server;
let says: { status: number; location?: string } | undefined;

beforeAll(async () => {
  [stack, tls] = await Promise.all([startCliStack(clock), SniServer.start()]);
  port80 = http.createServer(({ url = "" }, response) => {
    if (says) response.writeHead(says.status, says.location ? { location: says.location } : {}).end();
    else response.end(frontAnswer(url, THUMBPRINT));
  });
  await new Promise<void>((resolve) => port80.listen(0, "127.0.0.1", resolve));
  await stack.listenAt({ http: (port80.address() as AddressInfo).port, https: tls.port });
  for (const domain of ["good.example", "stale.example", "unserved.example"]) {
    const certificate = ca.issue([domain]);
    if (domain !== "unserved.example") tls.serve(domain, domain === "stale.example" ? ca.issue([domain]) : certificate);
    await stack.store.createTenant({ ...activeTenant(domain), certificate: certificate.summary });
    stack.dns.set(domain, { a: ["127.0.0.1"] });
  }
});
afterAll(async () => {
  await Promise.all([stack?.stop(), tls?.stop(), new Promise((resolve) => port80.close(resolve))]);
});
beforeEach(() => {
  says = undefined;
});

const certfront = (...args: string[]) => run(args, { env: stack.env, clock });

describe("certfront explain", () => {
  it("finds nothing in the way of a tenant that is well", async () => {
    const { code, stdout } = await certfront("explain", "good.example");
    expect(stdout).toContain("ok  dns      good.example points to 127.0.0.1, which is ours.");
    expect(stdout).toContain("ok  caa      No CAA record of good.example or above: every CA may issue.");
    expect(stdout).toContain("ok  port 80  127.0.0.1 answers a CA's challenges for good.example.");
    expect(stdout).toContain("ok  https    127.0.0.1 serves the present certificate");
    expect(stdout).toContain("Nothing stands in the way");
    expect(stdout).toMatch(/state\s+active since/);
    expect(code).toBe(0);
  });

  it("names the record to set for a domain that points elsewhere, tenant or not", async () => {
    stack.dns.set("apex.example", { a: ["203.0.113.9"] });
    const { code, stdout } = await certfront("explain", "apex.example");
    expect(stdout).toContain("NO  dns      DNS_NOT_POINTING: apex.example points to 203.0.113.9");
    expect(stdout).toContain("change  apex.example  A  127.0.0.1");
    expect(stdout).toContain("apex.example is no tenant of this stack");
    expect(code).toBe(1);
  });

  it("names the CAA record to add where no CA of the stack is allowed", async () => {
    stack.dns.set("caa.example", { a: ["127.0.0.1"] });
    stack.dns.set("caa.example", { caa: [{ tag: "issue", value: "digicert.com" }] });
    const { code, stdout } = await certfront("explain", "caa.example");
    expect(stdout).toContain(
      'NO  caa      CAA_FORBIDS: The CAA records of caa.example do not let our CA issue for caa.example: they name "digicert.com" alone.',
    );
    expect(stdout).toContain('create  caa.example  CAA  0 issue "letsencrypt.org"');
    expect(code).toBe(1);
  });

  it("tells the customer how to show that a domain is theirs, and sees when they have", async () => {
    const customers = {
      ...pendingTenant("owned.example", notPointing("owned.example")),
      tenant: tenant("owned.example", { owner: "anna" }),
    };
    await stack.store.createTenant(customers);
    stack.dns.set("owned.example", { a: ["127.0.0.1"] });
    const value = ownershipValue("test", "anna");
    const before = await certfront("explain", "owned.example");
    expect(before.stdout).toContain(
      "NO  owner    OWNERSHIP_UNPROVEN: Nothing in DNS shows that owned.example belongs to",
    );
    expect(before.stdout).toContain(`create  _certfront.owned.example  TXT  ${value}`);
    expect(before.code).toBe(1);
    const mail = await certfront("explain", "owned.example", "--for-customer");
    expect(mail.stdout).toMatch(new RegExp(`CREATE +Type TXT +Host _certfront +Value ${value}`));
    expect(mail.stdout.replaceAll("\n", " ")).toContain("Why: a TXT record has to show that owned.example is yours");

    stack.dns.set("_certfront.owned.example", { txt: value });
    const after = await certfront("explain", "owned.example");
    expect(after.stdout).toContain("ok  owner    DNS shows that owned.example is the customer's who asked for it.");
  });

  it("does not pretend to know which account a CAA record means", async () => {
    const value = "letsencrypt.org; accounturi=https://ca.invalid/acct/1";
    stack.dns.set("account.example", { caa: [{ tag: "issue", value }] });
    const { stdout } = await certfront("explain", "account.example");
    expect(stdout).toContain("??  caa      The CAA records of account.example allow one ACME account only");
  });

  it.each([
    [
      { status: 301, location: "https://good.example/" },
      "TOKEN_MISMATCH: A test token for good.example, asked for over port 80 at 127.0.0.1, was redirected to https://good.example/",
    ],
    [
      { status: 200 },
      "TOKEN_MISMATCH: A test token for good.example, asked for over port 80 at 127.0.0.1, came back with another",
    ],
    [{ status: 502 }, "PORT80_UNREACHABLE: The front behind 127.0.0.1 answered"],
  ])("sees that port 80 leads to something that is no front: %j", async (answer, sentence) => {
    says = answer;
    const { code, stdout } = await certfront("explain", "good.example");
    expect(stdout).toContain(`NO  port 80  ${sentence}`);
    expect(code).toBe(1);
  });

  it.each([
    ["stale.example", "127.0.0.1 serves another certificate"],
    ["unserved.example", "127.0.0.1 serves no certificate for unserved.example"],
  ])("sees what a visitor of %s sees", async (domain, sentence) => {
    const { code, stdout } = await certfront("explain", domain);
    expect(stdout).toContain(`NO  https    ${sentence}`);
    expect(code).toBe(1);
  });

  it("looks at every name of a tenant, and answers --json with the steps", async () => {
    const aliased = ca.issue(["two.example", "www.two.example"]);
    tls.serve("two.example", aliased);
    await stack.store.createTenant({
      ...activeTenant("two.example"),
      tenant: tenant("two.example", { aliases: ["www.two.example"] }),
      certificate: aliased.summary,
    });
    stack.dns.set("two.example", { a: ["127.0.0.1"] });
    const { code, stdout } = await certfront("explain", "two.example", "--json");
    const { steps } = JSON.parse(stdout);
    const results = Object.fromEntries(
      steps.map((step: { name: string; check: string; result: string }) => [`${step.name} ${step.check}`, step.result]),
    );
    expect(results).toEqual({
      "two.example dns": "good",
      "two.example caa": "good",
      "two.example port 80": "good",
      "two.example https": "good",
      "www.two.example dns": "bad",
      "www.two.example caa": "good",
      "www.two.example port 80": "good",
      "www.two.example https": "bad",
    });
    expect(code).toBe(1);
  });
});

describe("certfront explain --for-customer", () => {
  it("is a mail to the domain's owner, with the records as they are now and as they have to be", async () => {
    stack.dns.set("moved.example", { a: ["203.0.113.9"] });
    const { code, stdout } = await certfront("explain", "moved.example", "--for-customer");
    expect(stdout).toMatch(/^Subject: One DNS change for moved\.example\n\nmoved\.example is almost ready\./);
    expect(stdout).toContain("  CHANGE   Type A   Host @   Value 127.0.0.1  (now 203.0.113.9)");
    expect(stdout).toContain("Please tell us when it is done.");
    expect(stdout).toMatch(/\n\nExample Hosting\nhelp@hosting\.example$/);
    expect(code).toBe(1);
  });

  it("says when the issuer looks again at a tenant, and nothing that only we understand", async () => {
    await stack.store.createTenant(pendingTenant("waits.example", notPointing("waits.example")));
    stack.dns.set("waits.example", { a: ["203.0.113.9"] });
    const { stdout } = await certfront("explain", "waits.example", "--for-customer");
    expect(stdout).toContain("We look again by ourselves, next at 2027-02-19 14:13 UTC (in 10 minutes);");
    expect(stdout).not.toMatch(/\b(front|CA|token|load balancer)\b|DNS_/);
  });

  it("believes what it sees now rather than what was written down", async () => {
    await stack.store.createTenant(pendingTenant("cured.example", notPointing("cured.example")));
    stack.dns.set("cured.example", { a: ["127.0.0.1"] });
    const { stdout } = await certfront("explain", "cured.example", "--for-customer");
    expect(stdout).toContain("Subject: cured.example is in order");
    expect(stdout).toContain("The DNS of cured.example is as it should be, as we see it now.");
  });

  it("says how the issuer is told of what it has not seen yet", async () => {
    await stack.store.createTenant(pendingTenant("mended.example", notPointing("mended.example")));
    stack.dns.set("mended.example", { a: ["127.0.0.1"] });
    const { stdout } = await certfront("explain", "mended.example");
    expect(stdout).toContain("`npx certfront renew mended.example --wait` does not wait for its next look.");
    expect((await certfront("explain", "good.example")).stdout).not.toContain("has not seen that yet");
  });

  it("asks nothing of a customer whose site we do not serve as we should", async () => {
    const { stdout } = await certfront("explain", "unserved.example", "--for-customer");
    expect(stdout).toContain("There is nothing for you to do: we are looking into it.");
  });

  it("answers --json with the same as data", async () => {
    stack.dns.set("data.json.example", { a: ["203.0.113.9"] });
    const { stdout } = await certfront("explain", "data.json.example", "--json");
    const { turn, tenant: isTenant, records } = JSON.parse(stdout);
    expect({ turn, isTenant }).toEqual({ turn: "owner", isTenant: false });
    expect(records).toEqual([
      {
        type: "A",
        host: "data",
        zone: "json.example",
        value: "127.0.0.1",
        action: "change",
        found: ["203.0.113.9"],
        nameservers: [],
      },
    ]);
  });
});

describe("certfront explain, of a tenant that serves OPeNDAP data", () => {
  /** Serves `domain` as a server of this protocol would: its own header at the paths that are its own. */
  async function serveData(domain: string, settings: Partial<Tenant>, paths: readonly string[]): Promise<void> {
    const certificate = ca.issue([domain]);
    tls.serve(domain, certificate, ({ url = "" }, response) => {
      const headers = paths.includes(url) ? { "xdods-server": "dods/3.7" } : {};
      response.writeHead(paths.includes(url) ? 200 : 404, headers).end();
    });
    await stack.store.createTenant({
      ...activeTenant(domain),
      tenant: tenant(domain, settings),
      certificate: certificate.summary,
    });
    stack.dns.set(domain, { a: ["127.0.0.1"] });
  }
  const optional = { mode: "optional", ca: "PEM" } as const;

  it("says what its settings do to that data's users, and nothing of settings that it has not", async () => {
    await serveData("thredds.example", { http: "serve", clientCertificates: optional }, ["/thredds/dodsC/version"]);
    const { code, stdout } = await certfront("explain", "thredds.example");
    expect(stdout).toContain("It serves OPeNDAP data, as its answer to /thredds/dodsC/version shows.");
    expect(stdout).toMatch(/ {2}http: serve:\n {4}.*pydap/);
    expect(stdout).toContain("  clientCertificates: optional:");
    expect(stdout).toContain("  a body cut short");
    expect(stdout).not.toContain("http: redirect");
    expect(code).toBe(0);
  });

  it("finds it at an unusual place by a dataset's URL, whatever of it was pasted", async () => {
    await serveData("pydap.example", {}, ["/data/sst.nc.dds"]);
    expect((await certfront("explain", "pydap.example")).stdout).not.toContain("OPeNDAP");
    for (const url of ["https://pydap.example/data/sst.nc", "https://pydap.example/data/sst.nc.html?sst[0]"])
      expect((await certfront("explain", url)).stdout).toContain("as its answer to /data/sst.nc.dds shows");
  });

  it("answers --json with the same, and of other tenants with nothing", async () => {
    await serveData("hyrax.example", {}, ["/opendap/version"]);
    const { opendap } = JSON.parse((await certfront("explain", "hyrax.example", "--json")).stdout);
    expect(opendap.seenAt).toBe("/opendap/version");
    expect(opendap.advice.map(({ setting }: { setting: string }) => setting)).toContain("http: redirect");
    await serveData("web.example", {}, []);
    expect(JSON.parse((await certfront("explain", "web.example", "--json")).stdout)).not.toHaveProperty("opendap");
  });
});

describe("certfront explain's last lines", () => {
  it("say whose turn it is, and what to send", async () => {
    stack.dns.set("turn.example", { a: ["203.0.113.9"] });
    const { stdout } = await certfront("explain", "turn.example");
    expect(stdout).toContain("One thing stands in the way, and it is the domain owner's turn.");
    expect(stdout).toContain("For its owner: npx certfront explain turn.example --for-customer");
    says = { status: 502 };
    expect((await certfront("explain", "good.example")).stdout).toContain(
      "One thing stands in the way, and it is ours to mend, not the domain owner's.",
    );
  });
});
