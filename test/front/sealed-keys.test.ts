import { readdirSync, statSync } from "node:fs";
import * as path from "node:path";
import type { FrontItem, Heartbeat } from "../../core/record/record";
import { frontPaths } from "../../front/settings";
import type { TestCertificate } from "../../testing/certificates";
import { handshake } from "../../testing/front-client";
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

  it("are refused, each by name, with any field of theirs changed, cut, or of another stack, and nothing of those is served", async () => {
    const stranger = await startSealKey();
    const change = (at: number, to: (field: string) => string) => (sealed: string) =>
      sealed
        .split(":")
        .map((field, index) => (index === at ? to(field) : field))
        .join(":");
    const flip = (base64: string) => base64.replace(/^./, (first) => (first === "A" ? "B" : "A"));
    const damages: Record<string, (sealed: string) => string> = {
      "version.example": change(1, () => "2"),
      "purpose.example": change(2, () => "ticket-keys"),
      "day.example": change(3, () => "2020-02-02"),
      "id.example": change(4, (id) => [...id].reverse().join("")),
      "data-key.example": change(5, flip),
      "nonce.example": change(6, flip),
      "box.example": change(7, flip),
      "tag.example": change(7, (box) => box.replace(/.{4}(=*)$/, (end) => (end.startsWith("A") ? "BBBB" : "AAAA"))),
      "cut.example": (sealed) => sealed.slice(0, -40),
      "longer.example": (sealed) => `${sealed}AAAA`,
      "twice.example": (sealed) => `${sealed}:${sealed}`,
      "stack.example": (sealed) => sealed,
    };
    for (const [domain, damage] of Object.entries(damages)) {
      const certificate = fronts.ca.issue([domain]);
      const { sealer } = domain === "stack.example" ? stranger : kms;
      await put(domain, certificate, damage(await sealer.privateKey(certificate.key, domain)));
    }
    await everyFront("all are named", ({ failed }) =>
      Object.keys(damages).every((domain) => failed.some((one) => one.domain === domain)),
    );
    for (const beat of await beats()) {
      const problems = beat.failed.filter(({ domain }) => domain in damages).map(({ problem }) => problem);
      expect(problems.filter((problem) => !/stored key|neither a sealed/i.test(problem))).toEqual([]);
    }
    let last = 0;
    for (const domain of Object.keys(damages)) last = await fronts.remove(domain);
    await fronts.reached(last);
    await stranger.close();
  });

  it("of a stack from before are taken in place of those in PEM: the same certificate, no handshake fails", async () => {
    const certificate = fronts.ca.issue(["before.example"]);
    await put("before.example", certificate, certificate.key);
    await fronts.served("before.example", certificate);
    const process = () => Promise.all(fronts.fronts.map(async ({ haproxy }) => haproxy?.pid));
    const before = await process();
    let over = false;
    const failed: unknown[] = [];
    const seen = new Set<string>();
    const visits = fronts.fronts.map(async ({ settings }) => {
      while (!over) {
        const shaken = handshake(settings.httpsPort, "before.example", { ca: fronts.ca.root });
        await shaken.then(({ serial }) => seen.add(serial)).catch((error: unknown) => failed.push(error));
      }
    });
    await fronts.reached(await put("before.example", certificate));
    over = true;
    await Promise.all(visits);
    expect([failed, [...seen]]).toEqual([[], [certificate.summary.serial]]);
    expect(await process()).toEqual(before);
    // From now on this front knows better than to take one in PEM.
    await put("before.example", certificate, certificate.key);
    await refusedByAll("before.example", /was sealed before/);
    await fronts.reached(await put("before.example", certificate));
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
