import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import type { CertificateSummary, TenantRecord } from "../../core/record/record";
import { update } from "../../core/record/update";
import { certfront as run } from "../../testing/certfront-cli";
import { type CliStack, startCliStack } from "../../testing/cli-stack";
import { activeTenant, heartbeat, NOW, notPointing } from "../../testing/sample-tenants";

const clock = { now: () => NOW };
let stack: CliStack;
let elsewhere: string;

beforeAll(async () => {
  stack = await startCliStack(clock);
  await stack.store.createTenant(activeTenant("data.paris.example", 75, ["www.paris.example"]));
  await stack.store.createTenant({ ...activeTenant("gone.example"), state: "removed" });
  elsewhere = await fs.mkdtemp(path.join(os.tmpdir(), "certfront-cli-"));
});
afterAll(async () => {
  await stack?.stop();
  await fs.rm(elsewhere, { recursive: true });
});
beforeEach(() => {
  stack.issued.length = 0;
  stack.issuerFails(undefined);
});

const certfront = (args: string[], answer = false) => run(args, { env: stack.env, clock, answer });

describe("certfront renew", () => {
  it("asks the issuer, and says how to follow it", async () => {
    const { code, stdout } = await certfront(["renew", "Data.Paris.Example"]);
    expect(stack.issued).toEqual([{ operation: "renew", domain: "data.paris.example" }]);
    expect(stdout).toContain("`npx certfront status data.paris.example`");
    expect(code).toBe(0);
  });

  it("tells what the issuer said when it refuses, and where its log is", async () => {
    stack.issuerFails("There is nothing to renew.");
    const { code, stdout, stderr } = await certfront(["renew", "data.paris.example"]);
    expect(stderr).toContain("certfront: There is nothing to renew.");
    expect(stderr).toContain("issuer's log");
    expect(stdout).toBe("");
    expect(code).toBe(3);
  });

  it.each([
    ["an alias", "www.paris.example"],
    ["a URL", "https://data.paris.example/"],
  ])("takes %s for the tenant", async (_, typed) => {
    await certfront(["renew", typed]);
    expect(stack.issued).toEqual([{ operation: "renew", domain: "data.paris.example" }]);
  });

  it.each([
    ["renew", "data.pariss.example", "There is no tenant data.pariss.example. Did you mean data.paris.example?"],
    ["revoke", "nobody.example", "There is no tenant nobody.example."],
    ["renew", "gone.example", "gone.example was taken out of the configuration."],
  ])("%s %s asks nobody and says: %s", async (command, typed, sentence) => {
    const { code, stderr, asked } = await certfront([command, typed], true);
    expect(stderr).toContain(`certfront: ${sentence}`);
    expect(asked).toEqual([]);
    expect(stack.issued).toEqual([]);
    expect(code).toBe(3);
  });

  it("needs a domain", async () => {
    const { code, stderr } = await certfront(["renew"]);
    expect(stderr).toContain("renew needs a domain.");
    expect(code).toBe(2);
  });
});

describe("certfront revoke", () => {
  it("does nothing until somebody says yes", async () => {
    const { code, asked } = await certfront(["revoke", "data.paris.example"], false);
    expect(asked).toEqual(["Revoke the certificate of data.paris.example? This cannot be undone."]);
    expect(stack.issued).toEqual([]);
    expect(code).toBe(1);
  });

  it.each([
    [["revoke", "data.paris.example"], true, "unspecified"],
    [["revoke", "data.paris.example", "--yes", "--reason", "keyCompromise"], false, "keyCompromise"],
  ])("sends %j with the reason in the issuer's words", async (args, answer, reason) => {
    const { code } = await certfront(args, answer);
    expect(stack.issued).toEqual([{ operation: "revoke", domain: "data.paris.example", reason }]);
    expect(code).toBe(0);
  });

  it("refuses a reason that no CA takes", async () => {
    const { code, stderr } = await certfront(["revoke", "data.paris.example", "--yes", "--reason", "bored"]);
    expect(stderr).toContain("--reason does not know bored.");
    expect(stderr).toContain("keyCompromise");
    expect(stack.issued).toEqual([]);
    expect(code).toBe(2);
  });
});

