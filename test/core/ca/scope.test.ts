import type { AcmeProblem } from "../../../core/ca/certificate-authority";
import { isAccountLimit, mayPass, namesBlamed } from "../../../core/ca/scope";

const limit = (detail: string, ...blamed: (string | undefined)[]): AcmeProblem => ({
  type: "urn:ietf:params:acme:error:rateLimited",
  detail,
  subproblems: blamed.map((name) => ({ type: "urn:x", detail: "too many", ...(name !== undefined && { name }) })),
});
const NAMES = ["a.example", "www.a.example"];

describe("a limit", () => {
  it.each([
    "too many new orders (300) from this account in the last 3h0m0s, retry after 2027-01-01",
    "Error creating new order :: too many new orders recently",
    "Too many new registrations (10) from this IP address in the last 3h0m0s",
    "too many registrations for this IP",
    "too many requests",
    "Too many connections",
    "Service busy; retry later.",
    "Error creating new account :: Service busy; retry later.",
  ])("is the account's: %s", (detail) => {
    expect(isAccountLimit(limit(detail), NAMES)).toBe(true);
    expect(isAccountLimit({ type: "x", detail }, NAMES)).toBe(true);
  });

  it.each([
    "too many certificates (50) already issued for a.example in the last 168h0m0s",
    "too many new orders for this exact set of identifiers",
    "too many failed authorizations (5) for a.example",
    "The customer new-orders.example says: too many new orders",
    "we saw too many requests",
    "there are too many registrations",
    "our service busy with others",
    "Error creating new order, see https://ca.example/ :: too many new orders",
    "a Error creating new order :: too many new orders",
    "",
  ])("is this tenant's: %s", (detail) => {
    expect(isAccountLimit(limit(detail), NAMES)).toBe(false);
  });

  it("is this tenant's where the CA names whom it is about, whatever it says", () => {
    expect(isAccountLimit(limit("too many new orders", "a.example"), NAMES)).toBe(false);
    expect(isAccountLimit(limit("too many new orders", "another.example"), NAMES)).toBe(false);
    expect(isAccountLimit(limit("too many new orders", undefined), NAMES)).toBe(true);
  });
});

it("names are blamed by a CA's identifiers, in whatever case, and only those that were asked for", () => {
  expect(namesBlamed(limit("x", "WWW.a.Example", "b.example", undefined), NAMES)).toEqual(["www.a.example"]);
  expect(namesBlamed(limit("x"), NAMES)).toEqual([]);
  expect(namesBlamed({ type: "x", detail: "about a.example" }, NAMES)).toEqual([]);
});

it.each<[string, number | undefined, boolean]>([
  ["certfront:unreachable", undefined, true],
  ["urn:ietf:params:acme:error:serverInternal", undefined, true],
  ["urn:ietf:params:acme:error:malformed", 500, true],
  ["urn:ietf:params:acme:error:malformed", 503, true],
  ["urn:ietf:params:acme:error:malformed", 499, false],
  ["urn:ietf:params:acme:error:malformed", undefined, false],
  ["not-certfront:unreachable", undefined, false],
  ["certfront:unreachable-for-good", undefined, false],
  ["urn:ietf:params:acme:error:serverInternalAffairs", undefined, false],
])("%s (%s) may be answered a second later: %s", (type, status, expected) => {
  expect(mayPass({ type, detail: "x", ...(status !== undefined && { status }) })).toBe(expected);
});
