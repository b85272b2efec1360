import { readdirSync, statSync } from "node:fs";
import * as path from "node:path";
import type { FrontItem, Heartbeat } from "../../core/record/record";
import { frontPaths } from "../../front/settings";
import type { TestCertificate } from "../../testing/certificates";
import { type FrontHarness, startFronts } from "../../testing/front-harness";
import { tenant } from "../../testing/records";
import { type SealKey, startSealKey } from "../../testing/seal-key";
import { until } from "../../testing/until";

describe("Sealed keys on two fronts", () => {
  let kms: SealKey;
  let fronts: FrontHarness;

  beforeAll(async () => {
    kms = await startSealKey();
    fronts = await startFronts({ settings: { sealKey: kms.key }, environment: kms.environment });
    for (const domain of ["one.example", "two.example"]) await put(domain, fronts.ca.issue([domain]));
    await fronts.up();
  }, 120_000);
  afterAll(async () => {
    await fronts?.stop();
    await kms?.close();
  });

  /** Stores a tenant with its certificate sealed, or with another key in its place. */
  async function put(domain: string, certificate: TestCertificate, key?: string): Promise<number> {
    return fronts.put(tenant(domain), {
      ...certificate,
      key: key ?? (await kms.sealer.privateKey(certificate.key, domain)),
    });
  }

  const stored = async (domain: string): Promise<NonNullable<FrontItem["certificate"]>> => {
    const item = await fronts.store.frontItem(domain);
    if (!item?.certificate) throw new Error(`${domain} has no certificate`);
    return item.certificate;
  };

  const beats = () => fronts.store.heartbeats(Date.now(), 60_000);
  const everyFront = (what: string, holds: (beat: Heartbeat) => boolean) =>
    until(what, async () => {
      const all = await beats();
      return all.length === 2 && all.every(holds);
    });
  const refusedByAll = (domain: string, problem: RegExp) =>
    everyFront(`${domain} refused by every front`, ({ failed }) =>
      failed.some((one) => one.domain === domain && problem.test(one.problem)),
    );

  it("are opened and served, for one call of KMS a front and day", async () => {
    const certificate = fronts.ca.issue(["three.example"]);
    await put("three.example", certificate);
    await fronts.served("three.example", certificate);
    await everyFront("every front says so", ({ opensKeys, certificates }) => opensKeys === true && certificates === 3);
    expect(kms.calls).toEqual(["GenerateDataKey", "Decrypt", "Decrypt"]);
  });

  it.each<[string, RegExp, () => Promise<string>]>([
    ["is another tenant's", /sealed for another tenant/, async () => (await stored("two.example")).key],
    [
      "was changed",
      /was changed/,
      async () =>
        (await stored("one.example")).key.replace(
          /.{8}$/,
          (end) => `${end.startsWith("A") ? "B" : "A"}${end.slice(1)}`,
        ),
    ],
    [
      "was sealed under a key of somebody else's",
      /not of this stack/,
      () => kms.foreign.privateKey(fronts.ca.issue(["one.example"]).key, "one.example"),
    ],
    ["is in PEM, once it was sealed", /was sealed before/, async () => fronts.ca.issue(["one.example"]).key],
    ["is no key at all", /neither a sealed one nor in PEM/, async () => "certfront-sealed:nothing"],
    [
      "is another than its certificate's",
      /not for the key/,
      () => kms.sealer.privateKey(fronts.ca.issue(["one.example"]).key, "one.example"),
    ],
  ])("are refused by every front, by name, where one %s; what was served stays served", async (_what, problem, key) => {
    const good = fronts.ca.issue(["one.example"]);
    await put("one.example", good);
    await fronts.served("one.example", good);
    await put("one.example", fronts.ca.issue(["one.example"]), await key());
    await refusedByAll("one.example", problem);
    await fronts.served("one.example", good);
    const next = fronts.ca.issue(["one.example"]);
    await fronts.reached(await put("one.example", next));
    await fronts.served("one.example", next);
  });

  it("are not taken over with a certificate of somebody else's names", async () => {
    const [good, other] = [await stored("one.example"), await stored("two.example")];
    const moved = fronts.ca.issue(["one.example"]);
    await put("one.example", moved);
    await fronts.served("one.example", moved);
    const item = await fronts.store.frontItem("one.example");
    if (!item) throw new Error("no item");
    await fronts.store.putFrontItem({
      ...item,
      revision: Date.now(),
      certificate: { ...other, summary: { ...other.summary, issuedTo: "two.example" } },
    });
    await refusedByAll("one.example", /sealed for two\.example/);
    await fronts.served("one.example", moved);
    expect(good.key).not.toBe(other.key);
    await put("one.example", moved);
  });

  it("that were sealed for the tenant that had the names before are served", async () => {
    const certificate = fronts.ca.issue(["new.example", "old.example"]);
    await fronts.store.putFrontItem({
      domain: "new.example",
      tenant: tenant("new.example"),
      removed: false,
      revision: Date.now(),
      certificate: {
        ...certificate,
        summary: { ...certificate.summary, issuedTo: "old.example" },
        key: await kms.sealer.privateKey(certificate.key, "old.example"),
      },
    });
    await fronts.served("new.example", certificate);
  });

  it("stay served while KMS does not answer, and others follow when it does", async () => {
    const [front] = fronts.fronts;
    const [served, next] = [fronts.ca.issue(["one.example"]), fronts.ca.issue(["one.example"])];
    await fronts.reached(await put("one.example", served));
    kms.refuse("KMSInvalidStateException");
    // The front starts anew, with data keys that it has to ask for.
    await front?.kill("agent");
    await front?.startAgent();
    await put("one.example", next);
    await until("the other front took it, with the data key it had", async () => {
      const [, second] = await beats();
      return (second?.failed.length ?? 1) === 0 && kms.calls.filter((call) => call === "Decrypt").length > 2;
    });
    expect(await front?.healthy()).toBe(true);
    kms.refuse(undefined);
    await fronts.served("one.example", next);
  });

  it("lie opened on a front only, in files that nobody else may read", () => {
    for (const { settings } of fronts.fronts) {
      const { certificates } = frontPaths(settings);
      const modes = readdirSync(certificates).map((file) => statSync(path.join(certificates, file)).mode & 0o777);
      expect(modes.length).toBeGreaterThan(2);
      expect(new Set(modes)).toEqual(new Set([0o600]));
      expect(statSync(certificates).mode & 0o777).toBe(0o700);
    }
  });
});
