import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { systemClock } from "../../core/base/clock";
import { Haproxy } from "../../front/agent/haproxy";
import { reachOf } from "../../front/agent/reach";
import { SelfCheck } from "../../front/agent/self-check";
import { TenantFiles } from "../../front/agent/tenant-files";
import { TenantSet } from "../../front/agent/tenant-set";
import { UpstreamServers } from "../../front/agent/upstream-servers";
import { startDynamoDb } from "../../local/process/parts/dynamodb";
import { TABLE_SCHEMA } from "../../store/schema";
import type { TestCertificate } from "../../testing/certificates";
import { TestDataKeys } from "../../testing/data-keys";
import { handshake, request } from "../../testing/front-client";
import { type FrontHarness, startFronts, TABLE, type TestFront } from "../../testing/front-harness";
import { haproxyVersions } from "../../testing/haproxy-versions";
import { tenant } from "../../testing/records";
import { until } from "../../testing/until";

const DAY = 86_400_000;

/** The one that instances run, where it can be had; the upstreams' test has this machine's. */
const versions = haproxyVersions().slice(-1);

describe.each(versions)("whatever fails, every good tenant is served by $name", ({ options, close }) => {
  let fronts: FrontHarness;
  let front: TestFront;
  /** Certificates that must be served, by domain. */
  const good = new Map<string, TestCertificate>();

  const store = async (domain: string): Promise<void> => {
    good.set(domain, (await fronts.issueAndStore(domain)).certificate);
  };
  const servedSerial = (name: string): Promise<string> =>
    handshake(front.settings.httpsPort, name, { ca: fronts.ca.root }).then((seen) => seen.serial);
  const allServed = (): Promise<unknown> =>
    until("every good tenant served with its certificate", async () => {
      for (const [domain, { summary }] of good) if ((await servedSerial(domain)) !== summary.serial) return false;
      return true;
    });
  const pemOf = (domain: string): string => {
    const directory = path.join(front.settings.directory, "certificates");
    const name = readdirSync(directory).find((one) => one.startsWith(`${domain}~`));
    return path.join(directory, name ?? "missing");
  };
  /** HAProxy serves a change a moment before it is noted on disk. */
  const allNoted = (): Promise<unknown> =>
    until("every good tenant noted on disk", () =>
      [...good].every(([domain, { summary }]) => {
        const file = path.join(front.settings.directory, "tenants", `${domain}.json`);
        return existsSync(file) && readFileSync(file, "utf8").includes(summary.fingerprint);
      }),
    );
  const heartbeat = async () => (await fronts.store.heartbeats(Date.now(), 60_000))[0];
  const restartHaproxy = async (): Promise<void> => {
    // As the unit does: ExecStartPre runs `configure`.
    await front.configure();
    await front.startHaproxy();
  };

  beforeAll(async () => {
    fronts = await startFronts({ fronts: 1, ...options });
    const [first] = fronts.fronts;
    if (!first) throw new Error("no front");
    front = first;
    await fronts.up();
    for (const domain of ["one.example", "two.example", "three.example"]) await store(domain);
    await allServed();
  });
  afterAll(async () => {
    await fronts?.stop();
    close();
  });

  it("removes a tenant within one sync, and its neighbours stay", async () => {
    await fronts.add("leaving.example");
    await fronts.remove("leaving.example");
    await until("unrecognized_name", async () =>
      servedSerial("leaving.example").then(
        () => false,
        (error: Error) => /unrecognized.name/i.test(error.message),
      ),
    );
    // Its policy goes right after its certificate.
    await until(
      "421 over http",
      async () => (await request("http", front.settings.httpPort, "leaving.example")).status === 421,
    );
    await allServed();
  });

  it("refuses a certificate that does not match its key, and says so in its heartbeat", async () => {
    const subject = tenant("one.example");
    const wrong = { ...fronts.ca.issue(["one.example"]), key: fronts.ca.issue(["one.example"]).key };
    await fronts.put(subject, wrong);
    await store("two.example");
    await allServed();
    const failed = await until("a heartbeat with the failure", async () => {
      const beat = await heartbeat();
      return beat?.failed.length ? beat.failed : undefined;
    });
    expect(failed).toEqual([{ domain: "one.example", problem: expect.stringContaining("not for the key") }]);
    expect(await servedSerial("one.example")).toBe(good.get("one.example")?.summary.serial);
  });

  it("takes the next good certificate after a bad one", async () => {
    await store("one.example");
    await allServed();
    await until("a heartbeat without failures", async () => (await heartbeat())?.failed.length === 0);
  });

  it.each([
    { what: "was issued before the one being served and ends before it", notAfter: () => Date.now() + 10 * DAY },
    { what: "is over already", notAfter: () => Date.now() - DAY },
  ])("does not swap in a certificate that $what", async ({ notAfter }) => {
    const notBefore = Date.now() - 100 * DAY;
    const { revision } = await fronts.issueAndStore("one.example", {}, { notBefore, notAfter: notAfter() });
    await until("the change is dealt with", async () => ((await heartbeat())?.revision ?? 0) >= revision);
    await allServed();
    await store("one.example");
    await allServed();
  });

  it("goes on serving and stays healthy without the agent, which catches up when it is back", async () => {
    await front.kill("agent");
    await store("two.example");
    await store("born-meanwhile.example");
    expect(await front.healthy()).toBe(true);
    expect(await servedSerial("one.example")).toBe(good.get("one.example")?.summary.serial);
    await front.startAgent();
    await allServed();
  });

  it("brings an HAProxy that was restarted behind its back to what is stored by now", async () => {
    await front.kill("haproxy");
    await store("three.example");
    await store("while-down.example");
    await fronts.remove("born-meanwhile.example");
    good.delete("born-meanwhile.example");
    await front.startHaproxy();
    await allServed();
    await until("the removed one is gone", () =>
      servedSerial("born-meanwhile.example").then(
        () => false,
        () => true,
      ),
    );
  });

  it("serves the last good set from disk when agent and HAProxy died and only HAProxy is back", async () => {
    await allNoted();
    await front.kill("agent");
    await front.kill("haproxy");
    await restartHaproxy();
    expect(await front.healthy()).toBe(true);
    await allServed();
    await front.startAgent();
  });

  it("leaves a half-written certificate out at the start, and fetches it again", async () => {
    await allNoted();
    await front.kill("agent");
    await front.kill("haproxy");
    const file = pemOf("two.example");
    truncateSync(file, Math.floor(readFileSync(file).length / 2));
    await restartHaproxy();
    expect(await servedSerial("one.example")).toBe(good.get("one.example")?.summary.serial);
    await expect(servedSerial("two.example")).rejects.toThrow(/unrecognized.name/i);
    await front.startAgent();
    await allServed();
  });

  it("keeps the newer certificate when the agent dies between writing it and noting it", async () => {
    await front.kill("agent");
    await front.kill("haproxy");
    const next = fronts.ca.issue(["two.example"]);
    writeFileSync(pemOf("two.example"), next.chain + next.key, { mode: 0o600 });
    await restartHaproxy();
    expect(await servedSerial("two.example")).toBe(next.summary.serial);
    await front.startAgent();
    await store("two.example");
    await allServed();
  });

  it("sees in its self-check that another certificate is served, and puts the right one back", async () => {
    await front.kill("agent");
    const haproxy = new Haproxy(front.settings.socket);
    const tenants = new TenantSet(
      front.settings,
      new TenantFiles(front.settings),
      haproxy,
      new UpstreamServers(haproxy, reachOf(front.settings)),
      new TestDataKeys().opener(),
      systemClock,
    );
    await tenants.readDisk();
    const selfCheck = new SelfCheck(tenants);
    expect(await selfCheck.run()).toEqual([]);

    const other = fronts.ca.issue(["one.example"]);
    await haproxy.putCertificate(pemOf("one.example"), other.chain + other.key, true);
    expect(await selfCheck.run()).toEqual(["one.example"]);
    expect(selfCheck.latest).toMatchObject({
      checked: good.size,
      mismatches: [{ domain: "one.example", problem: expect.stringContaining("instead of the stored one") }],
    });

    expect(await tenants.adopt()).toEqual(new Map());
    expect(await selfCheck.run()).toEqual([]);
    haproxy.close();
    await front.startAgent();
    await allServed();
  });

  it("serves on while the table cannot be reached, also after a restart of both, and catches up", async () => {
    await fronts.table.shut();
    await front.kill("agent");
    await front.kill("haproxy");
    await restartHaproxy();
    await front.startAgent();
    await store("one.example");
    const newOne = good.get("one.example");
    good.delete("one.example");
    await allServed();
    expect(await front.healthy()).toBe(true);
    expect(await servedSerial("one.example")).not.toBe(newOne?.summary.serial);
    await fronts.table.open();
    if (newOne) good.set("one.example", newOne);
    await allServed();
  });

  it("deletes nothing because a table is empty", async () => {
    const empty = await startDynamoDb();
    await empty.createTable(TABLE, TABLE_SCHEMA);
    fronts.table.lead(empty.endpoint);
    await front.kill("agent");
    await front.startAgent();
    await until("the agent has read the empty table", () => /"message":"ready"/.test(front.agent?.output() ?? ""));
    await allServed();
    fronts.table.lead(fronts.database.endpoint);
    await store("one.example");
    await allServed();
    await empty.stop();
  });

  it("ends with every tenant served, wherever in a storm of changes HAProxy or the agent is killed", async () => {
    for (let round = 0; round < 6; round++) {
      const part = round % 2 === 0 ? "agent" : "haproxy";
      await Promise.all(Array.from({ length: 8 }, (_, index) => store(`storm-${index}.example`)));
      // Each round a little later into the work.
      await new Promise((resolve) => setTimeout(resolve, 40 * round));
      await front.kill(part);
      await (part === "agent" ? front.startAgent() : restartHaproxy());
    }
    await allServed();
  });
});
