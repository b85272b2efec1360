import { DAY, HOUR } from "../../../core/base/clock";
import { Succession } from "../../../core/issue/succession";
import type { CertificateSummary, TenantRecord } from "../../../core/record/record";
import type { Tenant } from "../../../core/tenant/tenant";
import { ManualClock } from "../../../testing/manual-clock";
import { MemoryStore } from "../../../testing/memory-store";
import { certificateSummary, tenant, tenantRecord } from "../../../testing/records";

const clock = new ManualClock();
const NOW = clock.now();
let store: MemoryStore;
let reads: number;
beforeEach(() => {
  store = new MemoryStore(clock);
  reads = 0;
});

const of = (names: readonly string[], changes: Partial<CertificateSummary> = {}): CertificateSummary =>
  certificateSummary("x", {
    names,
    serial: names.join(),
    fingerprint: names.join(),
    notAfter: NOW + 60 * DAY,
    ...changes,
  });

/** A tenant that is stored and served with these certificates, the first of which is its present one. */
async function holds(one: Tenant, summaries: readonly CertificateSummary[], changes: Partial<TenantRecord> = {}) {
  const [certificate, ...further] = summaries;
  for (const summary of summaries) {
    await store.putCertificate({ domain: one.domain, summary, chain: `chain of ${summary.serial}`, key: "key" });
  }
  await store.createTenant(
    tenantRecord(one.domain, NOW, {
      tenant: one,
      ...(certificate && { certificate }),
      ...(further.length > 0 && { further }),
      ...changes,
    }),
  );
}

async function succession(...tenants: Tenant[]): Promise<Succession> {
  const { items } = await store.listTenants();
  const counting = {
    tenant: (domain: string) => {
      reads++;
      return store.tenant(domain);
    },
    certificates: (domain: string) => {
      reads++;
      return store.certificates(domain);
    },
  };
  return new Succession(tenants, items, counting, NOW);
}
const inherits = async (heir: Tenant, ...others: Tenant[]) => (await succession(heir, ...others)).inherited(heir);
const serials = ({ certificates }: { certificates: readonly { summary: CertificateSummary }[] }) =>
  certificates.map(({ summary }) => summary.serial);

const old = tenant("old.example", { aliases: ["www.old.example"] });
const heir = tenant("new.example", { aliases: ["old.example", "www.old.example"] });

describe("a tenant that is gone from the list", () => {
  it("lives on where others have all of its names, and only then", async () => {
    await holds(old, []);
    const [entry] = (await store.listTenants()).items;
    if (!entry) throw new Error("it was stored");
    expect((await succession(heir)).livesOn(entry)).toBe(true);
    expect((await succession(tenant("old.example"))).livesOn(entry)).toBe(false);
    expect((await succession()).livesOn(entry)).toBe(false);
  });
});