describe("--wait", () => {
  const domain = "waited.example";
  const before = activeTenant(domain);
  /** Time, moved by each pause; what the issuer and the fronts do meanwhile. */
  let now: number;
  let meanwhile: ((round: number) => Promise<void>) | undefined;
  const waiting = (args: string[]) => {
    let round = 0;
    return run(args, {
      env: stack.env,
      clock: { now: () => now },
      pause: async (ms) => {
        now += ms;
        await meanwhile?.(++round);
      },
    });
  };
  /** As the issuer would; the reason is gone unless it is said. */
  const write = async (changes: Partial<TenantRecord>) => {
    const { reason: _, ...record } = (await stack.store.tenant(domain)) ?? before;
    await update(stack.store, record, (latest) => ({ ...latest, ...changes }));
  };
  const certificate = { ...before.certificate, serial: "4e77" } as CertificateSummary;
  const fronts = (revision: number) => stack.store.putHeartbeat(heartbeat("front-a", { at: now, revision }));

  beforeEach(async () => {
    now = NOW;
    meanwhile = undefined;
    await stack.store.createTenant(before);
    const { certificate: first = certificate, revision } = before;
    await write({ certificate: first, revision, nextActionAt: NOW });
    await fronts(NOW);
  });

  it("ends when every front serves another certificate, and says which", async () => {
    meanwhile = async (round) => {
      if (round === 1) await write({ certificate, revision: NOW + 10 });
      if (round === 3) await fronts(NOW + 10);
    };
    const { code, stdout, stderr } = await waiting(["renew", domain, "--wait"]);
    expect(stdout).toBe(
      `${domain} has a new certificate, and every front serves it.\n  serial 4e77, from letsencrypt, ends 2027-05-05 14:03 UTC`,
    );
    expect(stderr).toContain("waiting for the issuer");
    expect(stderr).toContain("issued; fronts are taking it");
    expect(now - NOW).toBe(6_000);
    expect(code).toBe(0);
  });

  it("ends with the reason where something stands in the way", async () => {
    meanwhile = () => write({ reason: notPointing(domain), nextActionAt: now + 600_000 });
    const { code, stdout } = await waiting(["revoke", domain, "--yes", "--wait"]);
    expect(stdout).toContain(`${domain} got no new certificate: DNS_NOT_POINTING: ${domain} points to 203.0.113.9`);
    expect(stdout).toContain("The issuer tries again in 10 minutes");
    expect(code).toBe(1);
  });

  it("does not take what stood in the way before for the answer", async () => {
    await write({ reason: notPointing(domain), nextActionAt: NOW });
    meanwhile = async (round) => {
      if (round === 2) await write({ certificate, revision: NOW });
    };
    expect((await waiting(["renew", domain, "--wait"])).code).toBe(0);
  });

  it("ends after five minutes all the same, and answers --json", async () => {
    const { code, stdout } = await waiting(["renew", domain, "--wait", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ domain, outcome: "unfinished", certificate: { serial: "2c8b11f05d" } });
    expect(now - NOW).toBe(300_000);
    expect(code).toBe(1);
  });

  it("asks nobody where it could not watch", async () => {
    const args = ["renew", domain, "--wait", "--issuer", "certfront-issuer"];
    const { code, stderr } = await waiting(args);
    expect(stderr).toContain("--wait needs the table");
    expect(stack.issued).toEqual([]);
    expect(code).toBe(2);
  });
});

describe("--json", () => {
  it.each([
    [["status", "nobody.example", "--json"], "NO_TENANT", 3],
    [["status", "--limit", "x", "--json"], "USAGE", 2],
    [["status", "--stat", "x", "--json"], "USAGE", 2],
    [["explain", "--json"], "USAGE", 2],
    [["nonsense", "--json"], "USAGE", 2],
  ])("answers %j with the error as its one document", async (args, code, exit) => {
    const answer = await certfront(args);
    const { error } = JSON.parse(answer.stdout);
    expect(error.code).toBe(code);
    expect(answer.stderr).toContain(`certfront: ${error.message}`);
    expect(answer.stderr).toContain(error.advice);
    expect(answer.code).toBe(exit);
  });
});

describe("certfront and the stack it works on", () => {
  it("says what to do when an identity lacks a right", async () => {
    const file = path.join(stack.env.CERTFRONT_LOCAL ?? "", "endpoints.json");
    const endpoints = {
      ...JSON.parse(await fs.readFile(file, "utf8")),
      operator: { accessKeyId: "visitor", secretAccessKey: "x" },
    };
    await fs.writeFile(path.join(elsewhere, "endpoints.json"), JSON.stringify(endpoints));
    const { code, stderr } = await run(["status"], { env: { ...stack.env, CERTFRONT_LOCAL: elsewhere }, clock });
    expect(stderr).toContain("dynamodb:Query");
    expect(stderr).toContain("docs/cli.md lists what each command needs");
    expect(code).toBe(3);
  });

  it("takes a file that a killed stack left behind for no stack", async () => {
    const endpoints = {
      ...JSON.parse(await fs.readFile(path.join(stack.env.CERTFRONT_LOCAL ?? "", "endpoints.json"), "utf8")),
    };
    await fs.writeFile(
      path.join(elsewhere, "endpoints.json"),
      JSON.stringify({ ...endpoints, dynamodb: { endpoint: "http://127.0.0.1:9" } }),
    );
    const { code, stderr } = await run(["status", "--local"], {
      env: { ...stack.env, CERTFRONT_LOCAL: elsewhere },
      clock,
    });
    expect(stderr).toContain("The local stack is not running.");
    expect(stderr).toContain("npm start");
    expect(code).toBe(3);
  });

  it("reads the outputs of the Pulumi stack that is named", async () => {
    const { outputs } = JSON.parse(
      await fs.readFile(path.join(stack.env.CERTFRONT_LOCAL ?? "", "endpoints.json"), "utf8"),
    );
    const bin = path.join(elsewhere, "bin");
    await fs.mkdir(bin);
    // A stand-in for the Pulumi CLI, which cannot be installed everywhere; it answers as `pulumi stack output --json` does.
    await fs.writeFile(
      path.join(bin, "pulumi"),
      `#!/bin/sh\n[ "$*" = "stack output --json --stack prod" ] || exit 1\ncat <<'END'\n${JSON.stringify({ ...outputs, stack: "prod" })}\nEND\n`,
      { mode: 0o755 },
    );
    const env = { ...stack.env, PATH: `${bin}:${stack.env.PATH}` };
    const { stderr, code } = await run(["revoke", "data.paris.example", "--stack", "prod"], { env, clock });
    expect(stderr).toContain("AWS stack prod in eu-west-1 (from pulumi stack output)");
    // Nobody here may read that stack's table.
    expect(code).toBe(3);
  });

  it("says what to do when there is no stack at all", async () => {
    const env = { CERTFRONT_LOCAL: path.join(elsewhere, "none"), PATH: elsewhere };
    const { stderr, code } = await run(["status"], { env, clock });
    expect(stderr).toContain("the pulumi command is not installed");
    expect(stderr).toContain("npm start");
    expect(code).toBe(3);
  });
});
