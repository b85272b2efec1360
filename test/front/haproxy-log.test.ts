import * as dgram from "node:dgram";
import { once } from "node:events";
import { FrontLog } from "../../front/agent/front-log";
import { HaproxyLog } from "../../front/agent/haproxy-log";
import { until } from "../../testing/until";

describe("HAProxy's log on its way to the front's", () => {
  let clock: Iterator<number>;
  let lines: Record<string, unknown>[];
  let haproxyLog: HaproxyLog;
  let sender: dgram.Socket;
  let port: number;
  beforeEach(async () => {
    lines = [];
    const log = new FrontLog({ logGroup: "", front: "f", region: "" }, (line) => lines.push(JSON.parse(line)));
    haproxyLog = new HaproxyLog(log, () => Number(clock.next().value));
    port = await haproxyLog.listen(0);
    sender = dgram.createSocket("udp4");
  });
  afterEach(async () => {
    sender.close();
    await haproxyLog.close();
  });

  /** One line at each of these times. Datagrams on the loopback interface keep their order. */
  const send = async (times: readonly number[], expected: number): Promise<void> => {
    clock = times[Symbol.iterator]();
    for (const _ of times) sender.send("  <3>line\n", port, "127.0.0.1");
    await until(`${expected} lines`, () => lines.length === expected);
  };
  const times = (count: number, at: number): number[] => new Array<number>(count).fill(at);

  it("is taken line by line, without blank ends", async () => {
    await send([5_000], 1);
    expect(lines).toEqual([{ level: "INFO", message: "haproxy", line: "<3>line", front: "f" }]);
  });

  it("has twenty lines in each second, and a word of those that were left out", async () => {
    await send([...times(20, 5_000), ...times(20, 6_000), ...times(3, 6_999), 7_000], 42);
    expect(lines.filter(({ message }) => message !== "haproxy")).toEqual([
      { level: "WARN", message: "haproxy log lines left out", lines: 3, front: "f" },
    ]);
    await send([8_000], 43);
  });

  it("listens on this machine's own address only, and says where it cannot", async () => {
    const outside = dgram.createSocket("udp4");
    outside.bind(port, "127.0.0.2");
    await once(outside, "listening");
    outside.close();
    const second = new HaproxyLog(new FrontLog({ logGroup: "", front: "f", region: "" }, () => undefined));
    await expect(second.listen(port)).rejects.toThrow("EADDRINUSE");
    await second.close();
  });
});
