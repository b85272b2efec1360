import * as dgram from "node:dgram";
import { METRICS } from "../../core/metrics";
import { FrontLog } from "../../front/agent/front-log";
import { HaproxyLog } from "../../front/agent/haproxy-log";
import { until } from "../support/until";

const place = { logGroup: "", front: "front-0", stack: "prod", region: "" };

function recorder(): { log: FrontLog; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  return { log: new FrontLog(place, (line) => lines.push(JSON.parse(line))), lines };
}

describe("a front's log", () => {
  it("carries metrics in CloudWatch's embedded format, by stack", () => {
    const { log, lines } = recorder();
    log.metrics(
      { [METRICS.frontCertificates]: 3, [METRICS.frontRevisionLagSeconds]: 2 },
      { FrontRevisionLagSeconds: "Seconds" },
    );
    expect(lines).toEqual([
      {
        _aws: {
          Timestamp: expect.any(Number),
          CloudWatchMetrics: [
            {
              Namespace: "certfront",
              Dimensions: [["stack"]],
              Metrics: [
                { Name: "FrontCertificates", Unit: "Count" },
                { Name: "FrontRevisionLagSeconds", Unit: "Seconds" },
              ],
            },
          ],
        },
        stack: "prod",
        front: "front-0",
        FrontCertificates: 3,
        FrontRevisionLagSeconds: 2,
      },
    ]);
  });

  it("says of an error its name and message, and nothing that hangs on it", () => {
    const { log, lines } = recorder();
    log.warn("failed", { error: Object.assign(new Error("no"), { key: "-----BEGIN PRIVATE KEY-----" }) });
    expect(lines).toEqual([{ level: "WARN", message: "failed", error: "Error: no", front: "front-0" }]);
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
