import { malformed, parseProblem, refusal, unreachable } from "../../acme/problems";

const ERROR = "urn:ietf:params:acme:error:";

describe("a CA that gives no answer", () => {
  it("is named with the reason, and with what to do: wait", () => {
    const cause = new Error("connect ECONNREFUSED 192.0.2.1:443");
    const error = unreachable("some-ca", cause);
    expect(error.problem).toEqual({
      type: "certfront:unreachable",
      detail: "The CA some-ca cannot be reached: connect ECONNREFUSED 192.0.2.1:443",
    });
    expect(error.advice).toBe(
      "Nothing to do unless it lasts; certfront tries again, and tries the next CA of the list.",
    );
    expect(error.cause).toBe(cause);
  });
});

describe("a CA that gives an answer which is none", () => {
  it.each([
    ["without a status where there was none", undefined, {}],
    ["with HTTP's status", 302, { status: 302 }],
  ])("is named with what was wrong, %s, and with what to look at", (_what, status, more) => {
    const error = malformed("some-ca", "a directory of socks.", status);
    expect(error.problem).toStrictEqual({
      type: "certfront:malformed",
      detail: "The CA some-ca gave a wrong answer: a directory of socks.",
      ...more,
    });
    expect(error.advice).toBe(
      "Check the directory's URL in `cas`; certfront tries again, and tries the next CA of the list.",
    );
  });
});

describe("a refusal", () => {
  const of = (status: number, data: unknown) => refusal("some-ca", { status, data }, 7_000);

  it("keeps all that its document says, HTTP's status, and when to come back", () => {
    const { problem, retryAfterMs } = of(429, {
      type: `${ERROR}rateLimited`,
      detail: "too many new orders",
      status: 200,
      subproblems: [{ type: `${ERROR}caa`, detail: "no", identifier: { type: "dns", value: "a.example" } }],
    });
    expect(problem).toStrictEqual({
      type: `${ERROR}rateLimited`,
      detail: "too many new orders",
      status: 429,
      subproblems: [{ type: `${ERROR}caa`, detail: "no", name: "a.example" }],
    });
    expect(retryAfterMs).toBe(7_000);
  });

  it.each<[string, number, unknown, string]>([
    ["an outage", 500, "", "certfront:unreachable"],
    ["an outage", 503, "<html>busy</html>", "certfront:unreachable"],
    ["an outage", 429, {}, "certfront:unreachable"],
    ["a wrong answer", 499, "", "certfront:malformed"],
    ["a wrong answer", 403, [], "certfront:malformed"],
    ["a wrong answer", 302, null, "certfront:malformed"],
  ])("without a document is %s: HTTP %i with %j", (_what, status, data, type) => {
    const { problem, retryAfterMs } = of(status, data);
    const detail = `The CA some-ca answered HTTP ${status} without saying why.`;
    expect(problem).toStrictEqual({ type, detail, status });
    expect(retryAfterMs).toBe(7_000);
  });

  it.each([500, 502, 429])("of %i in somebody else's words is an outage in these words", (status) => {
    const { problem, retryAfterMs } = of(status, { type: "https://cdn.example/1015", detail: "slow down" });
    expect(problem).toStrictEqual({ type: "certfront:unreachable", detail: "slow down", status });
    expect(retryAfterMs).toBe(7_000);
  });

  it.each([403, 499])("of %i in somebody else's words is a verdict of theirs", (status) => {
    const { problem } = of(status, { type: "https://cdn.example/1015", detail: "blocked" });
    expect(problem).toStrictEqual({ type: "https://cdn.example/1015", detail: "blocked", status });
  });

  it("of 500 in ACME's own words keeps its type", () => {
    expect(of(500, { type: `${ERROR}serverInternal`, detail: "oops" }).problem.type).toBe(`${ERROR}serverInternal`);
  });
});

describe("a problem document", () => {
  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a text", "no"],
    ["a list", [{ type: `${ERROR}caa` }]],
    ["an object that says nothing", { status: 403 }],
    ["an object whose type and detail are no texts", { type: 7, detail: ["no"] }],
    ["an object with an empty type", { type: " " }],
  ])("is not %s", (_what, value) => {
    expect(parseProblem(value)).toBeUndefined();
  });

  it.each<[string, object, object]>([
    ["only a type is told by it", { type: `${ERROR}caa` }, { type: `${ERROR}caa`, detail: `${ERROR}caa` }],
    ["only words has no type (RFC 7807 §4.2)", { detail: "no" }, { type: "about:blank", detail: "no" }],
    ["a blank type has none", { type: " ", detail: "no" }, { type: "about:blank", detail: "no" }],
    ["a status keeps it", { detail: "no", status: 403 }, { type: "about:blank", detail: "no", status: 403 }],
    ["a status in words has none", { detail: "no", status: "403" }, { type: "about:blank", detail: "no" }],
    ["no subproblems has none", { detail: "no", subproblems: [] }, { type: "about:blank", detail: "no" }],
    ["subproblems that are no list has none", { detail: "no", subproblems: {} }, { type: "about:blank", detail: "no" }],
  ])("with %s", (_what, value, problem) => {
    expect(parseProblem(value)).toStrictEqual(problem);
  });

  it.each([
    ["ACME's own in another case", `URN:ietf:params:ACME:error:badcsr`, `${ERROR}badCSR`],
    ["ACME's own with spaces around it", `\t${ERROR}badCSR\n`, `${ERROR}badCSR`],
    ["one that is new in ACME", `${ERROR.toUpperCase()}outOfCheese`, `${ERROR}outOfCheese`],
    ["another's, as it is", "https://ca.example/Errors/BadCSR", "https://ca.example/Errors/BadCSR"],
  ])("has a type that is %s", (_what, type, read) => {
    expect(parseProblem({ type })?.type).toBe(read);
  });

  it.each([
    [2_000, 2_000, ""],
    [2_001, 2_000, "…"],
    [100_000, 2_000, "…"],
  ])("of %i letters says %i of them%s", (length, kept, end) => {
    const text = "x".repeat(length);
    const expected = `${"x".repeat(kept)}${end}`;
    const subproblems = [{ type: text, detail: text }];
    expect(parseProblem({ type: text, detail: text, subproblems })).toStrictEqual({
      type: expected,
      detail: expected,
      subproblems: [{ type: expected, detail: expected }],
    });
  });

  it("blames each name, and nobody where it names none", () => {
    const subproblems = [
      { type: `${ERROR}dns`, detail: "NXDOMAIN", identifier: { type: "dns", value: "A.Example." } },
      { type: `${ERROR}caa`, detail: 7, identifier: "a.example" },
      { detail: "?" },
      "caa",
    ];
    expect(parseProblem({ type: `${ERROR}compound`, subproblems })?.subproblems).toStrictEqual([
      { type: `${ERROR}dns`, detail: "NXDOMAIN", name: "a.example" },
      { type: `${ERROR}caa`, detail: "" },
      { type: "about:blank", detail: "?" },
    ]);
  });

  it("blames no more names than an order has", () => {
    const subproblems = Array(5_000).fill({ type: `${ERROR}dns`, detail: "" });
    expect(parseProblem({ type: `${ERROR}compound`, subproblems })?.subproblems).toHaveLength(100);
  });
});
