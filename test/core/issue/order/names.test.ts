import { DAY, HOUR } from "../../../../core/base/clock";
import { gains, holdBack, joinedReason, namesToTry, nothingPassed } from "../../../../core/issue/order/names";
import type { FailedName } from "../../../../core/preflight/preflight";
import type { Reason, ReasonCode } from "../../../../core/record/reason";
import type { TenantRecord } from "../../../../core/record/record";
import { certificateSummary, tenant, tenantRecord } from "../../../../testing/records";

const NOW = Date.UTC(2026, 10, 21);
const NAMES = ["a.example", "b.example", "c.example"];
const configured = tenant("a.example", { aliases: NAMES.slice(1) });
const certificate = certificateSummary("a.example", {
  names: NAMES,
  notBefore: NOW - 60 * DAY,
  notAfter: NOW + 30 * DAY,
});

const record = (changes: Partial<TenantRecord> = {}) =>
  tenantRecord("a.example", NOW, { tenant: configured, ...changes });
const reason = (code: ReasonCode, sentence: string, more: Partial<Reason> = {}): Reason => ({
  code,
  sentence,
  ...more,
});
const failed = (name: string, code: ReasonCode = "DNS_SERVFAIL", more: Partial<FailedName> = {}): FailedName => ({
  name,
  reason: reason(code, `${name} fails.`),
  ...more,
});

describe("the names that are tried", () => {
  const refused = (name: string, until: number) => ({ ...failed(name, "CA_REJECTED"), until });

  it("are all but those that a CA refused lately, which are told of", () => {
    const refusedNames = [refused("b.example", NOW + 1), refused("c.example", NOW), refused("gone.example", NOW + DAY)];
    expect(namesToTry(record({ refusedNames }), NOW)).toEqual({
      names: ["a.example", "c.example"],
      leftOut: refusedNames.slice(0, 1),
    });
  });

  it("are all where nothing was refused, and where everything was", () => {
    const all = { names: NAMES, leftOut: [] };
    expect(namesToTry(record(), NOW)).toEqual(all);
    expect(namesToTry(record({ refusedNames: NAMES.map((name) => refused(name, NOW + DAY)) }), NOW)).toEqual(all);
  });
});

describe("why names are left out, in one", () => {
  it("is the primary name's reason, with the others' words and records behind it", () => {
    const dns = (name: string) => [{ name, type: "A", action: "create", values: ["192.0.2.1"] }] as const;
    const failures = [
      { name: "c.example", reason: reason("CAA_FORBIDS", "C.", { dns: dns("c.example"), problemType: "urn:c" }) },
      { name: "a.example", reason: reason("DNS_NXDOMAIN", "A.", { dns: dns("a.example"), problemType: "urn:a" }) },
      { name: "b.example", reason: reason("INTERNAL", "B.") },
    ];
    expect(joinedReason(record(), failures)).toEqual({
      code: "DNS_NXDOMAIN",
      sentence: "A. B. C.",
      dns: [...dns("a.example"), ...dns("c.example")],
      problemType: "urn:a",
    });
    expect(joinedReason(record(), failures.slice(2))).toEqual({ code: "INTERNAL", sentence: "B." });
  });

  it("is that it is under way where none is", () => {
    expect(joinedReason(record(), [])).toEqual({ code: "WAITING", sentence: "a.example is being certified." });
  });

  it("waits for the customer, or for us where one fault is ours", () => {
    expect(nothingPassed(record(), [failed("a.example")])).toMatchObject({
      reason: { code: "DNS_SERVFAIL", sentence: "a.example fails." },
      details: { kind: "waiting" },
    });
    const ours = nothingPassed(record(), [failed("a.example"), failed("b.example", "INTERNAL", { ours: true })]);
    expect(ours.details.kind).toBe("ours");
  });
});

describe("a due renewal that would lose a name", () => {
  const renewal = { renewAt: NOW, source: "lifetime" } as const;
  const served = { certificate, renewal };
  const waits = (
    changes: Partial<TenantRecord>,
    failures: readonly FailedName[],
    { now = NOW, timeScale = 1 },
  ): boolean => {
    try {
      holdBack(record(changes), failures, { now, timeScale });
      return false;
    } catch (error) {
      expect(error).toMatchObject({ name: "Setback", reason: { code: failures[0]?.reason.code } });
      return true;
    }
  };
  const lost = [failed("b.example")];
  const short = certificateSummary("a.example", { names: NAMES, notBefore: NOW - 3 * DAY, notAfter: NOW + 3 * DAY });

  it.each<[string, boolean, Partial<TenantRecord>, readonly FailedName[], { now?: number; timeScale?: number }?]>([
    ["waits for it", true, served, lost],
    ["waits for a day", true, served, lost, { now: NOW + DAY - 1 }],
    ["then goes on without it", false, served, lost, { now: NOW + DAY }],
    [
      "waits for a thirtieth of the time left, where that is less",
      true,
      { certificate: short, renewal },
      lost,
      { now: NOW + 2.4 * HOUR - 1 },
    ],
    ["and no longer", false, { certificate: short, renewal }, lost, { now: NOW + 2.4 * HOUR }],
    ["waits for a day of the stack's time", true, served, lost, { now: NOW + HOUR - 1, timeScale: 24 }],
    ["and no longer than that", false, served, lost, { now: NOW + HOUR, timeScale: 24 }],
    ["does not wait where nothing is lost", false, served, []],
    [
      "nor for a name that was not served",
      false,
      { ...served, certificate: { ...certificate, names: ["a.example"] } },
      lost,
    ],
    ["nor for one whose DNS leads elsewhere", false, served, [failed("b.example", "DNS_NOT_POINTING")]],
    ["nor without a certificate", false, { renewal }, lost],
    ["nor without a plan", false, { certificate }, lost],
    ["nor where somebody asked for it", false, { certificate, renewal: { renewAt: NOW, source: "requested" } }, lost],
    [
      "nor where the certificate is about to expire",
      false,
      { certificate, renewal: { renewAt: NOW + 25 * DAY, source: "ari" } },
      lost,
      { now: NOW + 25.5 * DAY },
    ],
    [
      "but waits up to then",
      true,
      { certificate, renewal: { renewAt: NOW + 25.4 * DAY, source: "ari" } },
      lost,
      { now: NOW + 25.5 * DAY - 1 },
    ],
  ])("%s", (_what, expected, changes, failures, when = {}) => {
    expect(waits(changes, failures, when)).toBe(expected);
  });
});

describe("an order", () => {
  const renewal = { renewAt: NOW + DAY, source: "lifetime" } as const;
  const two = { ...certificate, names: NAMES.slice(0, 2) };

  it.each<[string, boolean, Partial<TenantRecord>, readonly string[], number?]>([
    ["is worth it for a first certificate", true, { renewal }, NAMES],
    ["without a plan", true, { certificate }, NAMES],
    ["when a renewal is due", true, { certificate, renewal }, NAMES, NOW + DAY],
    ["not a moment before", false, { certificate, renewal }, NAMES, NOW + DAY - 1],
    ["for a name that is missing", true, { certificate: two, renewal }, NAMES],
    ["not where that cannot be certified", false, { certificate: two, renewal }, NAMES.slice(0, 2)],
    ["to lose a name", true, { certificate: { ...certificate, names: [...NAMES, "d.example"] }, renewal }, NAMES],
  ])("%s (%p)", (_what, expected, changes, names, now = NOW) => {
    expect(gains(record(changes), names, now)).toBe(expected);
  });
});
