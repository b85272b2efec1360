import { rmSync } from "node:fs";
import { DAY } from "../../core/base/clock";
import type { FrontCertificate, FrontItem } from "../../core/record/record";
import { KeysUnreachableError } from "../../front/agent/key-opener";
import { FakeFront } from "../../testing/fake-front";
import { AwsError } from "../../wire/aws/client";

/** What a front takes of the certificates that the table has for a tenant, and what it goes on with where one is no good. */
describe("the certificates of an item", () => {
  let front: FakeFront;
  let seal: (certificate: FrontCertificate, domain: string) => Promise<FrontCertificate>;
  beforeEach(async () => {
    front = await FakeFront.start();
    const sealer = front.kms.sealer(front.clock);
    seal = async (certificate, domain) => ({
      ...certificate,
      key: await sealer.privateKey(certificate.key, domain),
    });
  });
  afterEach(() => front.stop());

  const sealed = async (domain: string, changes: Parameters<FakeFront["item"]>[1] = {}) => {
    const item = front.issued(domain, changes);
    return { ...item, certificate: await seal(item.certificate, domain) } satisfies FrontItem;
  };
  const serial = ({ certificate }: { certificate: FrontCertificate }) => certificate.summary.serial;

  it("are opened where their keys are sealed, and the key is on this front's disk only", async () => {
    const item = await sealed("a.example");
    expect(await front.apply(item)).toBeUndefined();
    expect([front.served("a.example"), front.tenants.get("a.example")?.sealed]).toEqual([serial(item), true]);
    expect(JSON.stringify(front.tenants.get("a.example"))).not.toMatch(/PRIVATE KEY|certfront-sealed/);
  });

  it("are refused in PEM once they came sealed, also by an agent that was started since", async () => {
    const item = await sealed("a.example");
    await front.apply(item);
    await front.restartAgent();
    await front.tenants.adopt();
    const forged = front.issued("a.example");
    expect(await front.apply(forged)).toBe("The stored key is in PEM, and was sealed before.");
    expect([front.served("a.example"), front.tenants.get("a.example")?.sealed]).toEqual([serial(item), true]);
  });

  it("are not held for sealed ones where a sealed one was refused", async () => {
    const item = await sealed("a.example");
    const { key } = (await sealed("b.example")).certificate;
    expect(await front.apply({ ...item, certificate: { ...item.certificate, key } })).toMatch(/sealed for another/);
    expect(front.tenants.get("a.example")).not.toHaveProperty("sealed");
    expect(await front.apply(front.issued("a.example"))).toBeUndefined();
  });

  it("are opened in the name of whom they were issued to, where the name came from there", async () => {
    const certificate = await seal(front.issue(["old.example"]), "old.example");
    const summary = { ...certificate.summary, issuedTo: "old.example" };
    const item = front.item("a.example", { aliases: ["old.example"] }, { certificate: { ...certificate, summary } });
    expect(await front.apply(item)).toBeUndefined();
    expect(front.served("old.example")).toBe(serial({ certificate }));
  });

  it("are refused where they were issued to somebody whose names are none of the tenant's", async () => {
    const certificate = await seal(front.issue(["old.example"]), "old.example");
    const summary = { ...certificate.summary, issuedTo: "old.example" };
    const item = front.item("a.example", {}, { certificate: { ...certificate, summary } });
    expect(await front.apply(item)).toBe("The stored key was sealed for old.example.");
  });

  it("are several where one does not have all names, and none serves a name that another has", async () => {
    const own = front.issue(["a.example", "b.example"]);
    const further = [front.issue(["b.example", "c.example"]), front.issue(["c.example"])];
    const aliases = ["b.example", "c.example", "d.example"];
    await front.apply(front.item("a.example", { aliases }, { certificate: own, further }));
    expect(["a.example", "b.example", "c.example", "d.example"].map((name) => front.served(name))).toEqual([
      own.summary.serial,
      own.summary.serial,
      further[0]?.summary.serial,
      undefined,
    ]);
    expect(front.tenants.get("a.example")?.further?.map(({ names }) => names)).toEqual([["c.example"]]);
    expect([front.policy("c.example"), front.policy("d.example")]).toEqual(["a.example|r|-|n|-", "a.example|w|-|n|-"]);
  });

  it("leave out a further one that has expired, without a word", async () => {
    const old = front.issue(["b.example"], { notBefore: front.clock.now() - 91 * DAY });
    const item = { ...front.item("a.example", { aliases: ["b.example"] }), certificate: front.issue(["a.example"]) };
    expect(await front.apply({ ...item, further: [old] })).toBeUndefined();
    expect(front.served("b.example")).toBeUndefined();
  });

  it("go on with what is served of a further one that is no good", async () => {
    const certificate = front.issue(["a.example"]);
    const further = front.issue(["b.example"]);
    const aliases = ["b.example"];
    await front.apply(front.item("a.example", { aliases }, { certificate, further: [further] }));
    const bad = { ...front.issue(["b.example"]), key: certificate.key };
    const next = front.item("a.example", { aliases }, { certificate, further: [bad] });
    expect(await front.apply(next)).toMatch(/not for the key/);
    expect(front.served("b.example")).toBe(further.summary.serial);
    const revoked = [further.summary.fingerprint];
    await front.apply({ ...next, revision: next.revision + 1, revoked });
    expect(front.served("b.example")).toBeUndefined();
  });

  it("go on with what is served where the item has none", async () => {
    const item = front.issued("a.example");
    await front.apply(item);
    await front.apply(front.item("a.example"));
    expect(front.served("a.example")).toBe(serial(item));
  });

  it("are lost, and not in the way, where a file of what is served has gone", async () => {
    await front.apply(front.issued("a.example"));
    const { file = "" } = front.tenants.get("a.example")?.certificate ?? {};
    rmSync(file);
    expect(await front.apply(front.item("a.example"))).toBeUndefined();
    expect([front.served("a.example"), front.policy("a.example")]).toEqual([undefined, "a.example|w|-|n|-"]);
  });

  describe("while KMS does not answer", () => {
    const down = (): void => {
      const error = new KeysUnreachableError(new AwsError("KMSInternalException", "Decrypt", "not now"));
      front.opening = async () => {
        throw error;
      };
    };

    it("are those that are served, with the policy of now", async () => {
      const item = await sealed("a.example");
      await front.apply(item);
      down();
      const next = { ...item, revision: item.revision + 1, tenant: { ...item.tenant, http: "serve" as const } };
      expect(await front.apply(next)).toBeUndefined();
      expect([front.served("a.example"), front.policy("a.example")]).toEqual([serial(item), "a.example|s|-|n|-"]);
    });

    it("are this front's trouble where it is a new one, and nothing changes", async () => {
      const item = await sealed("a.example");
      await front.apply(item);
      down();
      await expect(front.apply(await sealed("a.example"))).rejects.toThrow(
        "Sealed keys cannot be opened: Decrypt: KMSInternalException: not now",
      );
      expect(front.served("a.example")).toBe(serial(item));
    });
  });
});
