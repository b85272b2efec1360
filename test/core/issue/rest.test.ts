import { DAY, HOUR, MINUTE } from "../../../core/base/clock";
import { rested } from "../../../core/issue/rest";
import type { Reason } from "../../../core/record/reason";
import type { TenantRecord } from "../../../core/record/record";
import { ManualClock } from "../../../testing/manual-clock";
import { certificateSummary, tenant, tenantRecord } from "../../../testing/records";

const clock = new ManualClock();
const NOW = clock.now();
const certificate = certificateSummary("a.example", { notBefore: NOW - 10 * DAY, notAfter: NOW + 80 * DAY });
const RENEW_AT = NOW + 50 * DAY;
const warning: Reason = { code: "DNS_SERVFAIL", sentence: "The CAA records of a.example cannot be read." };
const waiting: Reason = { code: "WAITING", sentence: "a.example is being certified." };
const content: Partial<TenantRecord> = {
  state: "active",
  since: NOW - DAY,
  certificate,
  renewal: { renewAt: RENEW_AT, source: "lifetime" },
};
const withAlias = { ...content, tenant: tenant("a.example", { aliases: ["b.example"] }), reason: warning };
const refused = (name: string, until: number) => ({ name, until, reason: warning });

const rest = (changes: Partial<TenantRecord>, timeScale = 1) => {
  const { reason: _new, ...record } = tenantRecord("a.example", NOW);
  return rested({ ...record, ...changes }, { clock, timeScale });
};

describe("a tenant that needs nothing now", () => {
  it.each<[string, Partial<TenantRecord>, number | undefined]>([
    ["when its renewal is due", content, RENEW_AT],
    [
      "when its CA is to be asked",
      { ...content, renewal: { renewAt: RENEW_AT, source: "ari", ariCheckAt: NOW + 7 } },
      NOW + 7,
    ],
    ["when superseded keys may go", { ...content, forgetKeysAt: NOW + DAY }, NOW + DAY],
    ["each minute while its keys wait to be sealed", { ...content, unsealed: true }, NOW + MINUTE],
    ["never where nothing is planned", { ...content, renewal: undefined as never }, undefined],
    ["never when it was taken out", { ...content, state: "removed" }, undefined],
    [
      "when its keys may go, although it was taken out",
      { ...content, state: "removed", forgetKeysAt: NOW + 7 },
      NOW + 7,
    ],
    [
      "at the sooner of the two",
      { ...content, state: "removed", forgetKeysAt: NOW + DAY, unsealed: true },
      NOW + MINUTE,
    ],
    ["as often as one that waits for DNS, while a name has no certificate", withAlias, NOW + HOUR],
    ["often at first", { ...withAlias, since: NOW }, NOW + MINUTE],
    [
      "when a name that a CA refused is tried again",
      { ...withAlias, refusedNames: [refused("b.example", NOW + 2 * DAY)] },
      NOW + 2 * DAY,
    ],
    ["not later for one whose time is over", { ...withAlias, refusedNames: [refused("b.example", NOW)] }, NOW + HOUR],
    [
      "not for a name that it is served by all the same",
      { ...content, refusedNames: [refused("a.example", NOW + DAY)] },
      RENEW_AT,
    ],
    [
      "for the one that is refused and the one that is merely missing, whichever is sooner",
      {
        ...content,
        tenant: tenant("a.example", { aliases: ["b.example", "c.example"] }),
        refusedNames: [refused("b.example", NOW + 2 * DAY)],
      },
      NOW + HOUR,
    ],
  ])("is looked at again %s", (_when, changes, expected) => {
    expect(rest({ nextActionAt: 1, ...changes }).nextActionAt).toBe(expected);
  });

  it("is looked at as often as the stack's time passes", () => {
    expect(rest({ ...withAlias, since: NOW - MINUTE }, 24 * 60).nextActionAt).toBe(NOW + HOUR / 24 / 60);
    expect(rest({ ...withAlias, since: NOW - MINUTE + 1 }, 24 * 60).nextActionAt).toBe(NOW + 1_000);
    expect(rest({ ...withAlias, since: NOW - 10 }, 7).nextActionAt).toBe(NOW + Math.round(MINUTE / 7));
  });

  it("is active once it has a certificate, and since now", () => {
    const { state, since, failures } = rest({ ...content, state: "issuing", failures: 3 });
    expect({ state, since, failures }).toEqual({ state: "active", since: NOW, failures: 0 });
    expect(rest(content).since).toBe(NOW - DAY);
    expect(rest({ ...content, failures: 3 }).failures).toBe(3);
    expect(rest({ certificate: undefined as never }).state).toBe("pending-dns");
  });

  it.each<[string, Partial<TenantRecord>, Reason | undefined]>([
    ["what it was warned of stays said", { ...content, reason: warning }, warning],
    ["that it waited is not said any more", { ...content, reason: waiting }, undefined],
    ["what was wrong before it became active is over", { ...content, state: "renewing", reason: warning }, undefined],
    ["why a name is missing is said", withAlias, warning],
    ["also where its state was another", { ...withAlias, state: "renewing" }, warning],
    ["that it was taken out is said", { ...content, state: "removed", reason: warning }, warning],
    ["nothing is said where nothing was", content, undefined],
  ])("%s", (_what, changes, expected) => {
    expect(rest(changes).reason).toEqual(expected);
  });

  it("keeps further certificates for names that its own lacks, and no others", () => {
    const other = certificateSummary("b.example", { fingerprint: "b", notAfter: NOW + DAY });
    expect(rest({ ...withAlias, further: [other] }).further).toEqual([other]);
    expect(rest({ ...content, further: [other] })).not.toHaveProperty("further");
    expect(rest({ ...withAlias, state: "removed", further: [other] })).not.toHaveProperty("further");
  });
});
