import * as net from "node:net";
import { CHALLENGE_PATH } from "../../core/ca/challenge";
import { startTestStack, type TestStack } from "../../testing/local-stack";
import { until } from "../../testing/until";
import { exchange } from "../../wire/http";

/** Of RFC 8555's form, and nobody's. */
const TOKEN = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJyRE2JHjJ1vg";
const STRANGERS = ["127.0.0.7", "127.0.0.8", "127.0.0.9"];
/** Of each stranger, at each front. */
const SLOW_REQUESTS = 50;

describe("New tenants", () => {
  let running: TestStack | undefined;
  const stack = () => {
    if (!running) throw new Error("The stack did not start.");
    return running.stack;
  };
  beforeAll(async () => {
    running = await startTestStack({ tenants: ["first.example"] });
    await until("the first tenant served", () => stack().allServed(), 60_000);
  }, 120_000);
  afterAll(() => running?.stop(), 30_000);

  /** All that the CA was asked for was granted at once, and nothing twice. */
  const expectOrders = (placed: number) =>
    expect({ placed: stack().pebble.orderCount(), failed: stack().pebble.failedCount() }).toEqual({
      placed,
      failed: 0,
    });

  const add = async (...tenants: readonly string[]) => {
    running?.edit(tenants);
    await stack().reconfigure();
    await until(`${tenants.at(-1)} served`, () => stack().allServed(), 60_000);
  };

  it("are taken in while strangers hold slow challenge requests open at every front", async () => {
    const sockets = stack().cloud.fronts.flatMap(({ settings }) =>
      STRANGERS.flatMap((from) => flood(settings.httpPort, from)),
    );
    try {
      await until("every slow request sent", () => sockets.every(({ bytesWritten }) => bytesWritten > 0));
      await add("first.example", "second.example");
    } finally {
      for (const socket of sockets) socket.destroy();
    }
    expect(sockets).toHaveLength(2 * 150);
    expectOrders(2);
  }, 120_000);

  it("need neither agents nor table nor functions while the CA looks: every front answers it by itself", async () => {
    const { cloud, endpoints } = stack();
    const functions = [...cloud.runtime.busyPids(String(endpoints.outputs.issuer))];
    for (const pid of functions) process.kill(pid, "SIGKILL");
    const stopped = [cloud.dynamodb.pid, ...cloud.fronts.map((front) => front.agentPid() ?? 0)];
    for (const pid of stopped) process.kill(pid, "SIGSTOP");
    try {
      const path = `${CHALLENGE_PATH}${TOKEN}`;
      const ask = (port: number) =>
        exchange(
          new URL(`http://127.0.0.1:${port}`),
          { method: "GET", path, headers: { host: "third.example" } },
          { timeoutMs: 5_000, mostBytes: 1_000 },
          { agent: false },
        );
      const answers = await Promise.all(
        cloud.fronts.flatMap(({ settings }) => Array.from({ length: 20 }, () => ask(settings.httpPort))),
      );
      const wanted = `200 ${TOKEN}.${endpoints.outputs.accountThumbprint}`;
      expect(answers.map(({ status, body }) => `${status} ${body}`)).toEqual(answers.map(() => wanted));
    } finally {
      for (const pid of stopped) process.kill(pid, "SIGCONT");
    }
    await add("first.example", "second.example", "third.example");
    expectOrders(3);
  }, 120_000);
});

/** Requests that announce a body and never send it. */
function flood(port: number, localAddress: string): net.Socket[] {
  const slow = `GET ${CHALLENGE_PATH}${TOKEN} HTTP/1.1\r\nHost: x.example\r\nContent-Length: 9\r\n\r\n`;
  return Array.from({ length: SLOW_REQUESTS }, () => {
    const socket = net.connect({ host: "127.0.0.1", port, localAddress });
    socket.on("error", () => undefined);
    socket.write(slow);
    return socket;
  });
}
