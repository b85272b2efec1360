import { orderNames, parseAuthorization, parseOrder } from "../../acme/answers";
import { parseProblem, parseRetryAfter, refusal } from "../../acme/problems";
import { DAY, HOUR } from "../../core/base/clock";
import { AcmeError } from "../../core/ca/certificate-authority";
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
  ["x".repeat(3_000), undefined],
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
  const order = { status: "pending", authorizations: ["/1"], finalize: "/f" };
  it.each(["soon", 1_790_000_000, "2026", {}, [], true, "", null])(
    "that expires %p is one that does not say",
    (expires) => {
      const parsed = parseOrder("some-ca", "https://ca.test/o", answer({ ...order, expires }));
      expect(parsed).toEqual({
        url: "https://ca.test/o",
        status: "pending",
        authorizations: ["https://ca.test/1"],
        finalize: "https://ca.test/f",
      });
    },
  );

  it.each<[string, unknown]>([
    ["a list", []],
    ["a text", "pending"],
    ["nothing", null],
    ["without a status", { ...order, status: undefined }],
    ["with a status of every object", { ...order, status: "toString" }],
    ["with an object for authorizations", { ...order, authorizations: { 0: "/1" } }],
    ["with numbers for authorizations", { ...order, authorizations: [1] }],
    ["with thousands of authorizations", { ...order, authorizations: Array(5_000).fill("/1") }],
    ["with a list for finalize", { ...order, finalize: ["/f"] }],
    ["with an object for a certificate", { ...order, certificate: {} }],
  ])("that is %s makes no sense, in words", (_what, data) => {
    expect(() => parseOrder("some-ca", "https://ca.test/o", answer(data))).toThrow(AcmeError);
  });
});

describe("an authorization", () => {
  const token = "x".repeat(43);
  const authorization = {
    status: "pending",
    identifier: { type: "dns", value: "A.Example." },
    challenges: [null, 7, { type: "http-01", url: "/c", token, status: "pending" }],
  };
  it("is of the name as we write it", () => {
    const { name, http01 } = parseAuthorization("some-ca", "https://ca.test/z", answer(authorization));
    expect({ name, http01 }).toEqual({
      name: "a.example",
      http01: { url: "https://ca.test/c", token, status: "pending" },
    });
  });

  it.each<[string, object]>([
    ["no identifier", { identifier: undefined }],
    ["a text for an identifier", { identifier: "a.example" }],
    ["a name longer than names are", { identifier: { value: "x".repeat(3_000) } }],
    ["no status", { status: null }],
  ])("with %s makes no sense, in words", (_what, change) => {
    expect(() => parseAuthorization("some-ca", "https://ca.test/z", answer({ ...authorization, ...change }))).toThrow(
      AcmeError,
    );
  });
});
