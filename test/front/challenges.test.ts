import * as http from "node:http";
import * as https from "node:https";
import * as net from "node:net";
import { CHALLENGE_PATH as PATH } from "../../core/ca/challenge";
import { THUMBPRINT } from "../../testing/challenge-server";
import { type FrontHarness, startFronts, type TestFront } from "../../testing/front-harness";
import { tenant } from "../../testing/records";
import { until } from "../../testing/until";

const TOKEN = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJyRE2JHjJ1vg";

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: http.IncomingHttpHeaders;
}

describe("HTTP-01 challenges at a front", () => {
  let fronts: FrontHarness;
  let front: TestFront;

  beforeAll(async () => {
    fronts = await startFronts({ fronts: 1 });
    const [first] = fronts.fronts;
    if (!first) throw new Error("no front");
    front = first;
    await fronts.up();
    await fronts.add("tenant.example");
  });
  afterAll(() => fronts?.stop());

  const get = (path: string, options: { host?: string; method?: string; tls?: boolean } = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const host = options.host ?? "new.example";
      const { httpPort, httpsPort } = front.settings;
      const request = (options.tls ? https : http).request({
        host: "127.0.0.1",
        port: options.tls ? httpsPort : httpPort,
        path,
        method: options.method ?? "GET",
        headers: { host },
        agent: false,
        ...(options.tls && { servername: host, ca: fronts.ca.root }),
      });
      request.on("response", (response) => {
        let body = "";
        response.on("data", (chunk) => {
          body += chunk;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }));
      });
      request.on("error", reject);
      request.end();
    });

  const known = { status: 200, body: `${TOKEN}.${THUMBPRINT}` };

  it.each([
    { what: "a host that no front knows yet", path: PATH + TOKEN },
    { what: "a tenant", path: PATH + TOKEN, host: "tenant.example" },
    { what: "a host with a port and in capitals", path: PATH + TOKEN, host: "NEW.example:80" },
    { what: "no proper host at all", path: PATH + TOKEN, host: "a_b$c" },
    { what: "a question with a query", path: `${PATH}${TOKEN}?from=ca` },
    { what: "a redirect to https", path: PATH + TOKEN, host: "tenant.example", tls: true },
  ])("are answered for $what", async ({ path, ...options }) => {
    const { headers, ...answer } = await get(path, options);
    expect(answer).toEqual(known);
    expect(headers["content-type"]).toBe("application/octet-stream");
    expect(headers["cache-control"]).toBe("no-store");
  });

  it("are answered to HEAD, without the body", async () => {
    expect(await get(PATH + TOKEN, { method: "HEAD" })).toMatchObject({ status: 200, body: "" });
  });

  it.each([
    { what: "no token", path: PATH },
    { what: "a path out of the folder", path: `${PATH}../../etc/passwd` },
    { what: "a path below a token", path: `${PATH}${TOKEN}/more` },
    { what: "a token with padding", path: `${PATH}${TOKEN}=` },
    { what: "a token with a dot", path: `${PATH}${TOKEN}.x` },
    { what: "a token with an encoded line break", path: `${PATH}a%0d%0ab` },
    { what: "a token with a format of HAProxy's", path: `${PATH}%25%5Bsrc%5D` },
    { what: "a token too long", path: PATH + "a".repeat(257) },
    { what: "a POST", path: PATH + TOKEN, method: "POST" },
    { what: "a PUT at a tenant", path: PATH + TOKEN, method: "PUT", host: "tenant.example" },
  ])("are not found for $what", async ({ path, ...options }) => {
    expect((await get(path, options)).status).toBe(404);
  });

  it("has a waiting domain's page say whom it waits for, and says another without a reload", async () => {
    const waits = async (waitsFor: "owner" | "us", says: string) => {
      const subject = tenant("waiting.example");
      const item = { domain: subject.domain, revision: Date.now(), removed: false, tenant: subject, waitsFor };
      await fronts.store.putFrontItem(item);
      const told = async () => (await get("/", { host: "waiting.example" })).body.includes(says);
      await until(`the page says: ${says}`, told, 30_000);
    };
    await waits("owner", "there is a change for you to make");
    await waits("us", "we have something to mend");
    expect((await get("/", { host: "waiting.example" })).status).toBe(503);
  });

  it("are answered while the agent and the table are gone", async () => {
    await front.kill("agent");
    await fronts.table.close();
    expect(await get(PATH + TOKEN)).toMatchObject(known);
  });

  it("are answered while strangers hold hundreds of requests open on the same path", async () => {
    // Each announces a body that never comes: where a request takes a place until it is complete, the places would be gone.
    const slow = `GET ${PATH}${TOKEN} HTTP/1.1\r\nHost: x.example\r\nContent-Length: 9\r\n\r\n`;
    const sockets = Array.from({ length: 3 * 150 }, (_, index) => {
      const socket = net.connect({
        host: "127.0.0.1",
        port: front.settings.httpPort,
        localAddress: `127.0.0.${2 + (index % 3)}`,
      });
      socket.on("error", () => undefined);
      return socket;
    });
    try {
      await Promise.all(sockets.map((socket) => new Promise<void>((sent) => socket.write(slow, () => sent()))));
      for (let asked = 0; asked < 20; asked++) expect(await get(PATH + TOKEN)).toMatchObject(known);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });
});
