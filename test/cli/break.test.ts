import * as fs from "node:fs/promises";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { certfront as run } from "../../testing/certfront-cli";
import { TestCa } from "../../testing/certificates";
import { type CliStack, startCliStack } from "../../testing/cli-stack";
import { activeTenant, NOW } from "../../testing/sample-tenants";

const DOMAIN = "data.paris.example";
const clock = { now: () => NOW };
const ca = new TestCa();
let stack: CliStack;
let site: https.Server;

beforeAll(async () => {
  stack = await startCliStack(clock);
  await stack.store.createTenant(activeTenant(DOMAIN));
  await stack.store.createTenant(activeTenant("other.example"));
  const certificate = ca.issue([DOMAIN]);
  site = https.createServer({ cert: certificate.chain, key: certificate.key }, (_, response) => response.end("hello"));
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  await stack.listenAt({ http: 9, https: (site.address() as AddressInfo).port });
  const root = path.join(stack.env.CERTFRONT_LOCAL ?? "", "root.pem");
  await fs.writeFile(root, ca.root);
  const file = path.join(stack.env.CERTFRONT_LOCAL ?? "", "endpoints.json");
  await fs.writeFile(file, JSON.stringify({ ...JSON.parse(await fs.readFile(file, "utf8")), acme: { root } }));
});
afterAll(async () => {
  await stack?.stop();
  site?.close();
});

const certfront = (...args: string[]) => run(args, { env: stack.env, clock });

describe("certfront break and heal", () => {
  it.each([
    ["caa", "CAA_FORBIDS"],
    ["moved", "DNS_NOT_POINTING"],
    ["aaaa", "DNS_AAAA_STALE"],
    ["servfail", "DNS_SERVFAIL"],
    ["cloudflare", "PROXY_IN_FRONT"],
    ["nxdomain", "DNS_NXDOMAIN"],
  ])("%s shows %s, until it is healed", async (fault, code) => {
    stack.dns.setDefaultIpv4("127.0.0.1");
    const broken = await certfront("break", DOMAIN, fault);
    expect(broken.stdout).toContain(`(${code})`);
    expect(broken.stdout).toContain(`npx certfront explain ${DOMAIN}\n`);
    expect(broken.code).toBe(0);
    expect((await certfront("explain", DOMAIN)).stdout).toContain(`${code}: `);
    expect((await certfront("heal", DOMAIN)).code).toBe(0);
    expect((await certfront("explain", DOMAIN)).stdout).not.toContain(`${code}: `);
  });

  it.each([
    [["break", DOMAIN], "break needs a fault."],
    [["break", DOMAIN, "toString"], "break knows no fault called toString."],
    [["break", DOMAIN, "caa", "now"], "break takes one domain and one fault, not 3."],
    [["heal"], "heal needs a domain."],
  ])("refuses %j", async (args, sentence) => {
    const { code, stderr } = await certfront(...args);
    expect(stderr).toContain(sentence);
    expect(code).toBe(2);
  });

  it("touches no stack but the local one", async () => {
    const { code, stderr } = await certfront("break", DOMAIN, "caa", "--table", "prod");
    expect(stderr).toContain("Only the DNS of the local stack can be spoilt");
    expect(code).toBe(3);
  });
});

describe("certfront try", () => {
  it.each([[[DOMAIN]], [[`https://${DOMAIN}/path`]], [[]]])("fetches %j and checks its certificate", async (args) => {
    const { code, stdout } = await certfront("try", ...args);
    expect(stdout).toMatch(/^https:\/\/data\.paris\.example:\d+\/ through 127\.0\.0\.1: 200 OK\n/);
    expect(stdout).toMatch(/certificate\s+from .+, ends \d{4}-.+ UTC, checked/);
    expect(stdout).toMatch(
      /with curl\s+curl --resolve data\.paris\.example:\d+:127\.0\.0\.1 --cacert \S+root\.pem https:/,
    );
    expect(code).toBe(0);
  });

  it("says what is wrong with a certificate, and what to ask next", async () => {
    const { code, stderr } = await certfront("try", "other.example");
    expect(stderr).toMatch(/https:\/\/other\.example\/ through 127\.0\.0\.1:\d+ failed: .*altnames/);
    expect(stderr).toContain("`npx certfront explain other.example` says why.");
    expect(code).toBe(3);
  });
});
