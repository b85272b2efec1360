import { REASON_CODES, type ReasonCode } from "../../../core/record/reason";
import { type Turn, turnOf, waitsFor } from "../../../core/record/turn";
import { certificateSummary } from "../../../testing/records";

const OF: Readonly<Record<Turn, readonly ReasonCode[]>> = {
  owner: [
    "DNS_NXDOMAIN",
    "DNS_NOT_POINTING",
    "DNS_AAAA_STALE",
    "DNS_SERVFAIL",
    "OWNERSHIP_UNPROVEN",
    "CAA_FORBIDS",
    "PROXY_IN_FRONT",
  ],
  us: ["PORT80_UNREACHABLE", "TOKEN_MISMATCH", "CA_REJECTED", "ACCOUNT_ERROR", "INTERNAL", "PAUSED_BY_CA", "REMOVED"],
  nobody: ["RATE_LIMITED", "CA_DOWN", "WAITING"],
};

describe("whose turn it is", () => {
  it.each(Object.entries(OF))("%s: %j", (turn, codes) => {
    expect(REASON_CODES.filter((code) => turnOf(code) === turn).sort()).toEqual([...codes].sort());
  });

  const because = (code: ReasonCode) => ({ code, sentence: "?" });
  it.each([
    ["the owner, who has to set DNS", { reason: because("DNS_NXDOMAIN") }, "owner"],
    ["us, where a front is unwell", { reason: because("PORT80_UNREACHABLE") }, "us"],
    ["nobody, while an order is under way", { reason: because("WAITING") }, undefined],
    ["nobody, where there is no reason", {}, undefined],
    [
      "nobody, where it has a certificate, whatever its next renewal waits for",
      { reason: because("DNS_NXDOMAIN"), certificate: certificateSummary("a.example") },
      undefined,
    ],
  ] as const)("a tenant waits for %s", (_, record, whom) => {
    expect(waitsFor(record)).toBe(whom);
  });
});
