import { DAY, MINUTE } from "../../../core/base/clock";
import type { ServedState } from "../../../core/record/record";
import { factsOf, type TenantFacts, tenantView } from "../../../core/status/view";
import { tenantRecord } from "../../../testing/records";
import { activeTenant, heartbeat, NOW, notPointing, pendingTenant } from "../../../testing/sample-tenants";

const active = factsOf(activeTenant("a.example", 15, ["www.a.example"]));

describe("what is told of a tenant", () => {
  it("is its certificate and when it is renewed, where it is served", () => {
    expect(tenantView(active, [], NOW)).toStrictEqual({
      domain: "a.example",
      aliases: ["www.a.example"],
      attention: "warning",
      state: "active",
      since: "2027-02-04T14:03:00.000Z",
      certificate: {
        serial: "2c8b11f05d",
        fingerprint: "ab".repeat(32),
        ca: "letsencrypt",
        notBefore: "2026-12-06T14:03:00.000Z",
        notAfter: "2027-03-06T14:03:00.000Z",
      },
      renewal: { at: "2027-02-04T14:03:00.000Z", source: "ari", overdue: 0.5 },
      nextAttempt: "2027-02-19T20:03:00.000Z",
      fronts: { serving: [], behind: [] },
    });
  });

  it("is why it has no certificate, and the records to set, where it waits for its owner", () => {
    const reason = notPointing("a.example");
    expect(tenantView(factsOf(pendingTenant("a.example", reason)), [], NOW)).toStrictEqual({
      domain: "a.example",
      aliases: [],
      attention: "broken",
      state: "pending-dns",
      since: "2027-02-19T11:03:00.000Z",
      reason: { code: reason.code, sentence: reason.sentence, dns: reason.dns },
      nextAttempt: "2027-02-19T14:13:00.000Z",
      fronts: { serving: [], behind: [] },
    });
  });

  it("has a list of records to set also where there are none, so that scripts need not ask", () => {
    const reason = { code: "CA_REJECTED", sentence: "No.", problemType: "urn:ietf:params:acme:error:caa" } as const;
    expect(tenantView({ ...active, reason }, [], NOW).reason).toStrictEqual({ ...reason, dns: [] });
  });

  it("says when nothing will be tried any more by saying no time", () => {
    const { nextActionAt: _, ...removed } = activeTenant("a.example");
    expect(tenantView(factsOf({ ...removed, state: "removed" }), [], NOW)).not.toHaveProperty("nextAttempt");
    expect(tenantView({ ...active, nextActionAt: 0 }, [], NOW).nextAttempt).toBe("1970-01-01T00:00:00.000Z");
  });

  it("has the CA's words on why it wants the certificate renewed", () => {
    const renewal = { renewAt: NOW, source: "ari", explanationUrl: "https://ca.example/why" } as const;
    expect(tenantView({ ...active, renewal }, [], NOW).renewal).toStrictEqual({
      at: "2027-02-19T14:03:00.000Z",
      source: "ari",
      overdue: 0,
      explanationUrl: "https://ca.example/why",
    });
  });

  it("rounds how much a renewal is overdue", () => {
    const renewal = { renewAt: NOW - 7.5 * DAY, source: "ari" } as const;
    expect(tenantView({ ...active, renewal }, [], NOW).renewal?.overdue).toBe(0.3333);
  });

  it("of a record is the same as of its line in the index, without what the record has not", () => {
    expect(factsOf(tenantRecord("a.example", NOW, { nextActionAt: 0 }))).toStrictEqual({
      domain: "a.example",
      names: ["a.example"],
      state: "pending-dns",
      since: NOW,
      revision: NOW,
      reason: { code: "WAITING", sentence: "a.example was just added and has not been looked at yet." },
      nextActionAt: 0,
    });
    const { reason: _, nextActionAt: __, ...bare } = activeTenant("a.example");
    expect(factsOf(bare)).not.toHaveProperty("reason");
    expect(factsOf(bare)).not.toHaveProperty("nextActionAt");
  });
});

describe("which fronts serve a tenant", () => {
  it("names those that do and those that do not, each with why not", () => {
    const fronts = [
      heartbeat("front-a"),
      heartbeat("front-b", { failed: [{ domain: "a.example", problem: "refused" }] }),
      heartbeat("front-c", { at: NOW - 5 * MINUTE }),
      heartbeat("front-d"),
    ];
    expect(tenantView(active, fronts, NOW).fronts).toEqual({
      serving: ["front-a", "front-d"],
      behind: [
        { front: "front-b", problem: "refused" },
        { front: "front-c", problem: "silent since 2027-02-19T13:58:00.000Z" },
      ],
    });
  });

  it("asks no front about a tenant that was removed", () => {
    const removed: TenantFacts = { ...active, state: "removed" };
    expect(tenantView(removed, [heartbeat("front-a")], NOW).fronts).toEqual({ serving: [], behind: [] });
  });
});

describe("what was seen from outside", () => {
  const seen = (...names: ServedState["names"]) =>
    tenantView(active, [], NOW, { domain: "a.example", checkedAt: NOW, names }).seen;
  const good = { name: "a.example", at: "192.0.2.1", ok: true, serial: "0a" };
  const bad = { name: "a.example", at: "public", ok: false, problem: "the name's DNS leads elsewhere" };

  it("is told name by name, with what is wrong where something is", () => {
    expect(seen({ ...good, notAfter: NOW }, bad)).toStrictEqual({
      checkedAt: "2027-02-19T14:03:00.000Z",
      ok: false,
      names: [good, bad],
    });
  });

  it.each([
    ["all is well", [good, good], true],
    ["one of several is not well", [good, bad], false],
    ["nothing was looked at", [], false],
  ])("is well or not: where %s", (_, names, ok) => {
    expect(seen(...names)?.ok).toBe(ok);
  });

  it("is not told where it was not asked for", () => {
    expect(tenantView(active, [], NOW)).not.toHaveProperty("seen");
  });
});
