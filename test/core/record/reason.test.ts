import { boundedReason, type DnsAdvice } from "../../../core/record/reason";

const record = (...values: string[]): DnsAdvice => ({ name: "a.example", type: "A", action: "create", values });

describe("a reason, which may hold what a CA or a zone wrote", () => {
  it.each([
    ["without records", { code: "CA_DOWN", sentence: "It does not answer." }],
    ["with no records", { code: "DNS_NXDOMAIN", sentence: "a.example does not exist.", dns: [] }],
    ["with records", { code: "DNS_NXDOMAIN", sentence: "a.example does not exist.", dns: [record("192.0.2.1")] }],
    ["with a CA's problem", { code: "CA_REJECTED", sentence: "No.", problemType: "urn:ietf:params:acme:error:caa" }],
    [
      "as long as it may be",
      {
        code: "CA_REJECTED",
        sentence: "x".repeat(2_000),
        dns: Array(60).fill(record(...Array<string>(20).fill("v".repeat(300)))),
        problemType: "p".repeat(300),
      },
    ],
  ] as const)("is kept as it is: %s", (_, reason) => {
    expect(boundedReason(reason)).toStrictEqual(reason);
  });

  it("is cut to what a record and a page can hold, and shows where", () => {
    const values = Array.from({ length: 21 }, () => "v".repeat(301));
    const { sentence, dns, problemType } = boundedReason({
      code: "CA_REJECTED",
      sentence: "x".repeat(2_001),
      dns: Array.from({ length: 61 }, () => record(...values)),
      problemType: "p".repeat(301),
    });
    expect(sentence).toBe(`${"x".repeat(1_999)}…`);
    expect(dns).toEqual(Array(60).fill(record(...Array<string>(20).fill(`${"v".repeat(299)}…`))));
    expect(problemType).toBe(`${"p".repeat(299)}…`);
  });
});
