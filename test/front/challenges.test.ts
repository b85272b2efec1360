import * as http from "node:http";
import { type FrontHarness, startFronts, type TestFront } from "../../testing/front-harness";
import { until } from "../../testing/until";

const PATH = "/.well-known/acme-challenge/";
const TOKEN = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJyRE2JHjJ1vg";

describe("HTTP-01 challenges at a front", () => {
  let fronts: FrontHarness;
  let front: TestFront;

  beforeAll(async () => {
    fronts = await startFronts({ fronts: 1 });
    const [first] = fronts.fronts;
    if (!first) throw new Error("no front");
    front = first;
    await fronts.up();
  });
  afterAll(() => fronts?.stop());
  beforeEach(() => {
    fronts.responder.asked.length = 0;
  });

  /** `from` is the client's address: each has limits of its own. */
  const get = (path: string, options: { host?: string; from?: string; method?: string } = {}) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const request = http.request({
        host: "127.0.0.1",
        port: front.settings.httpPort,
        path,
        method: options.method ?? "GET",
        headers: { host: options.host ?? "new.example" },
        localAddress: options.from ?? "127.0.0.1",
        agent: false,
      });
      request.on("response", (response) => {
        let body = "";
        response.on("data", (chunk) => {
          body += chunk;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      });
      request.on("error", reject);
      request.end();
    });

  it("are answered by the responder, for a host that no front knows yet", async () => {
    fronts.responder.answers.set(TOKEN, `${TOKEN}.thumbprint`);
    expect(await get(PATH + TOKEN)).toEqual({ status: 200, body: `${TOKEN}.thumbprint` });
    expect(fronts.responder.asked).toEqual([{ token: TOKEN, host: "new.example", front: "front-0" }]);
  });

  it("ask the responder once for all of a CA's validators", async () => {
    const token = `${TOKEN}-once`;
    fronts.responder.answers.set(token, "answer");
    fronts.responder.delayMs = 100;
    const answers = await Promise.all(Array.from({ length: 6 }, () => get(PATH + token)));
    fronts.responder.delayMs = 0;
    answers.push(await get(PATH + token));
    expect(answers.map((answer) => answer.body)).toEqual(Array(7).fill("answer"));
    expect(fronts.responder.asked).toHaveLength(1);
  });

  it.each([
    { what: "an unknown token", path: `${PATH}${TOKEN}-unknown`, status: 404, asked: 1 },
    { what: "the same unknown token again", path: `${PATH}${TOKEN}-unknown`, status: 404, asked: 0 },
    { what: "no token", path: PATH, status: 404, asked: 0 },
    { what: "a path out of the folder", path: `${PATH}../../etc/passwd`, status: 404, asked: 0 },
    { what: "a token with strange characters", path: `${PATH}a%0ab`, status: 404, asked: 0 },
    { what: "a token too long", path: PATH + "a".repeat(129), status: 404, asked: 0 },
    { what: "a strange host", path: `${PATH}${TOKEN}-host`, host: "a_b$c", status: 404, asked: 0 },
    { what: "a POST", path: PATH + TOKEN, method: "POST", status: 405, asked: 0 },
  ])("$what: $status, asking the responder $asked times", async ({ path, status, asked, ...options }) => {
    expect((await get(path, options)).status).toBe(status);
    expect(fronts.responder.asked).toHaveLength(asked);
  });

  it("are limited for a source that asks for unknown tokens, and for no other source", async () => {
    const answers: number[] = [];
    for (let index = 0; index < 80; index++) {
      answers.push((await get(`${PATH}storm-${index}`, { from: "127.0.0.2" })).status);
    }
    expect(answers.slice(0, 50)).toEqual(Array(50).fill(404));
    expect(answers.slice(60)).toEqual(Array(20).fill(429));
    expect(fronts.responder.asked.length).toBeLessThan(60);
    expect((await get(PATH + TOKEN, { from: "127.0.0.3" })).status).toBe(200);
  });

  it("get 503 at once when the responder is out of reach or the agent is gone, and answers again afterwards", async () => {
    fronts.responder.broken = true;
    expect((await get(`${PATH}${TOKEN}-later`)).status).toBe(503);
    fronts.responder.broken = false;
    fronts.responder.answers.set(`${TOKEN}-later`, "here");
    expect(await get(`${PATH}${TOKEN}-later`)).toEqual({ status: 200, body: "here" });
    await front.kill("agent");
    expect((await get(PATH + TOKEN)).status).toBe(503);
    await front.startAgent();
    await until("the agent answers again", async () => (await get(PATH + TOKEN)).status === 200);
  });
});
