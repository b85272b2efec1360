import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { waitsOf } from "../../testing/waits";
import { PlainHttpProbe } from "../../wire/http-probe";

describe("the probe of port 80", () => {
  let server: http.Server;
  let probe: PlainHttpProbe;
  const requests: http.IncomingMessage[] = [];
  beforeAll(async () => {
    server = http.createServer((request, response) => {
      requests.push(request);
      switch (request.url) {
        case "/found":
          response.writeHead(200, { server: "front" }).end("token");
          break;
        case "/moved":
          response.writeHead(301, { location: "http://169.254.169.254/latest/meta-data" }).end("elsewhere");
          break;
        case "/endless":
          setInterval(() => response.write("x".repeat(1_000)), 1).unref();
          break;
        case "/cut":
          response.writeHead(200, { "content-length": "10" }).write("abc");
          setTimeout(() => response.destroy(), 10);
          break;
        case "/hang":
          break;
        default:
          response.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    probe = new PlainHttpProbe((server.address() as AddressInfo).port, 2_000);
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it("asks our address for the tenant's name, whatever DNS says of it", async () => {
    const answer = await probe.get("127.0.0.1", "shop.example", "/found");
    expect(answer).toEqual({ status: "answered", httpStatus: 200, body: "token", server: "front" });
    expect(requests.at(-1)?.headers.host).toBe("shop.example");
  });

  it("waits for five seconds unless it is told otherwise", async () => {
    const usual = new PlainHttpProbe((server.address() as AddressInfo).port);
    expect(await waitsOf(() => usual.get("127.0.0.1", "shop.example", "/found"))).toContain(5_000);
  });

  it("does not follow a redirect", async () => {
    const before = requests.length;
    expect(await probe.get("127.0.0.1", "shop.example", "/moved")).toEqual({
      status: "answered",
      httpStatus: 301,
      body: "elsewhere",
      location: "http://169.254.169.254/latest/meta-data",
    });
    expect(requests.length).toBe(before + 1);
  });

  it("stops reading what does not end", async () => {
    const answer = await probe.get("127.0.0.1", "shop.example", "/endless");
    expect(answer.status === "answered" && answer.body.length).toBe(4_096);
  });

  it.each([
    ["/cut", /aborted/],
    ["/hang", /^no answer within 2 s$/],
  ])("says that %s is unreachable", async (path, detail) => {
    expect(await probe.get("127.0.0.1", "shop.example", path)).toEqual({
      status: "unreachable",
      detail: expect.stringMatching(detail),
    });
  });

  it("says that a closed port is unreachable", async () => {
    const closed = http.createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const answer = await new PlainHttpProbe(port).get("127.0.0.1", "shop.example", "/found");
    expect(answer).toEqual({ status: "unreachable", detail: expect.stringContaining("ECONNREFUSED") });
  });
});
