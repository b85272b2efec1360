import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { HttpHost } from "../../wire/http";

describe("connections to one host", () => {
  let server: http.Server;
  let host: HttpHost;
  let opened: number;
  /** Answers wait for it. */
  let together: Promise<void>;
  let came: number;
  let onRequest: () => void;
  beforeEach(async () => {
    [opened, came] = [0, 0];
    [together, onRequest] = [Promise.resolve(), () => undefined];
    server = http.createServer({ keepAliveTimeout: 0 }, async (_request, response) => {
      came++;
      onRequest();
      await together;
      response.end("yes");
    });
    server.on("connection", () => opened++);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const origin = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    host = new HttpHost(origin, { timeoutMs: 10_000, mostBytes: 100 });
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    host.close();
    await new Promise((resolve) => server.close(resolve));
  });
  const ask = () => host.exchange({ method: "GET", path: "/" });

  it("are 64, and more requests wait", async () => {
    let goOn = (): void => {};
    together = new Promise((resolve) => (goOn = resolve));
    onRequest = () => came === 64 && goOn();
    const answers = await Promise.all(Array.from({ length: 100 }, ask));
    expect([new Set(answers.map(({ status }) => status)), opened]).toEqual([new Set([200]), 64]);
  });

  it.each([
    [10_000, 1],
    [10_001, 2],
  ])(
    "that lay idle for %i ms: %i was needed. After ten seconds one may be dead without a sign",
    async (idle, needed) => {
      const now = jest.spyOn(Date, "now").mockReturnValue(1_000_000);
      await ask();
      now.mockReturnValue(1_000_000 + idle);
      await ask();
      expect(opened).toBe(needed);
    },
  );
});
