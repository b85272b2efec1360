import { answerProblem } from "../../../core/preflight/answer";
import type { ProbeAnswer } from "../../../core/preflight/ports";

const token = "ouR-te5t_token";
const thumbprint = "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ";
const another = "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI";
const good = `${token}.${thumbprint}`;
const problemOf = (answer: ProbeAnswer) =>
  answerProblem({ name: "a.example", address: "192.0.2.10", token, thumbprint, answer });
const answered = (body: string, httpStatus = 200, location?: string): ProbeAnswer => ({
  status: "answered",
  httpStatus,
  body,
  ...(location !== undefined && { location }),
});

describe("what came back for a test token", () => {
  it.each([[good], [`${good}\n`], [`${good} \r\n`]])("contents a CA: %j", (body) => {
    expect(problemOf(answered(body))).toBeUndefined();
  });

  const HEALTH = "Nothing is wrong with the tenant's DNS; look at the fronts' health.";
  const ASKED = "A test token for a.example, asked for over port 80 at 192.0.2.10,";
  const BEFORE = "Nothing is wrong with the tenant's DNS; look at what stands before the fronts.";
  const OTHER = "Nothing is wrong with the tenant's DNS; look at what answers on the fronts' port 80.";
  const CLIENT =
    "Another ACME client answers for a.example at 192.0.2.10: our test token came back for another account's key. Nothing is wrong with the tenant's DNS; look for another program on the fronts' port 80, or a front that still has the previous account key.";

  it.each<[string, ProbeAnswer, string, string]>([
    [
      "nothing",
      { status: "unreachable", detail: "ECONNREFUSED" },
      "PORT80_UNREACHABLE",
      `Our load balancer at 192.0.2.10 did not answer for a.example on port 80 (ECONNREFUSED). ${HEALTH}`,
    ],
    [
      "an error of the front's own",
      answered(good, 500),
      "PORT80_UNREACHABLE",
      `The front behind 192.0.2.10 answered a test token for a.example with an error of its own, status 500. ${HEALTH}`,
    ],
    ["the token for another account's key", answered(`${token}.${another}\n`), "TOKEN_MISMATCH", CLIENT],
    [
      "the token with something that is no key's",
      answered(`${token}.x`),
      "TOKEN_MISMATCH",
      `${ASKED} came back with another content. ${OTHER}`,
    ],
    [
      "another token for another key",
      answered(`${"x".repeat(token.length)}.${another}`),
      "TOKEN_MISMATCH",
      `${ASKED} came back with another content. ${OTHER}`,
    ],
    [
      "the right content after a space",
      answered(` ${good}`),
      "TOKEN_MISMATCH",
      `${ASKED} came back with another content. ${OTHER}`,
    ],
    [
      "the right content as not found",
      answered(good, 404),
      "TOKEN_MISMATCH",
      `${ASKED} came back with status 404. ${OTHER}`,
    ],
    [
      "another account's as not found",
      answered(`${token}.${another}`, 404),
      "TOKEN_MISMATCH",
      `${ASKED} came back with status 404. ${OTHER}`,
    ],
    [
      "a status below those of redirects",
      answered("", 299),
      "TOKEN_MISMATCH",
      `${ASKED} came back with status 299. ${OTHER}`,
    ],
    [
      "a redirect",
      answered("", 300, "https://elsewhere.example/"),
      "TOKEN_MISMATCH",
      `${ASKED} was redirected to https://elsewhere.example/ (status 300), where a front answers itself. ${BEFORE}`,
    ],
    [
      "a redirect to nowhere",
      answered("", 399),
      "TOKEN_MISMATCH",
      `${ASKED} was redirected (status 399), where a front answers itself. ${BEFORE}`,
    ],
    [
      "a redirect without an end",
      answered("", 302, "x".repeat(201)),
      "TOKEN_MISMATCH",
      `${ASKED} was redirected to ${"x".repeat(200)} (status 302), where a front answers itself. ${BEFORE}`,
    ],
  ])("is no proof to a CA, and why, where it is %s", (_, answer, code, sentence) => {
    expect(problemOf(answer)).toEqual({ code, sentence });
  });
});
