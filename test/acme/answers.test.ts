import { orderNames, parseOrder, resolved } from "../../acme/answers";
import { parseProblem, parseRetryAfter, refusal } from "../../acme/problems";
import { DAY, HOUR } from "../../core/base/clock";
import { explainProblem } from "../../core/ca/reasons";
import { mayPass } from "../../core/ca/scope";

const ERROR = "urn:ietf:params:acme:error:";
const ABOUT = { domain: "a.example", ca: "some-ca", stage: "ordering" } as const;
const answer = (data: unknown) => ({ status: 200, headers: {}, data });

describe("a problem's type", () => {
  it.each([
    ["in other cases", "URN:IETF:params:acme:error:RateLimited", "RATE_LIMITED"],
    ["in lower case", `${ERROR}ratelimited`, "RATE_LIMITED"],
    ["in capitals", `${ERROR}CAA`, "CAA_FORBIDS"],
    ["with spaces around it", ` ${ERROR}serverInternal\n`, "CA_DOWN"],
    ["that every object has", `${ERROR}constructor`, "CA_REJECTED"],
    ["that every object has, too", `${ERROR}__proto__`, "CA_REJECTED"],
    ["that nobody knows", `${ERROR}outOfCheese`, "CA_REJECTED"],
    ["that is empty", "", "CA_REJECTED"],
  ])("%s is a reason that people can look up", (_what, type, code) => {
    const { problem } = refusal("some-ca", { status: 403, data: { type, detail: "no" } }, undefined);
    expect(explainProblem(problem, ABOUT)).toMatchObject({ code, tryNextCa: true });
  });

  it.each([503, 502, 429])("of a load balancer with status %i is an outage, no verdict on names", (status) => {
    const data = { type: "https://cdn.example/errors/1015", detail: "slow down", status };
    expect(refusal("some-ca", { status, data }, undefined).problem.type).toBe("certfront:unreachable");
  });
});

it.each([Number.POSITIVE_INFINITY, -1, 500, 404, "403", null])(
  "a status of %p in the document does not go before HTTP's own",
  (status) => {
    const { problem } = refusal(
      "some-ca",
      { status: 403, data: { type: `${ERROR}caa`, detail: "no", status } },
      undefined,
    );
    expect(problem.status).toBe(403);
    expect(mayPass(problem)).toBe(false);
  },
);

it("a pause is known by how Boulder begins it, not by a customer's name", () => {
  const of = (detail: string) => explainProblem({ type: `${ERROR}rateLimited`, detail }, ABOUT).code;
  expect(of("too many new orders for paused-shop.example")).toBe("RATE_LIMITED");
  expect(of("Your account is temporarily prevented from requesting certificates for a.example")).toBe("PAUSED_BY_CA");
});

it.each([
  ["A.Example", "a.example"],
  ["a.example.", "a.example"],
  ["*.A.example", "*.a.example"],
  ["", undefined],
  ["x".repeat(256), "x".repeat(256)],
  ["x".repeat(257), undefined],
  ["x".repeat(3_000), undefined],
  ["a.example..", "a.example."],
  [7, undefined],
  [["a.example"], undefined],
  [null, undefined],
])("an identifier of %p blames %p", (value, name) => {
  const identifier = { type: "dns", value };
  const problem = parseProblem({
    type: `${ERROR}compound`,
    subproblems: [{ type: `${ERROR}dns`, identifier }, 7, null, []],
  });
  expect(problem?.subproblems).toEqual([{ type: `${ERROR}dns`, detail: "", ...(name !== undefined && { name }) }]);
  expect(orderNames(answer({ identifiers: [identifier, 7, null] }))).toEqual(name === undefined ? [] : [name]);
});

it.each([
  ["120", 120_000],
  ["-5", undefined],
  ["1.5", undefined],
  ["5m", undefined],
  ["120, 240", undefined],
  ["2026", 2_026_000],
  ["2026-12-01", undefined],
  ["", undefined],
  ["Sun, 29 Nov 2026 13:00:00 GMT", HOUR],
  ["Sunday, 29-Nov-26 13:00:00 GMT", HOUR],
  ["Sun Nov 29 13:00:00 2026 GMT", HOUR],
  ["Fri, 29 Nov 9999 13:00:00 GMT", 366 * DAY],
  ["Sun, 06 Nov 1994 08:49:37 GMT", 0],
])("a Retry-After of %p is %p", (header, expected) => {
  expect(parseRetryAfter(header, Date.UTC(2026, 10, 29, 12))).toBe(expected);
});

