import { type RevocationReason, renew, revoke } from "../../../core/issue/operations";
import type { TenantRecord } from "../../../core/record/record";
import { IssuerStage } from "../../../testing/issuer-stage";
import { certificateSummary, tenant, tenantRecord } from "../../../testing/records";

let stage: IssuerStage;
let now: number;
beforeEach(() => {
  stage = new IssuerStage();
  now = stage.clock.now();
});

const LEAF = "-----BEGIN CERTIFICATE-----\nleaf\n-----END CERTIFICATE-----\n";
const CHAIN = `${LEAF}-----BEGIN CERTIFICATE-----\nintermediate\n-----END CERTIFICATE-----\n`;
const summary = certificateSummary("a.example", { ca: "first-ca", fingerprint: "present" });

async function has(domain: string, changes: Partial<TenantRecord> = {}): Promise<void> {
  await stage.memory.createTenant(tenantRecord(domain, now, { nextActionAt: now + 1_000, ...changes }));
}
const served = async (changes: Partial<TenantRecord> = {}) => {
  await has("a.example", { certificate: summary, renewal: { renewAt: now + 1_000, source: "lifetime" }, ...changes });
  await stage.memory.putCertificate({ domain: "a.example", summary, chain: CHAIN, key: "key" });
};
const unknown = (domain: string) => ({
  code: "UNKNOWN_TENANT",
  tenant: domain,
  message: `There is no tenant ${domain}.`,
  advice: "Use the tenant's primary domain, as `certfront status` lists it.",
});

describe("a renewal that somebody asks for", () => {
  it("is due now, whatever failed before and whatever was planned", async () => {
    const reason = { code: "CA_REJECTED", sentence: "No." } as const;
    await served({
      failures: 3,
      caFailures: 2,
      avoidCas: [{ ca: "first-ca", until: now + 9 }],
      refusedNames: [{ name: "a.example", reason, until: now + 9 }],
      search: { ca: "first-ca", stage: "ordering", good: [], open: [["a.example"]], orders: 1 },
      renewal: {
        renewAt: now + 9,
        source: "ari",
        ariCheckAt: now + 8,
        inRound: true,
        explanationUrl: "https://why.example",
      },
    });
    const before = await stage.record("a.example");
    await renew("a.example", stage.ports());
    const { avoidCas: _a, caFailures: _b, refusedNames: _c, search: _d, ...kept } = before;
    expect(await stage.record("a.example")).toEqual({
      ...kept,
      failures: 0,
      nextActionAt: now,
      renewal: { renewAt: now, source: "requested", inRound: true },
      version: before.version + 1,
    });
  });

  it("is a first order where there is no certificate", async () => {
    await has("a.example");
    await renew("a.example", stage.ports());
    expect(await stage.record("a.example")).toMatchObject({ nextActionAt: now });
    expect(await stage.record("a.example")).not.toHaveProperty("renewal");
  });

  it("has a plan from then on where there was none", async () => {
    await has("a.example", { certificate: summary });
    await renew("a.example", stage.ports());
    expect((await stage.record("a.example")).renewal).toEqual({ renewAt: now, source: "requested" });
  });

  it("is refused for a tenant that nobody knows, or that was taken out", async () => {
    await has("gone.example", { state: "removed" });
    for (const domain of ["gone.example", "never.example"])
      await expect(renew(domain, stage.ports())).rejects.toMatchObject(unknown(domain));
  });
});

