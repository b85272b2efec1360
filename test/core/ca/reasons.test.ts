import { AcmeError, type AcmeProblem } from "../../../core/ca/certificate-authority";
import { explainProblem, isAlreadyReplaced, isGone, isNotReady, PROBLEM_KINDS } from "../../../core/ca/reasons";

const ACME = "urn:ietf:params:acme:error:";
const ordering = { domain: "a.example", ca: "le", stage: "ordering" } as const;
const validating = { ...ordering, stage: "validating" } as const;
const problem = (type: string, detail = "Nothing.", more: Partial<AcmeProblem> = {}): AcmeProblem => ({
  type: `${ACME}${type}`,
  detail,
  ...more,
});
const meaningOf = (about: typeof ordering | typeof validating, ...args: Parameters<typeof problem>) => {
  const { code, tryNextCa } = explainProblem(problem(...args), about);
  return [code, tryNextCa];
};

describe("what a CA's problem means", () => {
  it.each([
    ["serverInternal", "CA_DOWN"],
    ["badNonce", "CA_DOWN"],
    ["rateLimited", "RATE_LIMITED"],
    ["caa", "CAA_FORBIDS"],
    ["accountDoesNotExist", "ACCOUNT_ERROR"],
    ["externalAccountRequired", "ACCOUNT_ERROR"],
    ["userActionRequired", "ACCOUNT_ERROR"],
    ["invalidContact", "ACCOUNT_ERROR"],
    ["unsupportedContact", "ACCOUNT_ERROR"],
    ["badPublicKey", "ACCOUNT_ERROR"],
    ["badSignatureAlgorithm", "ACCOUNT_ERROR"],
    ["unauthorized", "ACCOUNT_ERROR"],
    ["rejectedIdentifier", "CA_REJECTED"],
    ["unsupportedIdentifier", "CA_REJECTED"],
    ["invalidProfile", "CA_REJECTED"],
    ["badCSR", "CA_REJECTED"],
    ["malformed", "CA_REJECTED"],
    ["neverHeardOf", "CA_REJECTED"],
  ])("to an order: %s is %s, and another CA may say yes", (type, code) => {
    expect(meaningOf(ordering, type)).toEqual([code, true]);
  });

  it.each([
    ["dns", "DNS_SERVFAIL"],
    ["connection", "PORT80_UNREACHABLE"],
    ["tls", "PORT80_UNREACHABLE"],
    ["incorrectResponse", "TOKEN_MISMATCH"],
    ["unauthorized", "TOKEN_MISMATCH"],
  ])("to a challenge: %s is %s, and no other CA would say yes", (type, code) => {
    expect(meaningOf(validating, type)).toEqual([code, false]);
  });

  it("tells a name that does not exist from one that cannot be looked up, and only of DNS", () => {
    const detail = "DNS problem: NXDOMAIN looking up A for a.example";
    expect(meaningOf(validating, "dns", detail)).toEqual(["DNS_NXDOMAIN", false]);
    expect(meaningOf(validating, "connection", detail)).toEqual(["PORT80_UNREACHABLE", false]);
  });

  it("of several in one is that of the first", () => {
    const subproblems = [problem("caa", "CAA record forbids"), problem("dns", "SERVFAIL")];
    expect(meaningOf(validating, "compound", "Several", { subproblems })).toEqual(["CAA_FORBIDS", true]);
    expect(meaningOf(validating, "compound", "Several")).toEqual(["CA_REJECTED", true]);
    // Named beside the problem itself, they decide nothing.
    expect(meaningOf(validating, "connection", "Timeout", { subproblems })).toEqual(["PORT80_UNREACHABLE", false]);
  });

  it.each(["", "Error creating new order :: "])("of a paused name is the way to end the pause: %s…", (stage) => {
    const detail = `${stage}Your account is temporarily prevented from requesting certificates for a.example. Visit https://ca.example/unpause?jwt=x.y.`;
    const answer = explainProblem(problem("rateLimited", detail), ordering);
    expect(answer.code).toBe("PAUSED_BY_CA");
    expect(answer.sentence).toMatch(
      / End the pause at https:\/\/ca\.example\/unpause\?jwt=x\.y once the cause is cured\.$/,
    );
  });

  it.each([
    ["rateLimited", "It says: Your account is temporarily prevented", "RATE_LIMITED"],
    ["caa", "Your account is temporarily prevented, see https://ca.example/", "CAA_FORBIDS"],
  ])("is no pause where others' words tell of one (%s)", (type, detail, code) => {
    const { code: found, sentence } = explainProblem(problem(type, detail), ordering);
    expect(found).toBe(code);
    expect(sentence).not.toContain("End the pause");
  });

  it("of a pause without a link has no advice", () => {
    const detail = "Your account is temporarily prevented from this";
    expect(explainProblem(problem("rateLimited", detail), ordering).sentence).toBe(
      `le has paused the name after long failure (a.example). It says: ${detail}.`,
    );
  });
});

describe("what a CA says", () => {
  it("is quoted with what it says of each name, each sentence once", () => {
    const subproblems = [
      { ...problem("caa", "CAA forbids"), name: "www.a.example" },
      problem("caa", "Two names failed"),
    ];
    const { sentence, problemType } = explainProblem(problem("caa", "Two names failed", { subproblems }), ordering);
    expect(sentence).toBe(
      "le is forbidden by the domain's CAA records (a.example). It says: Two names failed / www.a.example: CAA forbids.",
    );
    expect(problemType).toBe(`${ACME}caa`);
  });

  it.each([".", "!", "?"])("that ends with %s gets no full stop more", (end) => {
    expect(explainProblem(problem("caa", `No${end}`), ordering).sentence).toMatch(new RegExp(`says: No\\${end}$`));
  });

  it("is cut at 600 characters", () => {
    const { sentence } = explainProblem(problem("caa", "x".repeat(5_000)), ordering);
    expect(sentence.match(/x+/g)?.at(-1)).toHaveLength(600);
  });
});

it("our own two and all types of RFC 8555 and RFC 9773 are told apart in the journal", () => {
  for (const kind of ["certfront:unreachable", "certfront:malformed", "caa", "alreadyReplaced", "compound"])
    expect(PROBLEM_KINDS).toContain(kind);
  expect(new Set(PROBLEM_KINDS).size).toBe(26);
  expect(meaningOf(ordering, "certfront:unreachable")).toEqual(["CA_DOWN", true]);
  expect(meaningOf(ordering, "certfront:malformed")).toEqual(["CA_DOWN", true]);
});

describe("an order", () => {
  const error = (type: string, status?: number) =>
    new AcmeError(problem(type, "x", status === undefined ? {} : { status }), { advice: "" });
  const isWhat = (one: AcmeError) => [isGone(one), isNotReady(one), isAlreadyReplaced(one)];
  it.each<[string, number | undefined, boolean[]]>([
    ["orderDoesNotExist", undefined, [true, false, false]],
    ["malformed", 404, [true, false, false]],
    ["orderNotReady", 403, [false, true, false]],
    ["alreadyReplaced", undefined, [false, false, true]],
    ["conflict", undefined, [false, false, true]],
    ["malformed", 409, [false, false, true]],
    ["malformed", 400, [false, false, false]],
    ["orderNotReadyYet", undefined, [false, false, false]],
    ["orderDoesNotExistYet", undefined, [false, false, false]],
    ["alreadyReplacedTwice", undefined, [false, false, false]],
  ])("of which the CA says %s (%s) is gone, not ready, replaced already: %j", (type, status, expected) => {
    expect(isWhat(error(type, status))).toEqual(expected);
  });
});
