import { DAY, HOUR, MINUTE } from "../../core/base/clock";
import type { Heartbeat } from "../../core/record/record";
import { certfront as run } from "../../testing/certfront-cli";
import { type CliStack, startCliStack } from "../../testing/cli-stack";
import { activeTenant, heartbeat, NOW, notPointing, pendingTenant } from "../../testing/sample-tenants";

const clock = { now: () => NOW };
let stack: CliStack;

beforeAll(async () => {
  stack = await startCliStack(clock);
  const { store } = stack;
  await store.createTenant(activeTenant("data.paris.example", 75, ["www.paris.example"]));
  await store.createTenant({ ...activeTenant("lyon.example"), revision: NOW - MINUTE });
  await store.createTenant(pendingTenant("new.example", notPointing("new.example")));
  await store.createTenant({
    ...activeTenant("gone.example", 20),
    state: "quarantined",
    reason: {
      code: "CA_REJECTED",
      sentence: "The CA refuses gone.example.",
      problemType: "urn:ietf:params:acme:error:rejectedIdentifier",
    },
  });
  await store.createTenant(
    pendingTenant("evil.example", {
      code: "TOKEN_MISMATCH",
      sentence: "evil.example answers \u001b]0;owned\u0007\u001b[2J and \u202egnirts.",
    }),
  );
  // Heartbeats are dated by the sample's clock, and old ones expire by the machine's own: these never do.
  await store.putHeartbeat(heartbeat("front-a"));
  await store.putHeartbeat(heartbeat("front-b", { revision: NOW - HOUR, outdated: ["HAProxy", "OpenSSL\u001b[2J"] }));
  await store.putHeartbeat(
    heartbeat("front-c", { failed: [{ domain: "data.paris.example", problem: "key does not match" }] }),
  );
  await store.putServedState({
    domain: "data.paris.example",
    checkedAt: NOW - 20 * MINUTE,
    names: [
      { name: "data.paris.example", at: "public", ok: true, serial: "2c8b11f05d" },
      { name: "www.paris.example", at: "192.0.2.11", ok: false, problem: "another certificate is served" },
    ],
  });
});
afterAll(() => stack?.stop());

const certfront = (...args: string[]) => run(args, { env: stack.env, clock });

describe("fronts on which an update waits", () => {
  it("are named with the software, without control characters, in text and JSON", async () => {
    const { stdout } = await certfront("status");
    expect(stdout).toContain("front front-b runs as before an update: HAProxy, OpenSSL\ufffd[2J\n");
    expect(stdout).toContain("docs/operations.md#fronts-outdated");
    expect(stdout).not.toContain("front front-a runs");
    const { outdated } = JSON.parse((await certfront("status", "--json")).stdout) as Record<string, unknown>;
    expect(outdated).toEqual([{ front: "front-b", software: ["HAProxy", "OpenSSL\u001b[2J"] }]);
  });
});