describe("a revocation", () => {
  // RFC 5280 §5.3.1.
  it.each<[RevocationReason, number]>([
    ["unspecified", 0],
    ["keyCompromise", 1],
    ["superseded", 4],
    ["cessationOfOperation", 5],
  ])("tells the CA the certificate and why: %s is %i", async (why, reason) => {
    await served();
    await revoke("a.example", why, stage.ports());
    expect(stage.ca.revoked).toEqual([{ leaf: LEAF, reason }]);
  });

  it("is noted, and the certificate replaced at once", async () => {
    await served({ revoked: ["older"] });
    await revoke("a.example", "superseded", stage.ports());
    expect(await stage.record("a.example")).toMatchObject({
      revoked: ["present", "older"],
      renewal: { source: "requested", renewAt: now },
      nextActionAt: now,
    });
  });

  it("is noted of the last five", async () => {
    await served({ revoked: ["1", "2", "3", "4", "5"] });
    await revoke("a.example", "superseded", stage.ports());
    expect((await stage.record("a.example")).revoked).toEqual(["present", "1", "2", "3", "4"]);
  });

  it("is noted by nobody where the CA does not do it", async () => {
    await served();
    stage.ca.fail("revoke", { type: "serverInternal" });
    await expect(revoke("a.example", "superseded", stage.ports())).rejects.toThrow();
    expect(await stage.record("a.example")).not.toHaveProperty("revoked");
  });

  it("is refused where there is no certificate, or none that is stored", async () => {
    await has("a.example");
    const refused = { code: "NO_CERTIFICATE", tenant: "a.example", message: "a.example has no certificate to revoke." };
    await expect(revoke("a.example", "superseded", stage.ports())).rejects.toMatchObject(refused);
    await has("b.example", { certificate: summary });
    await expect(revoke("b.example", "superseded", stage.ports())).rejects.toMatchObject({ code: "NO_CERTIFICATE" });
    await expect(revoke("c.example", "superseded", stage.ports())).rejects.toMatchObject(unknown("c.example"));
  });

  it("is refused where its CA left the list", async () => {
    await served();
    stage.cas = [stage.newCa("second-ca")];
    await expect(revoke("a.example", "superseded", stage.ports())).rejects.toMatchObject({
      code: "UNKNOWN_CA",
      tenant: "a.example",
      message: "first-ca, which issued the certificate of a.example, is not in the stack's list.",
      advice: "Put the CA back into the list to revoke what it issued.",
    });
  });

  describe("of a certificate that other tenants are served with, too", () => {
    const other = certificateSummary("a.example", { fingerprint: "other" });
    const revoked = async () => {
      await served({ certificate: { ...summary, names: ["a.example", "b.example"] } });
      const stored = { ...summary, names: ["a.example", "b.example"] };
      await stage.memory.putCertificate({ domain: "a.example", summary: stored, chain: CHAIN, key: "key" });
      await revoke("a.example", "keyCompromise", stage.ports());
      return (await stage.memory.tenant("b.example"))?.revoked;
    };

    it.each<[string, boolean, Partial<TenantRecord>]>([
      ["as their own", true, { certificate: summary }],
      ["beside their own", true, { certificate: other, further: [other, summary] }],
      ["not where it is another one", false, { certificate: other }],
      ["not where they have none", false, {}],
      ["not where they were taken out", false, { certificate: summary, state: "removed" }],
      [
        "not where it has none of their names",
        false,
        { certificate: summary, tenant: tenant("b.example", { domain: "c.example" }) },
      ],
    ])("replaces it there: %s (%p)", async (_how, replaced, changes) => {
      await has("b.example", changes);
      expect(await revoked()).toEqual(replaced ? ["present"] : undefined);
    });

    it("finds them on whatever page of the index they are", async () => {
      for (const domain of ["x.example", "y.example"]) await has(domain);
      await has("b.example", { certificate: summary });
      const { listTenants } = stage.memory;
      const cursors: (string | undefined)[] = [];
      stage.memory.listTenants = (cursor) => {
        cursors.push(cursor);
        return listTenants.call(stage.memory, cursor, 1);
      };
      expect(await revoked()).toEqual(["present"]);
      expect(cursors).toEqual([undefined, "1", "2", "3"]);
    });

    it("goes by the record where the index is behind", async () => {
      await has("b.example", { certificate: summary });
      const { tenant: read } = stage.memory;
      stage.memory.tenant = async (domain) => {
        const record = await read.call(stage.memory, domain);
        return record && domain === "b.example" ? { ...record, state: "removed" } : record;
      };
      await revoked();
      expect((await read.call(stage.memory, "b.example"))?.revoked).toBeUndefined();
    });
  });
});
