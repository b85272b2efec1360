import { DAY, HOUR, MINUTE, SECOND } from "../../../core/base/clock";
import { afterSetback, Setback, type SetbackDetails, withRefused } from "../../../core/issue/setback";
import type { Reason, ReasonCode } from "../../../core/record/reason";
import type { RefusedName, TenantRecord } from "../../../core/record/record";
import { certificateSummary, tenantRecord } from "../../../testing/records";

const NOW = Date.UTC(2026, 10, 21);
const certificate = certificateSummary("a.example", { notBefore: NOW - 10 * DAY, notAfter: NOW + 80 * DAY });
const order = { id: "1", ca: "first-ca", names: ["a.example"], startedAt: NOW };
const served: Partial<TenantRecord> = { state: "renewing", certificate, lane: "renewal" };

const reasonOf = (code: ReasonCode): Reason => ({ code, sentence: `It is ${code}.` });
const after = (
  changes: Partial<TenantRecord>,
  details: SetbackDetails,
  { code = "CA_REJECTED" as ReasonCode, timeScale = 1 } = {},
) => afterSetback(tenantRecord("a.example", NOW, changes), new Setback(reasonOf(code), details), NOW, timeScale);
const waitAfter = (...args: Parameters<typeof after>) => (after(...args).nextActionAt ?? 0) - NOW;
const refusedName = (name: string, until: number): RefusedName => ({ name, until, reason: reasonOf("CA_REJECTED") });

describe("a setback", () => {
  it("carries its reason to whoever logs it, with the cause", () => {
    const cause = new Error("no route");
    const setback = new Setback(reasonOf("CA_DOWN"), { kind: "outage", cause });
    expect(setback).toMatchObject({ code: "CA_DOWN", message: "It is CA_DOWN.", cause, reason: reasonOf("CA_DOWN") });
  });

  it("fills no record, whatever a CA wrote", () => {
    expect(
      new Setback({ code: "CA_DOWN", sentence: "x".repeat(9_000) }, { kind: "outage" }).reason.sentence,
    ).toHaveLength(2_000);
  });
});

describe("when to look again after a setback", () => {
  it.each<[string, Partial<TenantRecord>, SetbackDetails, number]>([
    ["its DNS is asked often at first", {}, { kind: "waiting" }, MINUTE],
    ["its DNS is asked less when it has waited", { since: NOW - 2 * HOUR }, { kind: "waiting" }, 5 * MINUTE],
    ["what is unfinished goes on as soon", { since: NOW - 2 * HOUR }, { kind: "unfinished" }, 5 * MINUTE],
    ["a first no is asked again in a minute", {}, { kind: "refused" }, MINUTE],
    ["a third one in 100", { failures: 2 }, { kind: "refused" }, 100 * MINUTE],
    ["a CA that failed for the first time, in a minute", {}, { kind: "outage", caFailed: true }, MINUTE],
    ["for the third time, in five", { caFailures: 2 }, { kind: "outage", caFailed: true }, 5 * MINUTE],
    ["one that was not asked is no further failure", { caFailures: 2 }, { kind: "outage" }, 2 * MINUTE],
    ["a fault of ours, in a second", {}, { kind: "ours" }, SECOND],
    ["the third in a row, in four", { ownFaults: 2 }, { kind: "ours" }, 4 * SECOND],
    ["whoever says when, is asked then", { failures: 2 }, { kind: "refused", retryAt: NOW + 7 }, 7],
    ["never before now", {}, { kind: "refused", retryAt: NOW - HOUR }, 0],
    ["and a time that is none is a day", {}, { kind: "refused", retryAt: Number.NaN }, DAY],
    ["as is one without end", {}, { kind: "refused", retryAt: Number.POSITIVE_INFINITY }, DAY],
    ["in whole milliseconds", {}, { kind: "refused", retryAt: NOW + 0.6 }, 1],
  ])("%s", (_what, changes, details, expected) => {
    expect(waitAfter(changes, details)).toBe(expected);
  });

  it("runs through a scaled day as fast as the stack's time, a second at the least", () => {
    expect(waitAfter({ failures: 2 }, { kind: "refused" }, { timeScale: 60 })).toBe(100 * SECOND);
    expect(waitAfter({}, { kind: "refused" }, { timeScale: 1_000 })).toBe(SECOND);
    expect(waitAfter({ since: NOW - 2 * HOUR }, { kind: "waiting" }, { timeScale: 60 })).toBe(MINUTE);
  });

  const emergency = certificate.notAfter - 4.5 * DAY;
  it.each<[string, number, number, number]>([
    ["to when its certificate is about to expire", emergency - HOUR, DAY, emergency],
    ["for less, where less was asked", emergency - HOUR, MINUTE, emergency - HOUR + MINUTE],
    ["to an eighth of what is left, from then on", emergency, 7 * DAY, emergency + (4.5 * DAY) / 8],
    ["for as long as was asked, once it has expired", certificate.notAfter, 7 * DAY, certificate.notAfter + 7 * DAY],
  ])("lasts %s", (_what, now, wait, expected) => {
    const record = tenantRecord("a.example", NOW, served);
    const setback = new Setback(reasonOf("RATE_LIMITED"), { kind: "outage", retryAt: now + wait });
    expect(afterSetback(record, setback, now, 1).nextActionAt).toBe(expected);
  });
});

