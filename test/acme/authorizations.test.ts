import { parseAuthorization } from "../../acme/answers";

const URL = "https://ca.test/authz/1";
const TOKEN = "x".repeat(43);
const challenge = { type: "http-01", url: "/challenge/1", token: TOKEN, status: "pending" };
const authorization = {
  status: "pending",
  identifier: { type: "dns", value: "A.Example." },
  challenges: [null, 7, { type: "dns-01", url: "/challenge/0" }, challenge],
};
const parsed = (change: object, headers = {}) =>
  parseAuthorization("some-ca", URL, { status: 200, headers, data: { ...authorization, ...change } });
const wrong = (words: string) =>
  expect.objectContaining({
    problem: { type: "certfront:malformed", detail: `The CA some-ca gave a wrong answer: ${words}` },
  });

describe("an authorization", () => {
  it("is of the name as we write it, with the one challenge that fronts answer", () => {
    expect(parsed({})).toStrictEqual({
      url: URL,
      name: "a.example",
      status: "pending",
      http01: { url: "https://ca.test/challenge/1", token: TOKEN, status: "pending" },
    });
  });

  it("says why its challenge failed, and when to come back", () => {
    const error = { type: "urn:ietf:params:acme:error:dns", detail: "NXDOMAIN" };
    const failed = { ...challenge, status: "invalid", error };
    expect(parsed({ status: "invalid", challenges: [failed] }, { "retry-after": "5" })).toMatchObject({
      status: "invalid",
      http01: { status: "invalid" },
      error,
      retryAfterMs: 5_000,
    });
  });

  it("does not blame us for another challenge's failure", () => {
    const error = { type: "urn:ietf:params:acme:error:dns", detail: "NXDOMAIN" };
    expect(parsed({ challenges: [{ type: "dns-01", error }, challenge] })).not.toHaveProperty("error");
  });

  it.each<[string, unknown]>([
    ["no list of challenges", undefined],
    ["none that we can answer", [{ type: "dns-01", url: "/c", token: "short" }]],
    ["challenges that are no list", { 0: challenge }],
  ])("with %s has none for us, and is one all the same", (_what, challenges) => {
    expect(parsed({ status: "valid", challenges })).toStrictEqual({ url: URL, name: "a.example", status: "valid" });
  });

  it.each(["pending", "valid", "invalid", "deactivated", "expired", "revoked"])("is %s", (status) => {
    expect(parsed({ status }).status).toBe(status);
  });

  it.each<[string, object, string]>([
    ["no identifier", { identifier: undefined }, "the identifier is no JSON object."],
    ["a text for an identifier", { identifier: "a.example" }, "the identifier is no JSON object."],
    ["an identifier without a name", { identifier: {} }, "the identifier's value is missing or of the wrong kind."],
    ["a name longer than names are", { identifier: { value: "x".repeat(3_000) } }, "an authorization of no name."],
    ["a name of nothing", { identifier: { value: "" } }, "an authorization of no name."],
    ["no status", { status: null }, "the authorization's status is missing or of the wrong kind."],
    ["an order's status", { status: "ready" }, "the authorization's status is missing or of the wrong kind."],
    ["a token that is a path", { challenges: [{ ...challenge, token: "../etc" }] }, "a challenge has no proper token."],
    [
      "no token",
      { challenges: [{ ...challenge, token: undefined }] },
      "the challenge's token is missing or of the wrong kind.",
    ],
    [
      "a challenge without a URL",
      { challenges: [{ ...challenge, url: undefined }] },
      "the challenge's url is missing or of the wrong kind.",
    ],
    [
      "a challenge without a status",
      { challenges: [{ ...challenge, status: 1 }] },
      "the challenge's status is missing or of the wrong kind.",
    ],
  ])("with %s makes no sense, in words", (_what, change, words) => {
    expect(() => parsed(change)).toThrow(wrong(words));
  });

  it.each([[[]], ["valid"], [null]])("that is %j is none", (data) => {
    expect(() => parseAuthorization("some-ca", URL, { status: 200, headers: {}, data })).toThrow(
      wrong("the authorization is no JSON object."),
    );
  });
});
