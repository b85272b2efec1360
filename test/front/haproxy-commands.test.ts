import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { Haproxy, HaproxyRefusedError } from "../../front/agent/haproxy";
import { frontPaths } from "../../front/settings";
import { FakeHaproxyProcess } from "../../testing/fake-haproxy-process";
import { frontSettings } from "../../testing/front-settings";
import { ANSWERS_KEY, ANSWERS_PEM, haproxyAnswers } from "../../testing/haproxy-answers";

const home = mkdtempSync(path.join(tmpdir(), "certfront-commands-"));
const at = (name: string) => path.join(home, "data", name);
let fake: FakeHaproxyProcess;
let haproxy: Haproxy;

beforeEach(async () => {
  const settings = frontSettings(home);
  const paths = frontPaths(settings);
  mkdirSync(settings.directory, { recursive: true });
  writeFileSync(at("default.pem"), ANSWERS_PEM);
  writeFileSync(paths.crtList, `${at("default.pem")} !*\n`);
  fake = await FakeHaproxyProcess.start(settings);
  const { maps, ticketKeys, backends } = fake.haproxy;
  maps.set(at("some.map"), new Map([["there", "1"]]));
  ticketKeys.set(at("tickets"), [ANSWERS_KEY, ANSWERS_KEY, ANSWERS_KEY]);
  backends.set("b", new Map([["s", { address: "127.0.0.1", args: "", inMaintenance: false, busy: false }]]));
  haproxy = new Haproxy(settings.socket);
});
afterEach(async () => {
  haproxy.close();
  await fake.stop();
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe("what HAProxy answers: the fake", () => haproxyAnswers(() => ({ haproxy, at })));

describe("what the agent tells HAProxy", () => {
  it("puts a certificate in the place of one in a single change", async () => {
    await haproxy.putCertificate(at("default.pem"), ANSWERS_PEM, true);
    expect(fake.haproxy.commands).toEqual([
      `set ssl cert ${at("default.pem")}`,
      `commit ssl cert ${at("default.pem")}`,
      `abort ssl cert ${at("default.pem")}`,
    ]);
  });

  it("makes a certificate's place first where there is none", async () => {
    await haproxy.putCertificate(at("a.pem"), ANSWERS_PEM, false);
    expect(fake.haproxy.commands[0]).toBe(`new ssl cert ${at("a.pem")}`);
    expect(fake.haproxy.files.cert.get(at("a.pem"))).toBe(ANSWERS_PEM.trim());
  });

  it("drops what it could not commit, so that it stands in nobody's way", async () => {
    fake.haproxy.instead = (command) =>
      command.startsWith("commit") ? "[3]: inconsistencies between key and certificate" : undefined;
    await expect(haproxy.putCertificate(at("default.pem"), ANSWERS_PEM, true)).rejects.toThrow(
      `HAProxy refused "set ssl cert ${at("default.pem")}": [3]: inconsistencies between key and certificate`,
    );
    expect(fake.haproxy.open.size).toBe(0);
  });

  it("fails no other certificate for one that could not be committed", async () => {
    fake.haproxy.instead = (command) =>
      command === `commit ssl cert ${at("a.pem")}` ? "[3]: no more memory" : undefined;
    const [bad, good] = await Promise.allSettled([
      haproxy.putCertificate(at("a.pem"), ANSWERS_PEM, false),
      haproxy.putCertificate(at("b.pem"), ANSWERS_PEM, false),
    ]);
    expect([bad.status, good.status]).toEqual(["rejected", "fulfilled"]);
  });

  it("takes no answer for success that does not say so", async () => {
    fake.haproxy.instead = (command) => (command.startsWith("commit") ? "Committing x\nFailed!" : undefined);
    await expect(haproxy.putCertificate(at("default.pem"), ANSWERS_PEM, true)).rejects.toThrow("Committing x Failed!");
  });

  it("drops what an agent left open that was killed in between, of every kind", async () => {
    const { open } = fake.haproxy;
    open.set("cert", { file: at("a.pem"), pem: "" });
    open.set("ca-file", { file: at("b.pem"), pem: "" });
    open.set("crl-file", { file: at("c.pem"), pem: "" });
    await haproxy.abortLeftOpen();
    expect([...open]).toEqual([]);
  });

  it("searches for an entry only where there may be one", async () => {
    await haproxy.setMap(at("some.map"), "new", "1", false);
    await haproxy.setMap(at("some.map"), "there", "2");
    await haproxy.setMap(at("some.map"), "other", "3");
    const map = at("some.map");
    expect(fake.haproxy.commands).toEqual([
      `add map ${map} new 1`,
      `set map ${map} there 2`,
      `set map ${map} other 3`,
      `add map ${map} other 3`,
    ]);
  });

  it("says what stood in the way of an entry that is still there", async () => {
    fake.haproxy.instead = (command) => (command.startsWith("del map") ? "[3]: not now" : undefined);
    await haproxy.deleteMap(at("some.map"), "other");
    await expect(haproxy.deleteMap(at("some.map"), "there")).rejects.toThrow(
      `HAProxy refused "del map ${at("some.map")} there": [3]: not now`,
    );
  });

  it("lets a new server take requests once it is checked", async () => {
    await haproxy.addServer("b", "n", "127.0.0.1:2 weight 0 check");
    expect(fake.haproxy.commands).toEqual([
      "add server b/n 127.0.0.1:2 weight 0 check",
      "enable health b/n",
      "enable server b/n",
    ]);
  });

  it.each(["127.0.0.1:2;shutdown", "127.0.0.1:2\nquit", "127.0.0.1:2 <<", "127.0.0.1\rquit"])(
    "makes no server of %j",
    async (args) => {
      await expect(haproxy.addServer("b", "n", args)).rejects.toThrow("not fit for a run-time command");
      expect(fake.haproxy.commands).toEqual([]);
    },
  );

  it("says that a server is not gone while connections to it last, and that no new request reaches it", async () => {
    const server = fake.haproxy.backends.get("b")?.get("s");
    if (!server) throw new Error("no server");
    server.busy = true;
    expect([await haproxy.removeServer("b", "s"), server.inMaintenance]).toEqual([false, true]);
    server.busy = false;
    expect(await haproxy.removeServer("b", "s")).toBe(true);
  });

  it("names of a command that was refused its beginning, and of a long answer the end", () => {
    const { message, answer, code } = new HaproxyRefusedError("set ssl cert /a", "[3]: one\ntwo\nthree");
    expect([message, answer, code]).toEqual([
      'HAProxy refused "set ssl cert /a": two three',
      "[3]: one\ntwo\nthree",
      "HAPROXY_REFUSED",
    ]);
  });
});

describe("what HAProxy shows", () => {
  it("is its version, when it started, and which process it is", async () => {
    expect(await haproxy.info()).toEqual({ version: "2.6.12", startedAt: 1_700_000_000_000, process: "1@1700000000" });
  });

  it("is another process for each connection where it does not say when it started", async () => {
    fake.haproxy.instead = (command) => (command === "show info" ? "Name: HAProxy\nVersion: 2.6\nPid: 7" : undefined);
    expect(await haproxy.info()).toEqual({ version: "2.6", startedAt: undefined, process: "7@1" });
    fake.cut();
    await haproxy.info().catch(() => undefined);
    expect((await haproxy.info()).process).toBe("7@2");
  });

  it("is what is under way at a frontend, by whom it is of", async () => {
    const { sessions } = fake.haproxy;
    sessions.set("0xa1", { source: "10.0.0.1:5000", frontend: "https" });
    sessions.set("0xa2", { source: "10.0.0.1:5000", frontend: "https" });
    sessions.set("0xa3", { source: "10.0.0.2:5000", frontend: "GLOBAL" });
    expect(await haproxy.sessions("https")).toEqual(new Map([["10.0.0.1:5000", ["0xa1", "0xa2"]]]));
    await haproxy.shutdownSession("0xa1");
    await haproxy.shutdownSession("0xa1");
    expect([...sessions.keys()]).toEqual(["0xa2", "0xa3"]);
  });

  it("is the keys of a table, or those that a filter lets through", async () => {
    const [early, late] = ["10.0.0.1|1|2|261129123000Z|s|i|a.example", "10.0.0.2|1|2|271129123000Z|s|i|b.example"];
    fake.haproxy.instead = (command) =>
      command === "show table guests"
        ? `# table: guests\n0x7f: key=${early} use=1\n0x80: key=${late} use=1`
        : command === "show table guests data.gpt0 le 2611291230"
          ? `# table: guests\n0x7f: key=${early} use=1`
          : "[3]: another question";
    expect(await haproxy.tableKeys("guests")).toEqual([early, late]);
    expect(await haproxy.tableKeys("guests", "data.gpt0 le 2611291230")).toEqual([early]);
    await expect(haproxy.tableKeys("guests", "data.gpt0 le 1;quit")).rejects.toThrow(RangeError);
  });
});
