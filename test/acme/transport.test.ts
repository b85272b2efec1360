import { Transport } from "../../acme/transport";
import type { AcmeError } from "../../core/ca/certificate-authority";
import { type Answer, ScriptedHost } from "../../testing/scripted-host";

/** What certfront sends to an ACME server, and what it makes of the bytes that come back. */
describe("a request to a CA", () => {
  let host: ScriptedHost;
  let transport: Transport;
  beforeAll(async () => {
    host = await ScriptedHost.start();
    transport = new Transport({ ca: "some-ca", directory: host.directory, trust: host.trust, timeoutMs: 10_000 });
  });
  afterAll(async () => {
    transport.close();
    await host.stop();
  });

  const answered = (answer: Answer) => {
    host.script({ "/x": answer });
    return transport.send(`${host.origin}/x`, "get");
  };
  const failed = (promise: Promise<unknown>): Promise<AcmeError> =>
    promise.then(
      () => Promise.reject(new Error("no error")),
      (error) => error,
    );

  it("says who asks, and that sentences be English, but of no body where there is none", async () => {
    host.script({ "/x?page=2": {} });
    await transport.send(`${host.origin}/x?page=2`, "head");
    expect(host.asked).toEqual([
      expect.objectContaining({
        method: "HEAD",
        path: "/x?page=2",
        body: "",
        headers: expect.objectContaining({ "user-agent": "certfront", "accept-language": "en" }),
      }),
    ]);
    expect(host.asked[0]?.headers).not.toHaveProperty("content-type");
  });

  it("with a body is JOSE, as every CA insists on (RFC 8555 §6.2)", async () => {
    host.script({ "/x": {} });
    await transport.send(`${host.origin}/x`, "post", '{"payload":""}');
    expect(host.asked[0]).toMatchObject({
      method: "POST",
      body: '{"payload":""}',
      headers: { "content-type": "application/jose+json", "content-length": "14" },
    });
  });

  it.each<[string, string | undefined, string, unknown]>([
    ["JSON", "application/json", '{"a":1}', { a: 1 }],
    ["JSON with a charset", "application/json; charset=utf-8", '{"a":"ä"}', { a: "ä" }],
    ["a problem document", "application/problem+json", '{"a":1}', { a: 1 }],
    ["nothing, said to be JSON", "application/json", "", ""],
    ["JSON of no type", undefined, '{"a":1}', '{"a":1}'],
    ["a page", "text/html", '{"a":1}', '{"a":1}'],
    ["a chain", "application/pem-certificate-chain", "-----BEGIN", "-----BEGIN"],
    ["what has JSON only in its name", "application/jsonp", '{"a":1}', '{"a":1}'],
  ])("is answered with %s (%s): read as what it is", async (_what, type, body, data) => {
    const { status, headers, data: read } = await answered({ body, headers: { "content-type": type } });
    expect({ status, type: headers["content-type"], read }).toEqual({ status: 200, type, read: data });
  });

  it("is answered with a status that says no: that is for its caller to judge", async () => {
    expect(await answered({ status: 503, body: { type: "about:blank" } })).toMatchObject({
      status: 503,
      data: { type: "about:blank" },
    });
  });

  it("is answered with JSON that is cut: a wrong answer, with its status", async () => {
    const { problem } = await failed(answered({ status: 403, body: '{"type": "urn' }));
    expect(problem).toEqual({
      type: "certfront:malformed",
      detail: `The CA some-ca gave a wrong answer: no valid JSON from ${host.origin}/x.`,
      status: 403,
    });
  });

  it("is answered with more than any ACME server has to say: a wrong answer", async () => {
    const { problem } = await failed(answered({ body: "x".repeat(256 * 1024 + 1) }));
    expect(problem).toEqual({
      type: "certfront:malformed",
      detail: `The CA some-ca gave a wrong answer: more than 256 KB from ${host.origin}/x`,
    });
  });

  it.each<[string, (origin: string) => string]>([
    ["another host", () => "https://evil.example/x"],
    ["another port", () => "https://localhost:1/x"],
    ["plain HTTP", (origin) => `${origin.replace("https", "http")}/x`],
    ["a host that the name only begins like", (origin) => `${origin}.evil.example/x`],
    ["no URL at all", () => "/x"],
  ])("goes nowhere at %s", async (_what, urlAt) => {
    host.script({ "/x": {} });
    const url = urlAt(host.origin);
    const { problem } = await failed(transport.send(url, "get"));
    expect(problem).toEqual({
      type: "certfront:malformed",
      detail: `The CA some-ca gave a wrong answer: it names the URL ${url}, which is not on ${new URL(host.origin).host}.`,
    });
    expect(host.asked).toEqual([]);
  });

  it("names no more of a wrong URL than a person reads", () => {
    const url = `https://evil.example/${"x".repeat(1_000)}`;
    expect(() => transport.checkHost(url)).toThrow(`it names the URL ${url.slice(0, 200)}, which is not on`);
  });

  it("is one of at most 32 at once; more wait", async () => {
    let [came, most] = [0, 0];
    let goOn = (): void => {};
    const together = new Promise<void>((resolve) => (goOn = resolve));
    host.script({
      "/x": async () => {
        if (++came === 32) goOn();
        await together;
        most = Math.max(most, await host.connections());
        return {};
      },
    });
    await Promise.all(Array.from({ length: 40 }, () => transport.send(`${host.origin}/x`, "get")));
    expect({ came, most }).toEqual({ came: 40, most: 32 });
  });

  it("can be made again after the connections were closed", async () => {
    await answered({});
    transport.close();
    expect((await answered({})).status).toBe(200);
  });
});