describe("an order", () => {
  const URL = "https://ca.test/o";
  const order = { status: "pending", authorizations: ["/1"], finalize: "/f" };
  const withMany = (count: number) => ({ ...order, authorizations: Array(count).fill("/1") });
  const wrong = (member: string) => `the order's ${member} is missing or of the wrong kind.`;

  it.each(["soon", 1_790_000_000, "2026", {}, [], true, "", null])(
    "that expires %p is one that does not say",
    (expires) => {
      const parsed = parseOrder("some-ca", URL, answer({ ...order, expires }));
      expect(parsed).toEqual({
        url: URL,
        status: "pending",
        authorizations: ["https://ca.test/1"],
        finalize: "https://ca.test/f",
      });
    },
  );

  it.each<[string, unknown, string]>([
    ["a list", [], "the order is no JSON object."],
    ["a text", "pending", "the order is no JSON object."],
    ["nothing", null, "the order is no JSON object."],
    ["without a status", { ...order, status: undefined }, wrong("status")],
    ["with a status of every object", { ...order, status: "toString" }, wrong("status")],
    ["with an object for authorizations", { ...order, authorizations: { 0: "/1" } }, wrong("authorizations")],
    ["with a number among authorizations", { ...order, authorizations: ["/1", 1] }, wrong("authorizations")],
    ["with thousands of authorizations", withMany(5_000), "an order with 5000 authorizations."],
    ["with one authorization more than it has names", withMany(101), "an order with 101 authorizations."],
    ["with a list for finalize", { ...order, finalize: ["/f"] }, wrong("finalize")],
    ["with an object for a certificate", { ...order, certificate: {} }, wrong("certificate")],
  ])("that is %s makes no sense, in words", (_what, data, words) => {
    const detail = `The CA some-ca gave a wrong answer: ${words}`;
    expect(() => parseOrder("some-ca", URL, answer(data))).toThrow(
      expect.objectContaining({ problem: { type: "certfront:malformed", detail } }),
    );
  });

  it("of as many names as an order may have is one", () => {
    expect(parseOrder("some-ca", URL, answer(withMany(100))).authorizations).toHaveLength(100);
  });

  it.each(["pending", "ready", "processing", "valid", "invalid"])("is %s", (status) => {
    expect(parseOrder("some-ca", URL, answer({ ...order, status })).status).toBe(status);
  });

  it("says when it ends, where its certificate is, when to come back, and what went wrong", () => {
    const data = {
      ...order,
      status: "invalid",
      expires: "2026-12-01T12:00:00Z",
      certificate: "https://ca.test/c",
      error: { type: `${ERROR}caa`, detail: "no" },
    };
    expect(parseOrder("some-ca", URL, { ...answer(data), headers: { "retry-after": "60" } })).toStrictEqual({
      url: URL,
      status: "invalid",
      authorizations: ["https://ca.test/1"],
      finalize: "https://ca.test/f",
      certificate: "https://ca.test/c",
      expires: Date.UTC(2026, 11, 1, 12),
      retryAfterMs: 60_000,
      error: { type: `${ERROR}caa`, detail: "no" },
    });
  });

  it.each([
    ["2026-12-01t12:00:00z", Date.UTC(2026, 11, 1, 12)],
    ["2026-12-01T14:00:00.5+02:00", Date.UTC(2026, 11, 1, 12) + 500],
    ["on 2026-12-01T12:00:00Z", undefined],
    ["2026-12-01", undefined],
    ["2026-99-99T12:00:00Z", undefined],
  ])("that expires %s is read as RFC 3339 has it", (expires, ms) => {
    expect(parseOrder("some-ca", URL, answer({ ...order, expires })).expires).toBe(ms);
  });

  it.each<[string, unknown]>([
    ["a list", [{ identifiers: [] }]],
    ["nothing", undefined],
    ["an order without identifiers", {}],
    ["an order whose identifiers are a text", { identifiers: "a.example" }],
  ])("that is %s is of no names", (_what, data) => {
    expect(orderNames(answer(data))).toEqual([]);
  });
});

describe("a CA's URL", () => {
  it.each([
    ["/f/1", "https://ca.test/f/1"],
    ["./f", "https://ca.test/dir/f"],
    ["../f", "https://ca.test/f"],
    ["//other.test/f", "https://other.test/f"],
    ["https://other.test/f", "https://other.test/f"],
    ["f/1", "f/1"],
    [".../f", ".../f"],
    ["see /f", "see /f"],
  ])("of %s, met at another, leads to %s", (url, leadsTo) => {
    expect(resolved(url, "https://ca.test/dir/order")).toBe(leadsTo);
  });

  it("met at a place that is none stays as it is, and is refused when it is asked", () => {
    expect(resolved("/f", "nowhere")).toBe("/f");
  });
});
