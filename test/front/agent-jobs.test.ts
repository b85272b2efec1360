import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import * as path from "node:path";
import { HOUR, MINUTE, SECOND } from "../../core/base/clock";
import { serverNameOf } from "../../front/agent/upstreams";
import { AGENT_VERSION } from "../../front/agent/version";
import type { FrontPaths } from "../../front/settings";
import { freePorts } from "../../local/process/parts/free-port";
import { TestCa, type TestCertificate } from "../../testing/certificates";
import { FakeAgent } from "../../testing/fake-agent";
import type { FakeFront } from "../../testing/fake-front";

const UPSTREAM = "http://10.0.0.1:80";
const members = new TestCa("members");
const asking = { mode: "required", ca: members.root } as const;

/** What the agent does again and again. Its jobs are run here one by one. */
describe("the agent", () => {
  let agent: FakeAgent;
  let front: FakeFront;
  let paths: FrontPaths;
  beforeEach(async () => {
    const [healthPort = 0] = await freePorts(1);
    agent = await FakeAgent.start({ healthPort, roleId: "AROAFRONT", defaultUpstream: UPSTREAM });
    ({ front } = agent);
    ({ paths } = front);
  });
  afterEach(() => agent.stop());

  const gate = () => front.haproxy.maps.get(paths.readyMap)?.get("ready");
  const read = (file: string) => (existsSync(file) ? readFileSync(file, "utf8") : "");

  it("says when it starts what it found on its disk", async () => {
    await front.apply(front.issued("a.example"));
    await agent.run();
    expect(agent.told("agent started")).toMatchObject([
      { tenants: 0, version: AGENT_VERSION },
      { tenants: 1, version: AGENT_VERSION },
    ]);
  });

  it("does each job as often as it is due, the quick ones in step with its looks at the table", () => {
    expect(Object.fromEntries(agent.intervals)).toEqual({
      sync: 2 * SECOND,
      "ticket keys": 10 * SECOND,
      "own ticket keys": 2 * SECOND,
      "key ring": MINUTE,
      "expired client certificates": 2 * SECOND,
      heartbeat: 10 * SECOND,
      "start-up files": 10 * SECOND,
      sweep: 10 * MINUTE,
      upstreams: 30 * SECOND,
      "self-check": MINUTE,
      "installed software": MINUTE,
      logs: 5 * SECOND,
    });
  });

  describe("that looks at the table", () => {
    it("lets traffic in once all is loaded, when HAProxy's next start would serve it too", async () => {
      await agent.put(front.issued("a.example"));
      front.haproxy.instead = (command) => {
        if (command.startsWith(`set map ${paths.readyMap}`)) expect(read(paths.crtList)).toContain("a.example");
        return undefined;
      };
      await agent.jobs("sync");
      expect([gate(), read(paths.readyMap), read(paths.upstreams)]).toEqual([
        "1",
        "ready 1\n",
        JSON.stringify([{ url: UPSTREAM, address: "10.0.0.1" }]),
      ]);
      expect(agent.told("ready")).toMatchObject([{ certificates: 1, keyCalls: 0 }]);
    });

    it("takes itself out of traffic where its disk fails, and says so in HAProxy, whatever the disk does", async () => {
      await agent.put(front.issued("a.example"));
      await agent.jobs("sync");
      const [certificate = ""] = readdirSync(paths.certificates);
      rmSync(path.join(paths.certificates, certificate));
      symlinkSync("/proc/self/mem", path.join(paths.certificates, certificate)); // EIO
      rmSync(paths.readyMap);
      mkdirSync(paths.readyMap);
      await agent.put(front.item("a.example"));
      await agent.jobs("sync");
      expect([gate(), agent.told("not ready"), agent.told("readiness not written")]).toMatchObject([
        "0",
        [{ level: "WARN", unserved: 1 }],
        [{ level: "WARN", error: expect.stringContaining("EISDIR") }],
      ]);
    });

    it("tells of changes and failures at once, and else as often as it always does", async () => {
      await agent.put(front.issued("a.example"));
      await agent.jobs("sync");
      const [beat] = await agent.beats();
      expect(beat).toMatchObject({
        ...{ front: "front-0", role: "AROAFRONT", certificates: 1, agentVersion: AGENT_VERSION, opensKeys: true },
        ...{ thumbprint: front.settings.thumbprint, haproxyVersion: "2.6.12", ready: true },
      });
      front.clock.advance(SECOND);
      await agent.jobs("sync");
      expect((await agent.beats())[0]?.at).toBe(beat?.at);
      await agent.jobs("heartbeat");
      expect((await agent.beats())[0]?.at).toBe(front.clock.now());
    });

    it("asks for the ring of data keys before its first load, and hands it on afterwards", async () => {
      const asked: string[] = [];
      agent.store.keyRing = async () => void asked.push("ring");
      await agent.jobs("key ring");
      expect(asked).toEqual([]);
      await agent.jobs("sync");
      expect(asked).toEqual(["ring"]);
      front.clock.advance(HOUR);
      await agent.jobs("sync");
      expect(asked).toEqual(["ring"]);
      await agent.jobs("key ring");
      expect(asked).toEqual(["ring", "ring"]);
    });
  });

  describe("with guests who came with a client certificate", () => {
    const guest = (who: TestCertificate) => `10.0.0.1|1|0|261129123000Z|${who.summary.serial}|AB|a.example`;
    beforeEach(() => {
      front.haproxy.tables.set("guests", [guest(members.issueClient("alice"))]);
      front.haproxy.sessions.set("0xa1", { source: "10.0.0.1:1", frontend: "https" });
      front.clock.advance(365 * 24 * HOUR);
    });

    it("ends what is under way for those whose certificate has expired, and says so", async () => {
      await agent.put(front.issued("a.example", { clientCertificates: asking }));
      await agent.jobs("sync", "expired client certificates", "expired client certificates");
      expect([
        front.haproxy.sessions.size,
        agent.told("ended for client certificates that have expired"),
      ]).toMatchObject([0, [{ ended: 1 }]]);
    });

    it("asks HAProxy for none where no tenant asks for certificates", async () => {
      await agent.put(front.issued("a.example"));
      await agent.jobs("sync", "expired client certificates");
      expect(front.haproxy.sessions.size).toBe(1);
    });
  });

  it("writes what HAProxy starts with when something has changed, once it has loaded everything", async () => {
    await front.apply(front.issued("a.example"));
    await agent.run();
    await agent.jobs("start-up files");
    expect(read(paths.crtList)).not.toContain("a.example");
    await agent.jobs("sync");
    await agent.put(front.issued("b.example"));
    await agent.jobs("sync", "start-up files");
    expect(read(paths.crtList)).toContain("b.example");
    rmSync(paths.crtList);
    await agent.jobs("start-up files");
    expect(existsSync(paths.crtList)).toBe(false);
  });

  it("sweeps files and servers that nobody needs, when HAProxy's start names none of them", async () => {
    const upstream = "http://10.0.0.2:80";
    await agent.jobs("sweep");
    await agent.put(front.issued("a.example", { upstream, aliases: ["old.example"] }));
    await agent.jobs("sync");
    await agent.put(front.issued("a.example"));
    await agent.jobs("sync", "sweep");
    expect(readdirSync(paths.certificates)).toHaveLength(2);
    await agent.jobs("start-up files", "sweep", "start-up files", "sweep");
    expect(readdirSync(paths.certificates)).toHaveLength(1);
    const servers = [...front.haproxy.backends.values()].flatMap((one) => [...one.keys()]);
    expect([servers.includes(serverNameOf(upstream)), servers.includes(serverNameOf(UPSTREAM))]).toEqual([false, true]);
    // The system's CAs are loaded by it.
    expect(servers).toContain("cas");
  });

  it("follows upstreams once all is loaded", async () => {
    await front.apply(front.issued("a.example", { upstream: "http://10.0.0.2:80" }));
    await agent.run();
    await agent.jobs("upstreams");
    await agent.jobs("sync");
    const name = serverNameOf("http://10.0.0.2:80");
    const backend = front.haproxy.backends.get(name.slice(0, name.indexOf("-")));
    expect(backend?.has(name)).toBe(true);
    await agent.jobs("upstreams");
  });

  it("compares what is served with what it holds, and has HAProxy put right where that differs", async () => {
    const item = front.issued("a.example");
    await agent.jobs("self-check");
    await agent.put(item);
    await agent.jobs("sync", "self-check");
    expect(agent.told("served certificates differ")).toEqual([]);
    const other = front.issue(["a.example"]);
    const { file = "" } = front.haproxy.lineOf("a.example") ?? {};
    front.haproxy.files.cert.set(file, `${other.chain}${other.key}`);
    await agent.jobs("self-check", "heartbeat");
    expect(agent.told("served certificates differ")).toMatchObject([{ level: "WARN", tenants: ["a.example"] }]);
    expect((await agent.beats())[0]?.selfCheck).toMatchObject({ checked: 1, mismatches: [{ domain: "a.example" }] });
    await agent.jobs("sync");
    expect(front.served("a.example")).toBe(item.certificate.summary.serial);
  });

  it("says once what runs and is not what is installed, in its log and its heartbeat", async () => {
    front.haproxy.startedAt = 1;
    await agent.jobs("sync", "installed software", "installed software", "heartbeat");
    const { outdated = [] } = (await agent.beats())[0] ?? {};
    expect(agent.told("installed is newer than what runs")).toEqual(
      outdated.length > 0 ? [expect.objectContaining({ level: "WARN", of: outdated })] : [],
    );
  });

  it("takes its heartbeat away when it stops, and leaves what HAProxy starts with as it is now", async () => {
    await agent.put(front.issued("a.example"));
    await agent.jobs("sync");
    await agent.put(front.issued("b.example"));
    await agent.jobs("sync");
    expect([(await agent.beats()).length, read(paths.crtList).includes("b.example")]).toEqual([1, false]);
    await agent.end();
    expect([(await agent.beats()).length, read(paths.crtList).includes("b.example")]).toEqual([0, true]);
    expect(agent.ended).toEqual(["schedule"]);
  });

  it("leaves what HAProxy starts with where it had not loaded everything, and stops without the table, too", async () => {
    const before = read(paths.crtList);
    await front.apply(front.issued("a.example"));
    await agent.run();
    agent.store.removeHeartbeat = () => Promise.reject(new Error("no table"));
    await agent.end();
    expect([read(paths.crtList), agent.told("farewell failed")]).toMatchObject([
      before,
      [{ error: "Error: no table" }],
    ]);
  });
});