describe("certfront status <domain>", () => {
  it("says all that is known of a tenant that is served", async () => {
    const { code, stdout, stderr } = await certfront("status", "data.paris.example");
    expect(stderr).toContain("local stack test");
    expect(stdout).toContain("data.paris.example  active");
    expect(stdout).toMatch(/also for\s+www\.paris\.example/);
    expect(stdout).toMatch(/certificate\s+expires 2027-05-05 14:03 UTC \(in 75 days\)/);
    expect(stdout).toContain("serial 2c8b11f05d, from letsencrypt");
    expect(stdout).toMatch(/renewal\s+2027-04-05 14:03 UTC \(in 45 days\), the time the CA asked for/);
    expect(stdout).toMatch(/served by\s+2 of 3 fronts: front-a, front-b/);
    expect(stdout).toContain("not by front-c: key does not match");
    expect(stdout).toContain("wrong at 1 of 2 places, checked 2027-02-19 13:43 UTC (20 minutes ago)");
    expect(stdout).toContain("www.paris.example at 192.0.2.11: another certificate is served");
    expect(stdout).toMatch(/next check\s+2027-02-19 20:03 UTC \(in 6 hours\)/);
    expect(code).toBe(1);
  });

  it("says why a tenant has no certificate, and what to set in DNS", async () => {
    const { code, stdout } = await certfront("status", "NEW.example.");
    expect(stdout).toContain("DNS_NOT_POINTING");
    expect(stdout).toContain("new.example points to 203.0.113.9, which is not one of our addresses.");
    expect(stdout).toMatch(/set in DNS\s+change {2}new\.example {2}A {2}192\.0\.2\.10, 192\.0\.2\.11/);
    expect(stdout).toMatch(/certificate\s+none yet/);
    expect(stdout).toMatch(/next attempt\s+2027-02-19 14:13 UTC \(in 10 minutes\)/);
    expect(code).toBe(1);
  });

  it.each([
    ["an alias", "www.paris.example"],
    ["a URL of its site", "https://www.Paris.example:8443/thredds"],
  ])("finds a tenant by %s, and says so", async (_, typed) => {
    const { stdout, stderr } = await certfront("status", typed);
    expect(stderr).toContain("www.paris.example is an alias of data.paris.example.");
    expect(stdout).toContain("data.paris.example  active");
  });

  it.each([
    ["data.pariss.example", " Did you mean data.paris.example?"],
    ["www.pari.example", " Did you mean www.paris.example?"],
    ["elsewhere.example", ""],
  ])("says of %s that there is none, and what was meant", async (typed, meant) => {
    const { code, stdout, stderr } = await certfront("status", typed);
    expect(stderr).toContain(`There is no tenant ${typed}.${meant}\n`);
    expect(stdout).toBe("");
    expect(code).toBe(3);
  });

  it("quotes what a CA said", async () => {
    const { stdout } = await certfront("status", "gone.example");
    expect(stdout).toContain("urn:ietf:params:acme:error:rejectedIdentifier");
  });

  it("says what a front behind the tenant's revision lacks", async () => {
    const { stdout } = await certfront("status", "lyon.example");
    expect(stdout).toMatch(/served by\s+2 of 3 fronts: front-a, front-c/);
    expect(stdout).toContain(`not by front-b: has not reached revision ${NOW - MINUTE}`);
  });

  it("never sends what a stranger wrote to the terminal as control characters", async () => {
    const { stdout } = await certfront("status", "evil.example");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(stdout).toContain("evil.example answers");
  });

  it("answers --json with one document of the same facts", async () => {
    const { code, stdout } = await certfront("status", "new.example", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      domain: "new.example",
      attention: "broken",
      state: "pending-dns",
      since: "2027-02-19T11:03:00.000Z",
      reason: {
        code: "DNS_NOT_POINTING",
        dns: [{ type: "A", action: "change", values: ["192.0.2.10", "192.0.2.11"] }],
      },
      nextAttempt: "2027-02-19T14:13:00.000Z",
      fronts: { serving: [], behind: [] },
    });
    expect(code).toBe(1);
  });

  it("says what to do when there is no such tenant", async () => {
    const { code, stdout, stderr } = await certfront("status", "nobody.example");
    expect(stdout).toBe("");
    expect(stderr).toContain("There is no tenant nobody.example.");
    expect(stderr).toContain("`npx certfront status` lists tenants");
    expect(code).toBe(3);
  });
});

describe("certfront status", () => {
  it("counts tenants and lists those first that need somebody", async () => {
    const { code, stdout } = await certfront("status");
    expect(stdout).toContain("5 tenants: 2 not working, 3 to look at\n");
    const order = ["evil.example", "new.example", "gone.example", "data.paris.example", "lyon.example"];
    const rows = stdout.split("\n").filter((line) => order.some((domain) => line.startsWith(`${domain}  `)));
    expect(rows.map((line) => line.split(" ")[0])).toEqual(order);
    expect(stdout).toContain("  change  new.example  A  192.0.2.10, 192.0.2.11");
    expect(code).toBe(1);
  });

  it("filters by state and by reason, and is not content with a tenant that a front does not serve", async () => {
    const byState = await certfront("status", "--state", "active");
    expect(byState.stdout).toContain("lyon.example");
    expect(byState.stdout).not.toContain("new.example");
    // Both are active, and a front does not serve them as stored.
    expect(byState.code).toBe(1);
    const byReason = await certfront("status", "--reason", "dns_not_pointing", "--json");
    expect(JSON.parse(byReason.stdout)).toMatchObject({ more: false, tenants: [{ domain: "new.example" }] });
  });

  it("shows no more than --limit and says that there are more", async () => {
    const { stdout } = await certfront("status", "--limit", "2", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      more: true,
      counts: { total: 5, byState: { active: 2, "pending-dns": 2, quarantined: 1 } },
      tenants: [{ domain: "evil.example" }, { domain: "new.example" }],
    });
  });

  it.each([
    [["--state", "broken"], "--state does not know broken."],
    [["--reason", "DNS"], "--reason does not know DNS."],
    [["--limit", "many"], "--limit takes a whole number above 0."],
    [["--nonsense"], "Unknown option '--nonsense'"],
    [["a.example", "b.example"], "status takes one domain, not 2."],
  ])("refuses %j and reads nothing", async (args, sentence) => {
    const { code, stdout, stderr } = await certfront("status", ...args);
    expect(stderr).toContain(sentence);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });
});