describe("what a setback counts as", () => {
  it("a no counts, and only that", () => {
    const kinds = ["refused", "waiting", "outage", "ours", "unfinished"] as const;
    expect(kinds.map((kind) => after({ failures: 1 }, { kind }).failures)).toEqual([2, 1, 1, 1, 1]);
  });

  it("what nobody foresaw counts when it is still there a second later", () => {
    const first = after({}, { kind: "refused" }, { code: "INTERNAL" });
    expect(first).toMatchObject({ failures: 0, nextActionAt: NOW + SECOND });
    const again = after({ reason: reasonOf("INTERNAL") }, { kind: "refused" }, { code: "INTERNAL" });
    expect(again).toMatchObject({ failures: 1, nextActionAt: NOW + MINUTE });
    // Foreseen: the CA's word counts at once.
    expect(after({ reason: reasonOf("INTERNAL") }, { kind: "refused" }).failures).toBe(1);
    expect(after({}, { kind: "waiting" }, { code: "INTERNAL" }).nextActionAt).toBe(NOW + MINUTE);
  });

  it("a CA's failures are counted as long as they go on, our own until there is none", () => {
    expect(after({ caFailures: 2 }, { kind: "outage", caFailed: true }).caFailures).toBe(3);
    expect(after({ caFailures: 2 }, { kind: "waiting" }).caFailures).toBe(2);
    expect(after({}, { kind: "outage", caFailed: true }).caFailures).toBe(1);
    expect(after({}, { kind: "waiting" })).not.toHaveProperty("caFailures");
    expect(after({ ownFaults: 2 }, { kind: "ours" }).ownFaults).toBe(3);
    expect(after({ ownFaults: 2 }, { kind: "waiting" })).not.toHaveProperty("ownFaults");
  });
});

describe("the state after a setback", () => {
  it.each<[string, Partial<TenantRecord>, SetbackDetails, ReasonCode, TenantRecord["state"]]>([
    ["a new tenant waits", {}, { kind: "waiting" }, "DNS_NXDOMAIN", "pending-dns"],
    ["a served one is being renewed", { ...served, state: "active" }, { kind: "outage" }, "CA_DOWN", "renewing"],
    ["an order goes on", { order }, { kind: "unfinished" }, "WAITING", "issuing"],
    ["a served one's goes on, too", { ...served, order }, { kind: "unfinished" }, "WAITING", "renewing"],
    ["however often it failed", { order, failures: 9 }, { kind: "unfinished" }, "WAITING", "issuing"],
    ["but one that is dropped does not", { order }, { kind: "unfinished", dropOrder: true }, "WAITING", "pending-dns"],
    ["a third no leaves it as it is", { failures: 2 }, { kind: "refused" }, "CA_REJECTED", "pending-dns"],
    ["a fourth no sets it aside", { failures: 3 }, { kind: "refused" }, "CA_REJECTED", "quarantined"],
    ["as does DNS that leads away from it", served, { kind: "waiting" }, "DNS_NOT_POINTING", "quarantined"],
    ["or is gone", served, { kind: "waiting" }, "DNS_NXDOMAIN", "quarantined"],
    ["or a proxy in front", served, { kind: "waiting" }, "PROXY_IN_FRONT", "quarantined"],
    ["not DNS that fails", served, { kind: "waiting" }, "DNS_SERVFAIL", "renewing"],
    ["nor a new one's that leads elsewhere", {}, { kind: "waiting" }, "DNS_NOT_POINTING", "pending-dns"],
    ["a week of waiting sets it aside", { since: NOW - 7 * DAY }, { kind: "waiting" }, "DNS_NXDOMAIN", "quarantined"],
    ["not a moment less", { since: NOW - 7 * DAY + 1 }, { kind: "waiting" }, "DNS_NXDOMAIN", "pending-dns"],
    ["nor a week of outage", { since: NOW - 8 * DAY }, { kind: "outage" }, "CA_DOWN", "pending-dns"],
    [
      "nor a served one's week",
      { ...served, state: "pending-dns", since: NOW - 8 * DAY },
      { kind: "waiting" },
      "DNS_SERVFAIL",
      "renewing",
    ],
    [
      "nor a week in another state",
      { state: "issuing", since: NOW - 8 * DAY },
      { kind: "waiting" },
      "DNS_SERVFAIL",
      "pending-dns",
    ],
    ["who is set aside stays so", { state: "quarantined" }, { kind: "waiting" }, "DNS_NXDOMAIN", "quarantined"],
    [
      "while the fault is ours it is not theirs",
      { state: "quarantined" },
      { kind: "ours" },
      "DNS_SERVFAIL",
      "pending-dns",
    ],
    ["nor while its order is unfinished", { state: "quarantined" }, { kind: "unfinished" }, "WAITING", "pending-dns"],
  ])("%s", (_what, changes, details, code, expected) => {
    expect(after(changes, details, { code }).state).toBe(expected);
  });

  it("counts from when it was entered, and a week passes as fast as the stack's time", () => {
    const begun = NOW - HOUR;
    expect(after({ since: begun }, { kind: "waiting" }).since).toBe(begun);
    expect(after({ since: begun, failures: 3 }, { kind: "refused" }).since).toBe(NOW);
    expect(after({ since: begun }, { kind: "waiting" }, { timeScale: 7 * 24 }).state).toBe("quarantined");
    expect(after({ since: begun + 1 }, { kind: "waiting" }, { timeScale: 7 * 24 }).state).toBe("pending-dns");
  });
});

