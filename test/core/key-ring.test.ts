import { generateKeyPairSync } from "node:crypto";
import { DAY } from "../../core/base/clock";
import { seal } from "../../core/seal/envelope";
import { idOfKey } from "../../core/seal/key-id";
import type { Opener } from "../../core/seal/opener";
import { TestDataKeys } from "../../testing/data-keys";
import { ManualClock } from "../../testing/manual-clock";

const KEY = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();
const TENANT = "a.example";
const REFUSED = { code: "KEY_REFUSED" };

const clock = new ManualClock(Date.parse("2026-11-29T12:00:00Z"));
let kms: TestDataKeys;
beforeEach(() => {
  kms = new TestDataKeys();
});

const ID = idOfKey(KEY);
/** Keys sealed by so many processes of the issuer, each with its data key of the day. */
const sealedBy = (processes: number): Promise<string[]> => {
  const day = new Date(clock.now()).toISOString().slice(0, 10);
  const contents = { purpose: "tenant-keys", tenant: TENANT, id: ID } as const;
  const one = async () => seal(KEY, contents, day, await kms.generate({ stack: "test", purpose: "tenant-keys", day }));
  return Promise.all(Array.from({ length: processes }, one));
};
const openAll = async (front: Opener, sealed: readonly string[]): Promise<void> => {
  const opened = await Promise.all(sealed.map((key) => front.privateKey(key, TENANT)));
  expect(new Set(opened)).toEqual(new Set(sealed.length > 0 ? [KEY] : []));
};
/** A front that runs, has opened these, and the ring it leaves. */
async function ringOf(sealed: readonly string[]): Promise<string> {
  const front = kms.opener();
  await openAll(front, sealed);
  return (await front.newRing()) ?? "";
}

describe("a front that starts", () => {
  it("asks KMS once for what other fronts have opened, and once for each data key that was made since", async () => {
    const sealed = await sealedBy(300);
    const ring = await ringOf(sealed);
    const next = kms.opener();
    await next.adoptRing(ring);
    await openAll(next, [...sealed, ...(await sealedBy(3))]);
    expect(next.calls).toBe(1 + 3);
  });

  it("asks at most a thousand times, at any time of a year in which 24 processes a day renew and each key lives 60 days", async () => {
    const running = kms.opener();
    let ring: string | undefined;
    let live: string[][] = [];
    const calls: number[] = [];
    for (let day = 1; day <= 365; day++) {
      clock.advance(DAY);
      live = [...live.slice(-59), await sealedBy(24)];
      await openAll(running, live.at(-1) ?? []);
      // Fronts look each minute; these are late, so that as much as a week is in no ring.
      const next = day % 7 === 0 ? await running.newRing() : undefined;
      if (next) await running.adoptRing(next);
      ring = next ?? ring;
      if (day % 73 !== 0) continue;
      const started = kms.opener();
      if (ring) await started.adoptRing(ring);
      await openAll(started, live.flat());
      calls.push(started.calls);
    }
    expect(live.flat()).toHaveLength(60 * 24);
    expect(calls).toHaveLength(5);
    expect(Math.max(...calls)).toBeLessThanOrEqual(1 + 6 * 24);
  });
});

describe("a ring of data keys", () => {
  it("is made anew when twenty are new, and not before", async () => {
    const front = kms.opener();
    await openAll(front, await sealedBy(19));
    expect(await front.newRing()).toBeUndefined();
    await openAll(front, await sealedBy(1));
    await front.adoptRing((await front.newRing()) ?? "");
    expect(await front.newRing()).toBeUndefined();
    await openAll(front, await sealedBy(20));
    expect(await front.newRing()).toMatch(/^certfront-ring:1:/);
  });

  it("holds none that opens keys of session tickets", async () => {
    const ticket = await kms.sealer(clock).ticketKey(Buffer.alloc(80, 7).toString("base64"));
    const front = kms.opener();
    await front.ticketKey(ticket);
    await openAll(front, await sealedBy(20));
    const next = kms.opener();
    await next.adoptRing((await front.newRing()) ?? "");
    await next.ticketKey(ticket);
    expect(kms.calls.slice(-2).map(({ operation, context }) => [operation, context.purpose])).toEqual([
      ["Decrypt", "tenant-keys"],
      ["Decrypt", "ticket-keys"],
    ]);
  });

  it("shows no data key to whoever reads it", async () => {
    const sealed = await sealedBy(20);
    const front = kms.opener();
    await openAll(front, sealed);
    const bytes = Buffer.from((await front.newRing())?.split(":").at(-1) ?? "", "base64");
    for (const key of kms.plainKeys()) expect(bytes.includes(key)).toBe(false);
  });

  it.each<[string, (ring: string) => string]>([
    ["of no form", () => "certfront-ring:1:x"],
    ["of another version", (ring) => ring.replace(":1:", ":2:")],
    ["with another day", (ring) => ring.replace(/\d{4}-\d{2}-\d{2}/, "2020-01-01")],
    ["with another data key", (ring) => ring.replace(/:([^:]{8})([^:]*):([^:]*)$/, ":AAAAAAAA$2:$3")],
    ["changed at its end", (ring) => ring.replace(/.{8}$/, "AAAAAAAA")],
    ["cut", (ring) => ring.slice(0, -64)],
    ["empty", () => ""],
  ])("is refused %s, and KMS asked for each key as without one", async (_what, change) => {
    const sealed = await sealedBy(20);
    const ring = await ringOf(sealed);
    const next = kms.opener();
    await expect(next.adoptRing(change(ring))).rejects.toMatchObject(REFUSED);
    await openAll(next, sealed);
    expect(await next.newRing()).toBeDefined();
  });

  it("of another stack is refused", async () => {
    const others = new TestDataKeys("other");
    const front = others.opener();
    for (let at = 0; at < 20; at++) await front.privateKey(await others.sealer(clock).privateKey(KEY, TENANT), TENANT);
    await expect(kms.opener().adoptRing((await front.newRing()) ?? "")).rejects.toMatchObject(REFUSED);
  });

  it("that tells wrong data keys takes nothing off the air: KMS is asked for those", async () => {
    const sealed = await sealedBy(20);
    const honest = kms.opener();
    await openAll(honest, sealed);
    const liar = kms.opener();
    await liar.adoptRing((await honest.newRing()) ?? "");
    const keys = (Reflect.get(liar, "dataKeys") as Record<string, Map<string, Promise<Buffer>>>)["tenant-keys"];
    for (const name of [...(keys?.keys() ?? [])].slice(1)) keys?.set(name, Promise.resolve(Buffer.alloc(32, 1)));
    Reflect.set(liar, "inRing", new Set());
    const next = kms.opener();
    await next.adoptRing((await liar.newRing()) ?? "");
    await Promise.all([openAll(next, sealed), openAll(next, sealed)]);
    expect(next.calls).toBe(20);
    // A key that was changed is refused all the same.
    await expect(next.privateKey(sealed[3]?.replace(/.{8}$/, "AAAAAAA=") ?? "", TENANT)).rejects.toMatchObject(REFUSED);
  });
});