describe("certfront status of many tenants", () => {
  it("finds the few that need somebody among 400, worst first", async () => {
    const many = Array.from({ length: 400 }, (_, i) => activeTenant(`site-${i}.many.example`, 31 + (i % 59)));
    for (let i = 0; i < many.length; i += 100)
      await Promise.all(many.slice(i, i + 100).map((tenant) => stack.store.createTenant(tenant)));
    await stack.store.createTenant({ ...activeTenant("expired.many.example", -1), since: NOW - DAY });
    const { stdout } = await certfront("status", "--limit", "4");
    expect(stdout).toContain("406 tenants: 3 not working, 3 to look at, 400 fine");
    const rows = stdout.split("\n").filter((line) => /^\S+\.example {2}/.test(line));
    expect(rows.map((line) => line.split(" ")[0])).toEqual([
      "expired.many.example",
      "evil.example",
      "new.example",
      "gone.example",
    ]);
  });
});

describe("the fronts in certfront status", () => {
  it("are there with state, last report, lag, certificates, failures and software", async () => {
    await stack.store.putHeartbeat(heartbeat("front-d", { at: NOW - 3 * HOUR, agentVersion: "0.0.9" }));
    await stack.store.putHeartbeat(heartbeat("front-left", { at: NOW - 3 * HOUR, ready: false }));
    const { code, stdout } = await certfront("status");
    const fronts = stdout.slice(stdout.indexOf("FRONT  ")).split("\n");
    expect(fronts.slice(0, 5)).toEqual([
      "FRONT    STATE    LAST REPORT  LAG                 CERTIFICATES  FAILED",
      "front-a  serving  4 s ago      none                3             -",
      "front-b  behind   4 s ago      1 minute, 1 tenant  3             -",
      "front-c  failing  4 s ago      none                3             1",
      "front-d  silent   3 hours ago  none                3             -",
    ]);
    expect(stdout).not.toContain("front-left");
    expect(stdout).toContain("front-a, front-b, front-c: agent 0.1.0, HAProxy 3.0.11");
    expect(stdout).toContain("front-d: agent 0.0.9, HAProxy 3.0.11");
    expect(stdout).toContain("front-c: data.paris.example: key does not match");
    expect(code).toBe(1);
    const answer = JSON.parse((await certfront("status", "--json")).stdout);
    expect(answer.fronts).toHaveLength(4);
    expect(answer.fronts[3]).toMatchObject({ front: "front-d", state: "silent", heardOf: "2027-02-19T11:03:00.000Z" });
  });
});

describe("what lies among the fronts' heartbeats and is none", () => {
  it("is left out and counted", async () => {
    expect(JSON.parse((await certfront("status", "--json")).stdout).skippedHeartbeats).toBe(0);
    const none = { front: "front-evil", at: NOW, failed: "everything" } as unknown as Heartbeat;
    await stack.store.putHeartbeat(none);
    const { stdout } = await certfront("status");
    expect(stdout).toContain("1 item among the fronts' heartbeats is none, and left out.");
    expect(stdout).not.toContain("front-evil");
    expect(JSON.parse((await certfront("status", "--json")).stdout).skippedHeartbeats).toBe(1);
  });
});

describe("certfront status in a terminal of 80 columns", () => {
  const narrow = (...args: string[]) => run(args, { env: stack.env, clock, width: 80 });
  it.each([["status"], ["status", "new.example"], ["status", "data.paris.example"], ["explain", "new.example"]])(
    "tears no word and no address: %s %s",
    async (...args) => {
      const { stdout } = await narrow(...args.filter((one) => one !== undefined));
      const long = stdout.split("\n").filter((line) => line.length > 80);
      expect(long).toEqual([]);
      expect(stdout).toMatch(/203\.0\.113\.9|front-c/);
    },
  );

  it("wraps nothing for a pipe", async () => {
    const { stdout } = await certfront("status", "--state", "quarantined");
    expect(stdout).toContain("DOMAIN        STATE        REASON       SINCE");
  });
});

describe("certfront status --watch", () => {
  it("looks again every two seconds, on a screen of its own", async () => {
    const waits: number[] = [];
    const pause = async (ms: number) => {
      if (waits.push(ms) === 3) throw new Error("enough");
    };
    const { stdout } = await run(["status", "--watch"], { env: stack.env, clock, pause });
    expect(waits).toEqual([2_000, 2_000, 2_000]);
    expect(stdout.match(/tenants: /g)).toHaveLength(1);
  });

  it("is not for scripts", async () => {
    expect((await certfront("status", "--watch", "--json")).code).toBe(2);
  });
});
