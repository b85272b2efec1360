import * as dgram from "node:dgram";
import { FrontLog } from "../../front/agent/front-log";
import { HaproxyLog } from "../../front/agent/haproxy-log";
import { type FakeCloudWatchLogs, fakeCloudWatchLogs } from "../../testing/fake-cloudwatch-logs";
import { until } from "../../testing/until";
import { waitsOf } from "../../testing/waits";

const place = { logGroup: "", front: "front-0", region: "" };

function recorder(): { log: FrontLog; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  return { log: new FrontLog(place, (line) => lines.push(JSON.parse(line))), lines };
}

describe("a front's log", () => {
  it("says of an error its name and message, and nothing that hangs on it", () => {
    const { log, lines } = recorder();
    log.warn("failed", { error: Object.assign(new Error("no"), { key: "-----BEGIN PRIVATE KEY-----" }) });
    expect(lines).toEqual([{ level: "WARN", message: "failed", error: "Error: no", front: "front-0" }]);
  });

  it("says of what is no error what it is, of fields all, and of nothing else", () => {
    const { log, lines } = recorder();
    log.warn("odd", { error: "no", tenant: "a.example" });
    log.warn("plain");
    log.info("counted", { count: 3 });
    expect(lines).toEqual([
      { level: "WARN", message: "odd", tenant: "a.example", error: "no", front: "front-0" },
      { level: "WARN", message: "plain", front: "front-0" },
      { level: "INFO", message: "counted", count: 3, front: "front-0" },
    ]);
  });

  it("goes nowhere but to standard output where it has no log group", async () => {
    const { log, lines } = recorder();
    log.info("one");
    await log.flush();
    expect(lines).toHaveLength(1);
  });

  it("takes HAProxy's lines on, at most twenty a second, and counts the others", async () => {
    const { log, lines } = recorder();
    let now = 5_000;
    const haproxyLog = new HaproxyLog(log, () => now);
    const sender = dgram.createSocket("udp4");
    const port = await haproxyLog.listen(0);
    const send = (line: string): Promise<void> =>
      new Promise((resolve) => sender.send(`${line}\n`, port, "127.0.0.1", () => resolve()));
    for (let index = 0; index < 25; index++) await send(`line ${index}`);
    await until("twenty lines", () => lines.length === 20);
    now += 1_000;
    // Datagrams on the loopback interface keep their order.
    await send("later");
    await until("the next second's line", () => lines.length === 22);
    expect(lines.slice(-2)).toMatchObject([{ lines: 5 }, { message: "haproxy", line: "later" }]);
    sender.close();
    await haproxyLog.close();
  });
});

describe("a front's log in CloudWatch", () => {
  let logs: FakeCloudWatchLogs;
  let now: number;
  let printed: string[];
  const environment = { ...process.env };

  beforeEach(async () => {
    logs = await fakeCloudWatchLogs();
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: logs.endpoint,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    });
    now = Date.parse("2026-11-01T00:00:00Z");
    printed = [];
  });
  afterEach(() => {
    process.env = { ...environment };
    return logs.close();
  });

  const newLog = () =>
    new FrontLog(
      { logGroup: "fronts", front: "front-0", region: "eu-west-1" },
      (line) => printed.push(line),
      () => now,
    );
  const arrived = () => logs.batches.flat().map(({ message }) => JSON.parse(message).message);
  const notSent = () => printed.filter((line) => line.includes("log lines not sent")).length;

  it("has a stream for each front, and every line once, in order", async () => {
    const log = newLog();
    log.info("one");
    await log.flush();
    log.info("two");
    log.info("three");
    await log.flush();
    expect([...logs.streams]).toEqual(["fronts/front-0"]);
    expect(arrived()).toEqual(["one", "two", "three"]);
  });

  it("makes its stream again where its group was made anew, and loses no line by that", async () => {
    const log = newLog();
    log.info("one");
    await log.flush();
    logs.streams.clear();
    log.info("two");
    await log.flush();
    expect(JSON.parse(printed.at(-1) ?? "")).toEqual({
      level: "WARN",
      message: "log lines not sent",
      error: expect.stringMatching(/PutLogEvents: ResourceNotFoundException/),
    });
    await log.flush();
    expect(arrived()).toEqual(["one", "two"]);
  });

  it("sends nothing where nothing was written", async () => {
    await newLog().flush();
    expect(logs.batches).toEqual([]);
  });

  it("sends five hundred lines at a time, and no more than a day of them", async () => {
    const log = newLog();
    for (let line = 0; line < 501; line++) log.info("quick");
    now += 23 * 3_600_000;
    log.info("at the end of the span");
    now += 1;
    log.info("behind it");
    await log.flush();
    expect(logs.batches.map((batch) => batch.length)).toEqual([500, 2, 1]);
  });

  it("goes on in the stream that is there after a restart of the agent", async () => {
    for (const message of ["before", "after"]) {
      const log = newLog();
      log.info(message);
      await log.flush();
    }
    expect(arrived()).toEqual(["before", "after"]);
  });

  it("keeps its lines while CloudWatch cannot be reached, for two days and under a storm of long ones", async () => {
    const log = newLog();
    logs.down = true;
    log.info("first");
    await log.flush();
    expect(notSent()).toBe(1);
    for (let hour = 0; hour < 48; hour++) {
      now += 3_600_000;
      log.info(`hour ${hour}`);
    }
    for (let line = 0; line < 40; line++) log.info("x".repeat(60_000));
    log.info("y".repeat(2_000_000));
    log.info("last");
    logs.down = false;
    await log.flush();
    expect(notSent()).toBe(1);
    const messages = logs.batches.flat().map(({ message }) => message);
    expect(messages).toHaveLength(1 + 48 + 40 + 1 + 1);
    expect(Math.max(...messages.map((message) => message.length))).toBe(100_000);
    expect([messages[0], messages.at(-1)]).toEqual([
      expect.stringContaining('"first"'),
      expect.stringContaining('"last"'),
    ]);
  });

  it("asks CloudWatch twice, for five seconds each, and goes on", async () => {
    logs.down = true;
    const log = newLog();
    log.info("one");
    const waits = await waitsOf(() => log.flush());
    expect(waits.filter((ms) => ms === 5_000)).toHaveLength(2);
  });

  it("loses the oldest lines only, when there are more than it keeps", async () => {
    const log = newLog();
    for (let line = 0; line < 2_500; line++) log.info(`line ${line}`);
    await log.flush();
    expect(arrived()).toEqual(Array.from({ length: 2_000 }, (_, index) => `line ${index + 500}`));
  });
});