describe("what stays on record after a setback", () => {
  it("the order, with what was seen of it, and of no other", () => {
    const seen = { ...order, url: "https://first-ca.test/order/0" };
    expect(after({ order }, { kind: "unfinished", order: seen }).order).toEqual(seen);
    expect(after({ order }, { kind: "unfinished", order: { ...seen, id: "2" } }).order).toEqual(order);
    expect(after({ order }, { kind: "unfinished" }).order).toEqual(order);
    expect(after({ order }, { kind: "refused", dropOrder: true, order: seen })).not.toHaveProperty("order");
    expect(after({}, { kind: "unfinished", order: seen })).not.toHaveProperty("order");
  });

  it("CAs that are not to be asked, until their time is over", () => {
    const avoidCas = [
      { ca: "over", until: NOW },
      { ca: "later", until: NOW + 1 },
    ];
    const avoid = { ca: "new", until: NOW + DAY };
    expect(after({ avoidCas }, { kind: "refused", avoid }).avoidCas).toEqual([avoidCas[1], avoid]);
    expect(after({ avoidCas: avoidCas.slice(0, 1) }, { kind: "refused" })).not.toHaveProperty("avoidCas");
  });

  it("names that are left out, and the search for one", () => {
    const refuse = [refusedName("b.example", NOW + DAY)];
    expect(after({}, { kind: "refused", refuse }).refusedNames).toEqual(refuse);
    expect(after({ refusedNames: refuse }, { kind: "waiting" }).refusedNames).toEqual(refuse);
    expect(after({}, { kind: "waiting" })).not.toHaveProperty("refusedNames");
    const search = { ca: "first-ca", stage: "ordering", good: [], open: [["a.example"]], orders: 1 } as const;
    const next = { ...search, orders: 2 };
    expect(after({ search }, { kind: "waiting" }).search).toEqual(search);
    expect(after({ search }, { kind: "unfinished", search: next }).search).toEqual(next);
    expect(after({}, { kind: "waiting" })).not.toHaveProperty("search");
  });

  it("since when fronts hold it up, as long as they do", () => {
    expect(after({}, { kind: "unfinished", heldSince: NOW - 1 }).heldSince).toBe(NOW - 1);
    expect(after({ heldSince: NOW - 1 }, { kind: "waiting" })).not.toHaveProperty("heldSince");
  });

  it("the certificate, whatever happened", () => {
    expect(after({ ...served, failures: 3 }, { kind: "refused" }).certificate).toEqual(certificate);
  });
});

describe("names refused anew", () => {
  it("take the place of what was known of them; others are known for two weeks after their time", () => {
    const known = [
      refusedName("long-over.example", NOW - 14 * DAY),
      refusedName("over.example", NOW - 14 * DAY + 1),
      refusedName("again.example", NOW - DAY),
    ];
    const anew = [refusedName("again.example", NOW + DAY)];
    expect(withRefused(known, anew, NOW)).toEqual([known[1], anew[0]]);
    expect(withRefused(undefined, anew, NOW)).toEqual(anew);
  });
});
