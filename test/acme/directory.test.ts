import type { AcmeCertificateAuthority } from "../../acme/acme-certificate-authority";
import { HOUR } from "../../core/base/clock";
import { type Answer, ScriptedHost } from "../../testing/scripted-host";

describe("an ACME directory", () => {
  let host: ScriptedHost;
  let ca: AcmeCertificateAuthority;
  beforeAll(async () => {
    host = await ScriptedHost.start();
  });
  beforeEach(() => {
    ca = host.client();
  });
  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });
  afterAll(() => host.stop());

  const answered = (directory: Answer) => {
    host.script({ "/directory": directory });
    return ca.accountUrl();
  };
  const reads = () => host.askedAt("/directory").map(({ method }) => method);

  it.each<[string, Answer, object]>([
    ["a page", { body: "<html>", headers: { "content-type": "text/html" } }, { status: 200 }],
    ["a list", { body: [] }, { status: 200 }],
    ["nothing", { body: null }, { status: 200 }],
    ["a directory that is not there yet", { status: 202, body: { newNonce: "/n" } }, { status: 202 }],
    ["one that has moved", { status: 301, headers: { location: "/moved" } }, { status: 301 }],
  ])("is not %s, in words", async (_what, answer, status) => {
    await expect(answered(answer)).rejects.toMatchObject({
      problem: {
        type: "certfront:malformed",
        detail: `The CA some-ca gave a wrong answer: ${host.directory} is no ACME directory.`,
        ...status,
      },
    });
  });

  it.each(["newNonce", "newAccount", "newOrder", "revokeCert"])("has %s, or is none", async (name) => {
    await expect(answered(host.directoryWith({ [name]: undefined }))).rejects.toThrow("is no ACME directory.");
    await expect(answered(host.directoryWith({ [name]: { url: "/x" } }))).rejects.toThrow("is no ACME directory.");
  });

  it("needs neither key changes nor renewal information", async () => {
    expect(await answered(host.directoryWith({ keyChange: undefined, renewalInfo: undefined }))).toBe(
      `${host.origin}/account/1`,
    );
  });

  it("may be complete and yet not what was asked for: any status but 200 is no directory", async () => {
    await expect(answered({ ...host.directoryWith({}), status: 203 })).rejects.toMatchObject({
      problem: { status: 203 },
    });
  });

  it.each([400, 404, 503])("that is refused with %i is refused in the CA's words", async (status) => {
    const type = "urn:ietf:params:acme:error:serverInternal";
    const answer = { status, body: { type, detail: "no" }, headers: { "retry-after": "60" } };
    await expect(answered(answer)).rejects.toMatchObject({
      problem: { type, detail: "no", status },
      retryAfterMs: 60_000,
    });
  });

  it("is read with GET, once for all who ask together", async () => {
    host.script({});
    await Promise.all([1, 2, 3].map(() => ca.accountUrl()));
    expect(reads()).toEqual(["GET"]);
  });

  it("is read again when it is more than an hour old, for a CA may move its parts", async () => {
    const read = Date.now();
    const now = jest.spyOn(Date, "now").mockReturnValue(read);
    const order = { status: 201, headers: { location: "/order/1" }, body: { status: "pending", authorizations: [] } };
    const orderAt = (path: string) => ({ [path]: { ...order, body: { ...order.body, finalize: "/f" } } });
    host.script(orderAt("/new-order"));
    await ca.newOrder(["a.example"], {});
    host.script({
      "/directory": host.directoryWith({ newOrder: "/moved" }),
      ...orderAt("/new-order"),
      ...orderAt("/moved"),
    });
    now.mockReturnValue(read + HOUR);
    await ca.newOrder(["a.example"], {});
    expect(host.askedAt("/moved")).toHaveLength(0);
    now.mockReturnValue(read + HOUR + 1);
    await ca.newOrder(["a.example"], {});
    expect(host.askedAt("/moved")).toHaveLength(1);
    expect(reads()).toHaveLength(1);
  });

  it("that failed is read again at once", async () => {
    await expect(answered({ status: 503 })).rejects.toThrow("without saying why");
    expect(await answered(host.directoryWith({}))).toBe(`${host.origin}/account/1`);
  });

  it.each([
    ["fifteen seconds, where nothing else is said", undefined, 15],
    ["as long as is said", 2_500, 2.5],
  ])("that does not come is waited for %s", async (_what, timeoutMs, seconds) => {
    // Sockets go on in real time; only the limit is reached by hand.
    jest.useFakeTimers({ doNotFake: ["Date", "nextTick", "queueMicrotask", "setImmediate", "setInterval"] });
    host.script({ "/directory": { hangs: true } });
    const account = host.client(timeoutMs === undefined ? {} : { timeoutMs }).accountUrl();
    const failed = expect(account).rejects.toMatchObject({
      problem: {
        type: "certfront:unreachable",
        detail: `The CA some-ca cannot be reached: no answer within ${seconds} s`,
      },
    });
    let isOver = false;
    account.catch(() => {
      isOver = true;
    });
    while (host.asked.length === 0 && !isOver) await new Promise(setImmediate);
    jest.advanceTimersByTime(seconds * 1_000);
    await failed;
  });

  it.each<[string, Answer, object]>([
    [
      "has none",
      { headers: { "replay-nonce": undefined } },
      { type: "certfront:malformed", detail: "The CA some-ca gave a wrong answer: newNonce has no nonce." },
    ],
    [
      "is refused",
      { status: 400, headers: { "replay-nonce": undefined } },
      { type: "certfront:malformed", detail: "The CA some-ca answered HTTP 400 without saying why.", status: 400 },
    ],
  ])("leads to a first nonce; where that %s, it is said", async (_what, nonce, problem) => {
    host.script({ "/new-nonce": nonce });
    await expect(ca.accountUrl()).rejects.toMatchObject({ problem });
    expect(host.askedAt("/new-nonce").map(({ method }) => method)).toEqual(["HEAD"]);
  });
});
