import { DAY } from "../../../core/base/clock";
import { type Inheritance, stillNeeded, withInheritance } from "../../../core/issue/succession";
import type { CertificateSummary, TenantRecord } from "../../../core/record/record";
import type { StoredCertificate } from "../../../core/record/store";
import { certificateSummary, tenant, tenantRecord } from "../../../testing/records";

const NOW = Date.UTC(2026, 10, 21);
const configured = tenant("a.example", { aliases: ["b.example", "c.example"] });
const of = (...names: string[]): CertificateSummary =>
  certificateSummary("x", { names, fingerprint: names.join(), notAfter: NOW + DAY });
const record = (changes: Partial<TenantRecord>) => tenantRecord("a.example", NOW, { tenant: configured, ...changes });

describe("of the certificates beside the present one", () => {
  it.each<[string, Partial<TenantRecord>, readonly CertificateSummary[]]>([
    [
      "those stay that serve a name which it lacks",
      { certificate: of("a.example"), further: [of("b.example")] },
      [of("b.example")],
    ],
    ["those go that serve none", { certificate: of("a.example", "b.example"), further: [of("b.example")] }, []],
    [
      "those go whose names others before them serve",
      {
        certificate: of("a.example"),
        further: [of("b.example"), of("b.example", "x.example"), of("c.example", "b.example")],
      },
      [of("b.example"), of("c.example", "b.example")],
    ],
    [
      "none is needed for a name that is not the tenant's",
      { certificate: of("a.example"), further: [of("x.example")] },
      [],
    ],
    ["an expired one goes", { certificate: of("a.example"), further: [{ ...of("b.example"), notAfter: NOW }] }, []],
    [
      "one stays to its last moment",
      { further: [{ ...of("b.example"), notAfter: NOW + 1 }] },
      [{ ...of("b.example"), notAfter: NOW + 1 }],
    ],
    ["a revoked one goes", { further: [of("b.example"), of("c.example")], revoked: ["b.example"] }, [of("c.example")]],
    [
      "the present one is not its own successor",
      { certificate: { ...of("a.example"), fingerprint: "b.example" }, further: [of("b.example")] },
      [],
    ],
    ["there may be none", {}, []],
  ])("%s", (_what, changes, expected) => {
    expect(stillNeeded(record(changes), NOW)).toEqual(expected.length > 0 ? { further: expected } : {});
  });
});

describe("a tenant that inherits certificates", () => {
  const stored = (summary: CertificateSummary): StoredCertificate => ({
    domain: "a.example",
    summary,
    chain: "",
    key: "",
  });
  const inherited = (summaries: readonly CertificateSummary[], more: Partial<Inheritance> = {}): Inheritance => ({
    certificates: summaries.map(stored),
    revoked: [],
    ...more,
  });
  const own = of("a.example");
  const plan = { renewAt: NOW + DAY, source: "ari" } as const;

  it("is as it was where there is nothing to inherit", () => {
    const before = record({ certificate: own });
    expect(withInheritance(before, inherited([]), NOW)).toBe(before);
  });

  it("has the first as its own where it has none, with its plan", () => {
    const after = withInheritance(record({}), inherited([own, of("b.example")], { renewal: plan }), NOW);
    expect(after).toMatchObject({ certificate: own, renewal: plan, further: [of("b.example")] });
  });

  it("replaces that at once where nobody had a plan for it", () => {
    expect(withInheritance(record({}), inherited([own]), NOW).renewal).toEqual({ renewAt: NOW, source: "lifetime" });
  });

  it.each<[string, boolean, CertificateSummary | undefined, CertificateSummary]>([
    ["it has one", false, own, of("b.example", "a.example")],
    ["its own has expired", true, { ...own, notAfter: NOW }, of("b.example", "a.example")],
    ["its own is in its last moment", false, { ...own, notAfter: NOW + 1 }, of("b.example", "a.example")],
    ["the first does not carry its domain", false, undefined, of("b.example")],
  ])("where %s, takes the first in its place: %p", (_what, taken, certificate, first) => {
    const before = record({ ...(certificate && { certificate, renewal: plan }) });
    const after = withInheritance(before, inherited([first]), NOW);
    expect(after.certificate).toEqual(taken ? first : certificate);
    expect(after.further ?? []).toEqual(taken ? [] : [first]);
    expect(after.renewal).toEqual(taken ? { renewAt: NOW, source: "lifetime" } : certificate && plan);
  });

  it("keeps what it had beside its own, behind what is new, and each once", () => {
    const further = [of("c.example"), of("b.example")];
    const after = withInheritance(record({ certificate: own, further }), inherited([of("b.example")]), NOW);
    expect(after.further).toEqual([of("b.example"), of("c.example")]);
  });

  it("knows what was revoked, each once, and serves none of it beside its own", () => {
    const after = withInheritance(
      record({ certificate: own, revoked: ["old", "b.example"] }),
      inherited([of("b.example"), of("c.example")], { revoked: ["b.example"] }),
      NOW,
    );
    expect(after.revoked).toEqual(["b.example", "old"]);
    expect(after.further).toEqual([of("c.example")]);
    expect(withInheritance(record({}), inherited([own]), NOW)).not.toHaveProperty("revoked");
  });
});