describe("names that go to another tenant", () => {
  it("bring the certificate along that they are served with, for the heir from now on, and its plan", async () => {
    const summary = of(["old.example", "www.old.example"]);
    const renewal = { renewAt: NOW + 30 * DAY, source: "ari" } as const;
    await holds(old, [summary], { renewal });
    expect(await inherits(heir)).toEqual({
      certificates: [
        {
          domain: "new.example",
          summary: { ...summary, issuedTo: "old.example" },
          chain: `chain of ${summary.serial}`,
          key: "key",
        },
      ],
      renewal,
      revoked: [],
    });
  });

  it("cost no read where nobody had them", async () => {
    await holds(tenant("other.example"), []);
    expect(await inherits(heir)).toEqual({ certificates: [], revoked: [] });
    expect(await inherits(tenant("other.example"))).toEqual({ certificates: [], revoked: [] });
    expect(reads).toBe(0);
  });

  it("bring those that carry most of what is lacking, and no more than are needed", async () => {
    await holds(tenant("one.example"), [of(["one.example", "a.example"])]);
    await holds(tenant("two.example"), [of(["two.example", "a.example", "b.example"])]);
    await holds(tenant("three.example"), [of(["b.example"])]);
    const heirs = tenant("new.example", { aliases: ["one.example", "two.example", "a.example", "b.example"] });
    expect(serials(await inherits(heirs))).toEqual(["two.example,a.example,b.example", "one.example,a.example"]);
  });

  it("bring the youngest of those that carry as many", async () => {
    await holds(tenant("one.example"), [of(["one.example", "a.example"], { serial: "older", notBefore: 1 })]);
    await holds(tenant("two.example"), [of(["two.example", "a.example"], { serial: "younger", notBefore: 2 })]);
    expect(serials(await inherits(tenant("new.example", { aliases: ["a.example"] })))).toEqual(["younger"]);
  });

  it("bring nothing for names that the heir serves already, until its own has expired", async () => {
    await holds(old, [of(["old.example", "www.old.example"])]);
    await holds(heir, [of(["new.example", "old.example", "www.old.example"], { notAfter: NOW + 1 })]);
    expect(serials(await inherits(heir))).toEqual([]);
    const expired = { ...(await store.tenant("new.example")), version: 2 } as TenantRecord;
    await store.saveTenant({ ...expired, certificate: of(["old.example"], { notAfter: NOW }) });
    expect(serials(await inherits(heir))).toEqual(["old.example,www.old.example"]);
  });

  it("bring none that has expired, nor one that is not stored any more", async () => {
    await holds(old, [of(["old.example"], { notAfter: NOW }), of(["www.old.example"])]);
    expect(serials(await inherits(heir))).toEqual(["www.old.example"]);
    store.certificates = async () => [];
    expect(serials(await inherits(heir))).toEqual([]);
  });

  it("bring no plan where the certificate was not the former holder's present one, or had none", async () => {
    const renewal = { renewAt: NOW + 30 * DAY, source: "ari" } as const;
    await holds(old, [of(["x.example"]), of(["old.example", "www.old.example"])], { renewal });
    expect(await inherits(heir)).not.toHaveProperty("renewal");
    store = new MemoryStore(clock);
    await holds(old, [of(["old.example"])]);
    expect(await inherits(heir)).not.toHaveProperty("renewal");
  });

  it("say which of their certificates was revoked", async () => {
    await holds(old, [of(["old.example"]), of(["www.old.example"])], { revoked: ["www.old.example", "earlier"] });
    expect((await inherits(heir)).revoked).toEqual(["www.old.example"]);
  });

  it.each([
    ["to another customer's", "bob", []],
    ["to the same customer's", "anna", ["old.example,www.old.example"]],
    ["to one that does not say whose it is", undefined, ["old.example,www.old.example"]],
  ])("%s tenant bring it along: as many as are theirs", async (_whose, owner, expected) => {
    await holds({ ...old, owner: "anna" }, [of(["old.example", "www.old.example"])]);
    expect(serials(await inherits(owner === undefined ? heir : { ...heir, owner }))).toEqual(expected);
  });

  it("come back as what they were issued as", async () => {
    await holds(tenant("new.example", { aliases: ["old.example"] }), [
      of(["old.example"], { issuedTo: "old.example" }),
    ]);
    expect((await inherits(tenant("old.example"))).certificates.map(({ summary }) => summary)).toEqual([
      of(["old.example"]),
    ]);
    const further = await inherits(tenant("third.example", { aliases: ["old.example"] }));
    expect(further.certificates.map(({ summary }) => summary.issuedTo)).toEqual(["old.example"]);
  });

  it("bring it along also where only the certificate has them", async () => {
    await holds(tenant("old.example"), [of(["old.example", "www.old.example"])]);
    expect(serials(await inherits(tenant("www.old.example")))).toEqual(["old.example,www.old.example"]);
  });
});

describe("fronts are told who has a tenant's names now", () => {
  const record = (changes: Partial<TenantRecord> = {}) => tenantRecord("old.example", NOW, { tenant: old, ...changes });
  const third = tenant("third.example", { aliases: ["www.old.example"] });

  it("of a tenant that goes: all who have one, each once", async () => {
    const all = await succession(tenant("new.example", { aliases: ["old.example"] }), third);
    expect(all.heirsOf(record(), undefined)).toEqual({
      heirs: [
        { domain: "new.example", revision: NOW },
        { domain: "third.example", revision: NOW },
      ],
    });
    expect((await succession(heir)).heirsOf(record(), undefined).heirs).toHaveLength(1);
  });

  it("of one that stays: those who have what it gives up", async () => {
    const next = tenant("old.example");
    expect((await succession(next, third)).heirsOf(record(), next)).toEqual({
      heirs: [{ domain: "third.example", revision: NOW }],
    });
    expect((await succession(old)).heirsOf(record(), old)).toEqual({});
    expect((await succession(old)).heirsOf(record(), undefined)).toEqual({});
  });

  it("for an hour, and anew where there is a newer one", async () => {
    const heirs = [
      { domain: "past.example", revision: NOW - HOUR },
      { domain: "recent.example", revision: NOW - HOUR + 1 },
      { domain: "third.example", revision: NOW - 1 },
    ];
    const next = tenant("old.example");
    expect((await succession(next, third)).heirsOf(record({ heirs }), next)).toEqual({
      heirs: [heirs[1], { domain: "third.example", revision: NOW }],
    });
  });
});
