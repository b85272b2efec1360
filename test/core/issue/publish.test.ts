import { DAY } from "../../../core/base/clock";
import { drop, frontItemOf, publish, putFrontItem } from "../../../core/issue/publish";
import { SupersededError } from "../../../core/issue/turn";
import type { CertificateSummary, TenantRecord } from "../../../core/record/record";
import { certificateSummary, frontItem, tenant } from "../../../testing/records";
import { TurnStage } from "../../../testing/turns";

let stage: TurnStage;
let now: number;
beforeEach(() => {
  stage = new TurnStage();
  now = stage.clock.now();
});

const configured = tenant("a.example", { aliases: ["b.example"] });
const of = (...names: string[]): CertificateSummary =>
  certificateSummary("a.example", {
    names,
    serial: names.join(),
    fingerprint: names.join(),
    notAfter: Date.UTC(2027, 1, 1),
  });
const stored = (summary: CertificateSummary) => ({
  domain: "a.example",
  summary,
  chain: `chain ${summary.serial}`,
  key: "key",
});
const forFronts = (summary: CertificateSummary) => ({ summary, chain: `chain ${summary.serial}`, key: "key" });
const keeps = async (...summaries: CertificateSummary[]) => {
  for (const summary of summaries) await stage.memory.putCertificate(stored(summary));
};
const item = () => stage.memory.frontItem("a.example");
const begin = (record: Partial<TenantRecord> = {}) => stage.begin({ tenant: configured, ...record });

describe("what is published of a tenant", () => {
  it("is its policy, its certificate with its key, and what fronts have to know of it", async () => {
    const heirs = [{ domain: "x.example", revision: 1 }];
    await keeps(of("a.example", "b.example"), of("older"));
    await publish(await begin({ certificate: of("a.example", "b.example"), revoked: ["older"], heirs, revision: 7 }));
    expect(await item()).toEqual({
      domain: "a.example",
      revision: now,
      removed: false,
      tenant: configured,
      revoked: ["older"],
      heirs,
      certificate: forFronts(of("a.example", "b.example")),
    });
    expect((await stage.record("a.example")).revision).toBe(now);
  });

  it("is its policy alone before the first certificate, and whom it waits for", async () => {
    const reason = { code: "DNS_NXDOMAIN", sentence: "No." } as const;
    await publish(await begin({ reason }));
    expect(await item()).toEqual({
      domain: "a.example",
      revision: now,
      removed: false,
      tenant: configured,
      waitsFor: "owner",
    });
  });

  it("does not say whom it waits for where there is a certificate", async () => {
    await keeps(of("a.example"));
    const turn = await begin({ reason: { code: "DNS_NXDOMAIN", sentence: "No." } });
    await putFrontItem(turn, stored(of("a.example")));
    expect(await item()).not.toHaveProperty("waitsFor");
  });

  it("are the further certificates that its own lacks names of", async () => {
    await keeps(of("a.example"), of("b.example"), of("c.example"));
    await publish(await begin({ certificate: of("a.example"), further: [of("b.example"), of("c.example")] }));
    expect((await item())?.further).toEqual([forFronts(of("b.example"))]);
    expect((await stage.record("a.example")).further).toEqual([of("b.example")]);
  });

  it("is the former certificate, too, as long as a new one lacks a name of it", async () => {
    await keeps(of("a.example", "b.example"));
    const turn = await begin({ certificate: of("a.example", "b.example") });
    await putFrontItem(turn, stored(of("a.example")));
    expect((await item())?.further).toEqual([forFronts(of("a.example", "b.example"))]);
    await putFrontItem(turn, stored(of("b.example", "a.example")));
    expect(await item()).not.toHaveProperty("further");
  });

  it("is without what is not stored any more", async () => {
    await publish(await begin({ certificate: of("a.example"), further: [of("b.example")] }));
    expect(await item()).not.toHaveProperty("certificate");
    expect(await item()).not.toHaveProperty("further");
  });
});

describe("a tenant that was taken out", () => {
  it("is dropped, with nothing that could serve it", async () => {
    const reason = { code: "REMOVED", sentence: "It was taken out." } as const;
    await keeps(of("b.example"));
    await drop(await begin({ state: "removed", reason, further: [of("b.example")] }));
    expect(await item()).toEqual({ domain: "a.example", revision: now, removed: true, tenant: configured });
  });
});

describe("the revision of what is published", () => {
  it.each<[string, { record: number; before?: number }, number]>([
    ["is the time", { record: -9, before: -9 }, 0],
    ["is the record's where that is higher", { record: 9 }, 9],
    ["is above what was published before", { record: 0, before: 9 }, 10],
    ["is above both", { record: 12, before: 9 }, 12],
  ])("%s", async (_what, { record, before }, expected) => {
    if (before !== undefined) await stage.memory.putFrontItem(frontItem("a.example", now + before));
    expect(await putFrontItem(await begin({ revision: now + record }), undefined)).toBe(now + expected);
    expect((await item())?.revision).toBe(now + expected);
  });

  it("is never lower in the record than what was configured", async () => {
    const turn = await begin();
    const { putFrontItem: put } = stage.memory;
    stage.memory.putFrontItem = async (next) => {
      const record = await stage.record("a.example");
      await stage.memory.saveTenant({ ...record, revision: now + 50, version: record.version + 1 });
      return put.call(stage.memory, next);
    };
    await publish(turn);
    expect((await stage.record("a.example")).revision).toBe(now + 50);
  });
});

describe("what fronts were told last", () => {
  it("is read once a turn, whatever it was, and known from what this worker wrote", async () => {
    let reads = 0;
    stage.memory.frontItem = async () => void reads++ as undefined;
    const turn = await begin();
    expect([await frontItemOf(turn), await frontItemOf(turn)]).toEqual([undefined, undefined]);
    await putFrontItem(turn, undefined);
    expect(await frontItemOf(turn)).toMatchObject({ revision: now });
    expect(reads).toBe(1);
  });

  it("is read again where another was written meanwhile, for the lease is lost then", async () => {
    const turn = await begin();
    await frontItemOf(turn);
    await stage.memory.putFrontItem(frontItem("a.example", now + DAY));
    await expect(putFrontItem(turn, undefined)).rejects.toBeInstanceOf(SupersededError);
    expect((await frontItemOf(turn))?.revision).toBe(now + DAY);
  });
});
