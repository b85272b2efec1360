import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { writeAtomic } from "../../front/agent/atomic-file";
import type { Departure, HeldTenant } from "../../front/agent/held-tenant";
import { nextCertificate } from "../../front/agent/next-certificate";
import { TenantFiles } from "../../front/agent/tenant-files";
import { type FrontPaths, frontPaths } from "../../front/settings";
import { TestCa, type TestCertificate } from "../../testing/certificates";
import { tenant } from "../../testing/records";

const ca = new TestCa();
const members = new TestCa("members");
const clientCertificates = { mode: "required", ca: members.root, crl: members.revocationLists([]) } as const;
const pemOf = ({ chain, key }: TestCertificate) => `${chain.trim()}\n${key.trim()}\n`;

/** The last good set: what of it is found again when the agent or HAProxy starts, and what is left out as damaged. */
describe("a front's last good set on disk", () => {
  let home: string;
  let paths: FrontPaths;
  let files: TenantFiles;
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), "certfront-tenant-files-"));
    paths = frontPaths({ directory: home });
    for (const one of [paths.certificates, paths.tenants, paths.departed, paths.clientCas]) mkdirSync(one);
    files = new TenantFiles({ directory: home });
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  /** As the agent writes it. */
  const store = async (domain: string, changes: Parameters<typeof tenant>[1] = {}): Promise<HeldTenant> => {
    const subject = tenant(domain, changes);
    const issued = [ca.issue([domain]), ...subject.aliases.map((alias) => ca.issue([alias]))];
    const next = issued.flatMap(
      (one) => nextCertificate(subject, { summary: one.summary, pem: pemOf(one) }, paths) ?? [],
    );
    for (const { file, contents } of next.flatMap((one) => one.files)) await writeAtomic(file, contents);
    const [certificate, ...further] = next.map((one) => one.certificate);
    const held = { domain, revision: 5, tenant: subject, certificate, ...(further.length > 0 && { further }) };
    await files.save(held);
    return held;
  };
  const jsonOf = (domain: string) => path.join(paths.tenants, `${domain}.json`);
  const rewrite = (domain: string, change: (held: HeldTenant) => object): void =>
    writeFileSync(jsonOf(domain), JSON.stringify(change(JSON.parse(readFileSync(jsonOf(domain), "utf8")))));
  const domains = async () => (await files.all()).map(({ domain }) => domain);

  it("is what was saved, in the domains' order, for the owner only", async () => {
    const b = await store("b.example", { clientCertificates, aliases: ["www.b.example"] });
    const a = await store("a.example");
    await files.save({ domain: "waiting.example", revision: 1, tenant: tenant("waiting.example") });
    expect(await files.all()).toEqual([
      a,
      b,
      { domain: "waiting.example", revision: 1, tenant: tenant("waiting.example") },
    ]);
    expect(statSync(jsonOf("a.example")).mode & 0o777).toBe(0o600);
  });

  it("is without a tenant that was removed, also one that was not there", async () => {
    await store("a.example");
    await files.remove("a.example");
    await files.remove("a.example");
    expect(await domains()).toEqual([]);
  });

  it("is without what is no tenant's file", async () => {
    await store("a.example");
    writeFileSync(path.join(paths.tenants, ".b.example.json"), readFileSync(jsonOf("a.example")));
    writeFileSync(path.join(paths.tenants, "b.example.json"), readFileSync(jsonOf("a.example")));
    writeFileSync(path.join(paths.tenants, "b.example.txt"), "x");
    writeFileSync(jsonOf("cut.example"), readFileSync(jsonOf("a.example"), "utf8").slice(0, 100));
    expect(await domains()).toEqual(["a.example"]);
  });

  it.each<[string, (held: HeldTenant) => void]>([
    ["certificate has gone", ({ certificate }) => rmSync(certificate?.file ?? "")],
    ["certificate was cut", ({ certificate }) => writeFileSync(certificate?.file ?? "", "-----BEGIN CERTI")],
    ["further certificate has gone", ({ further }) => rmSync(further?.[0]?.file ?? "")],
    ["client CA has gone", ({ certificate }) => rmSync(certificate?.clientCa?.file ?? "")],
    ["client CA was changed", ({ certificate }) => writeFileSync(certificate?.clientCa?.file ?? "", ca.root)],
    ["revocation list was cut", ({ certificate }) => writeFileSync(certificate?.clientCrl?.file ?? "", "")],
  ])("leaves a tenant out whose %s: it is fetched again", async (_what, damage) => {
    const held = await store("a.example", { clientCertificates, aliases: ["www.a.example"] });
    await store("b.example");
    damage(held);
    expect(await domains()).toEqual(["b.example"]);
  });

  it.each<[string, (held: HeldTenant) => object]>([
    ["another tenant's domain", (held) => ({ ...held, tenant: { ...held.tenant, domain: "b.example" } })],
    ["another file", (held) => ({ ...held, certificate: { ...held.certificate, file: `${home}/certificates/x.pem` } })],
    ["options of its own", (held) => ({ ...held, certificate: { ...held.certificate, options: "[verify none]" } })],
    [
      "names that it is not served for",
      (held) => ({ ...held, certificate: { ...held.certificate, names: ["evil.example"] } }),
    ],
    ["a policy that is none", (held) => ({ ...held, tenant: { ...held.tenant, aliases: ["b c"] } })],
  ])("leaves a tenant out whose file says %s", async (_what, change) => {
    await store("a.example");
    rewrite("a.example", change);
    expect(await domains()).toEqual([]);
  });

  it("makes file names, hashes and options anew from what the certificate is", async () => {
    const held = await store("a.example");
    rewrite("a.example", (one) => ({ ...one, certificate: { ...one.certificate, sha1: "00" } }));
    expect(await files.all()).toEqual([held]);
  });

  it("has the next certificate where the agent was killed before it wrote that down", async () => {
    const { certificate } = await store("a.example");
    const next = ca.issue(["a.example"]);
    writeFileSync(certificate?.file ?? "", pemOf(next));
    expect((await files.all())[0]?.certificate?.summary.serial).toBe(next.summary.serial);
  });

  it("has no certificate for other names in the place of a tenant's", async () => {
    const { certificate } = await store("a.example");
    writeFileSync(certificate?.file ?? "", pemOf(ca.issue(["evil.example"])));
    expect(await domains()).toEqual([]);
  });

  describe("of what is served on for heirs", () => {
    const departure = async (): Promise<Departure> => ({
      previous: await store("a.example"),
      heirs: [{ domain: "b.example", revision: 7 }],
      until: 9_000,
    });
    const file = () => path.join(paths.departed, "a.example~5.json");

    it("is what was saved, until it is over", async () => {
      const one = await departure();
      await files.saveDeparture(one);
      expect(await files.departures()).toEqual([one]);
      await files.removeDeparture(one);
      await files.removeDeparture(one);
      expect(await files.departures()).toEqual([]);
    });

    it("is nothing where there is no folder for it: an older agent made none", async () => {
      rmSync(paths.departed, { recursive: true });
      expect(await files.departures()).toEqual([]);
      writeFileSync(paths.departed, "");
      await expect(files.departures()).rejects.toThrow("ENOTDIR");
    });

    it("believes nothing but domains and revisions of the heirs", async () => {
      const one = await departure();
      await files.saveDeparture({ ...one, heirs: [{ domain: "b.example", revision: 7, evil: 1 } as never] });
      expect(await files.departures()).toEqual([one]);
    });

    it.each<[string, (one: Departure) => unknown]>([
      ["has no end", ({ until: _, ...one }) => one],
      ["ends at what is no time", (one) => ({ ...one, until: "never" })],
      ["has no heirs", ({ heirs: _, ...one }) => one],
      ["is another's", (one) => ({ ...one, previous: { ...one.previous, revision: 6 } })],
      ["was cut", () => undefined],
    ])("leaves one out that %s", async (_what, change) => {
      const one = await departure();
      await files.saveDeparture(one);
      writeFileSync(file(), JSON.stringify(change(one)) ?? "{");
      expect(await files.departures()).toEqual([]);
    });

    it("leaves what is no departure's file", async () => {
      await files.saveDeparture(await departure());
      writeFileSync(path.join(paths.departed, ".a.example~5.json"), readFileSync(file()));
      writeFileSync(path.join(paths.departed, "a.example~5.txt"), readFileSync(file()));
      expect(await files.departures()).toHaveLength(1);
    });
  });

  it("is swept of certificates and client CAs that nobody names, and of nothing that is held or under way", async () => {
    const held = await store("a.example", { clientCertificates, aliases: ["www.a.example"] });
    const kept = [paths.certificates, paths.clientCas].flatMap((one) =>
      readdirSync(one).map((name) => path.join(one, name)),
    );
    expect(kept).toHaveLength(4);
    const [busy, unused, ca] = ["certificates/busy.pem", "certificates/old.pem", "client-cas/old.pem"].map((one) =>
      path.join(home, one),
    ) as [string, string, string];
    for (const one of [busy, unused, ca]) writeFileSync(one, "");
    await files.sweep([held], new Set([busy]));
    expect([...kept, busy, unused, ca].filter((one) => existsSync(one))).toEqual([...kept, busy]);
  });
});

describe("a file that is replaced", () => {
  it("leaves nothing half-written behind where it cannot be", async () => {
    const home = mkdtempSync(path.join(tmpdir(), "certfront-atomic-"));
    mkdirSync(path.join(home, "taken"));
    await expect(writeAtomic(path.join(home, "taken"), "x")).rejects.toThrow("EISDIR");
    expect(readdirSync(home)).toEqual(["taken"]);
    await writeAtomic(path.join(home, "open"), "x", 0o644);
    expect(statSync(path.join(home, "open")).mode & 0o777).toBe(0o644);
    rmSync(home, { recursive: true });
  });
});
