import * as http from "node:http";
import * as net from "node:net";
import { Listener, TargetGroup } from "../../local/fronts/load-balancer";
import { until } from "../../testing/until";

const HEALTH = {
  path: "/healthz",
  intervalMs: 20,
  timeoutMs: 500,
  healthyThreshold: 1,
  unhealthyThreshold: 2,
  matches: (status: number) => status === 200,
};

interface Backend {
  readonly port: number;
  healthy: boolean;
  close(): Promise<void>;
}

/** Answers every request with its name; healthy or not as told. */
async function backend(name: string): Promise<Backend> {
  const state = { healthy: true };
  const server = http.createServer((request, response) => {
    response.statusCode = request.url === "/healthz" && !state.healthy ? 503 : 200;
    response.end(name);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(state, {
    port: (server.address() as net.AddressInfo).port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

async function ask(port: number, host = "127.0.0.1"): Promise<string> {
  return (await fetch(`http://${host}:${port}/`, { headers: { connection: "close" } })).text();
}

describe("The local load balancer", () => {
  const group = new TargetGroup({ name: "http", health: HEALTH });
  const listener = new Listener();
  let port = 0;
  let first: Backend;
  let second: Backend;

  beforeAll(async () => {
    [first, second] = await Promise.all([backend("first"), backend("second")]);
    listener.forwardTo(group);
    port = await listener.listen(["127.0.0.1", "127.0.0.2"], 0);
  });

  afterAll(async () => {
    group.stop();
    await Promise.all([listener.close(), first.close(), second.close()]);
  });

  it("resets connections while it has no target", async () => {
    await expect(ask(port)).rejects.toThrow();
  });

  it("spreads connections over healthy targets, at every address", async () => {
    await Promise.all([
      group.register({ name: "first", port: first.port, healthPort: first.port }),
      group.register({ name: "second", port: second.port, healthPort: second.port }),
    ]);
    const answers = new Set([
      await ask(port),
      await ask(port),
      await ask(port, "127.0.0.2"),
      await ask(port, "127.0.0.2"),
    ]);
    expect([...answers].sort()).toEqual(["first", "second"]);
  });

  it("leaves an unhealthy target out, and takes it back when it is well", async () => {
    first.healthy = false;
    await until("one target is unhealthy", () => group.counts().unhealthy === 1);
    expect(new Set([await ask(port), await ask(port), await ask(port)])).toEqual(new Set(["second"]));
    first.healthy = true;
    await until("both are healthy", () => group.counts().healthy === 2);
    expect(new Set([await ask(port), await ask(port)]).size).toBe(2);
  });

  it("goes to any target when none is healthy, as a Network Load Balancer does", async () => {
    first.healthy = false;
    second.healthy = false;
    await until("both are unhealthy", () => group.counts().unhealthy === 2);
    expect(["first", "second"]).toContain(await ask(port));
    first.healthy = true;
    second.healthy = true;
    await until("both are healthy", () => group.counts().healthy === 2);
  });

  it("passes a half-closed connection on: the answer comes after the client has said all", async () => {
    const echo = net.createServer({ allowHalfOpen: true }, (socket) => {
      let said = "";
      socket.on("data", (data) => {
        said += data;
      });
      socket.on("end", () => socket.end(`heard ${said}`));
    });
    await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
    const own = new TargetGroup({ name: "tcp", health: HEALTH });
    const tcp = new Listener();
    tcp.forwardTo(own);
    await own.register({ name: "echo", port: (echo.address() as net.AddressInfo).port, healthPort: first.port });
    const tcpPort = await tcp.listen(["127.0.0.1"], 0);
    const answer = await new Promise<string>((resolve, reject) => {
      let heard = "";
      const client = net.connect({ port: tcpPort, host: "127.0.0.1", allowHalfOpen: true }, () =>
        client.end("all of it"),
      );
      client.on("data", (data) => {
        heard += data;
      });
      client.on("end", () => resolve(heard));
      client.on("error", reject);
    });
    own.stop();
    await tcp.close();
    await new Promise((resolve) => echo.close(resolve));
    expect(answer).toBe("heard all of it");
  });
});
