import { MINUTE, SECOND } from "../../core/base/clock";
import type { TenantIndexEntry } from "../../core/record/store";
import type { ProblemKind } from "../../lambdas/expiry-monitor/certificate-findings";
import { forgiveWhatIsOnItsWay } from "../../lambdas/expiry-monitor/sightings";
import { certificateSummary, indexEntry } from "../../testing/records";

const NOW = Date.UTC(2026, 10, 21, 12);
const certificate = certificateSummary("a.example", { fingerprint: "stored" });
const entry = (changes: Partial<TenantIndexEntry> = {}) =>
  indexEntry("a.example", { revision: NOW - 60 * MINUTE, certificate, ...changes });

/** What is left of a finding of this kind where the index says this when it is asked again. */
async function left(kind: ProblemKind, present: TenantIndexEntry | undefined, fingerprint = "served") {
  const served = { serial: "01", fingerprint, notBefore: 0, notAfter: NOW };
  const sighting = { name: "a.example", at: "192.0.2.1", findings: [{ kind, problem: "as found" }], served };
  const [after] = await forgiveWhatIsOnItsWay([sighting], entry(), NOW, async () => present);
  return after?.findings.map((finding) => finding.kind);
}

describe("what is served otherwise than stored", () => {
  it.each<[string, ProblemKind, TenantIndexEntry | undefined, boolean]>([
    ["an hour after the change", "other-certificate", entry(), true],
    ["five minutes after the change", "other-certificate", entry({ revision: NOW - 5 * MINUTE }), true],
    ["less than five minutes after it", "other-certificate", entry({ revision: NOW - 5 * MINUTE + SECOND }), false],
    ["with other names, just after it", "wrong-names", entry({ revision: NOW - SECOND }), false],
    ["with nothing, just after it", "refused", entry({ revision: NOW - SECOND }), false],
    ["expired, just after it", "not-valid-now", entry({ revision: NOW - SECOND }), true],
    ["by nobody, just after it", "no-connection", entry({ revision: NOW - SECOND }), true],
    ["under a revision of a wrong clock", "other-certificate", entry({ revision: NOW + 5 * MINUTE }), true],
    ["and was taken out meanwhile", "refused", entry({ state: "removed" }), false],
    ["and has no certificate any more", "refused", entry({ certificate: undefined as never }), false],
    ["by a tenant that the index does not find again", "refused", undefined, true],
  ])("%s (%s)", async (_when, kind, present, isFinding) => {
    expect(await left(kind, present)).toEqual(isFinding ? [kind] : []);
  });

  it("is no finding where the index was behind: it is what is stored by now", async () => {
    const present = entry({ certificate: { ...certificate, fingerprint: "newer" } });
    expect(await left("other-certificate", present, "newer")).toEqual([]);
    expect(await left("wrong-names", present, "newer")).toEqual(["wrong-names"]);
  });
});
