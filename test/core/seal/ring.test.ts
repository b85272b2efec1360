import { generateKeyPairSync } from "node:crypto";
import { DAY } from "../../../core/base/clock";
import { parseEnvelope } from "../../../core/seal/envelope";
import { lockOf, ringName, sealRing } from "../../../core/seal/key-ring";
import { Opener } from "../../../core/seal/opener";
import { TestDataKeys } from "../../../testing/data-keys";
import { ManualClock } from "../../../testing/manual-clock";

const KEY = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();
const TICKET_KEY = Buffer.alloc(80, 7).toString("base64");
const TENANT = "a.example";
const REFUSED = { code: "KEY_REFUSED" };

let clock: ManualClock;
let kms: TestDataKeys;
beforeEach(() => {
  clock = new ManualClock(Date.parse("2026-11-29T12:00:00Z"));
  kms = new TestDataKeys();
});

/** Keys sealed by so many processes of the issuer, each with its data key of the day. */
const sealedBy = (processes: number): Promise<string[]> =>
  Promise.all(Array.from({ length: processes }, () => kms.sealer(clock).privateKey(KEY, TENANT)));
const openAll = async (front: Opener, sealed: readonly string[]): Promise<void> => {
  for (const key of await Promise.all(sealed.map((key) => front.privateKey(key, TENANT)))) expect(key).toBe(KEY);
};
/** A front that runs, has opened these, and the ring it leaves. */
async function ringOf(sealed: readonly string[]): Promise<string> {
  const front = kms.opener();
  await openAll(front, sealed);
  return (await front.newRing()) ?? "";
}
const CONTEXT = { stack: "test", purpose: "tenant-keys", day: "2026-11-29" } as const;
/** A ring that KMS' key opens, of whoever may write one. */
async function ringSaying(keys: ReadonlyMap<string, Buffer>): Promise<string> {
  const { wrapped, plain } = await kms.generate(CONTEXT);
  return sealRing(keys, { wrapped, day: CONTEXT.day }, plain);
}
const wrongAbout = (sealed: readonly string[]): Promise<string> =>
  ringSaying(
    new Map(sealed.map((key) => [ringName(parseEnvelope(key, TENANT).wrapped, CONTEXT), Buffer.alloc(32, 1)])),
  );

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
    const next = kms.opener();
    await next.adoptRing(await wrongAbout(sealed.slice(1)));
    await Promise.all([openAll(next, sealed), openAll(next, sealed)]);
    expect(next.calls).toBe(1 + 20);
    // A key that was changed is refused all the same.
    await expect(next.privateKey(sealed[3]?.replace(/.{8}$/, "AAAAAAA=") ?? "", TENANT)).rejects.toMatchObject(REFUSED);
  });

  it("that tells wrong data keys costs no call of KMS where they are known already", async () => {
    const sealed = await sealedBy(20);
    const front = kms.opener();
    await openAll(front, sealed);
    await front.adoptRing(await wrongAbout(sealed));
    await openAll(front, sealed);
    expect(front.calls).toBe(20 + 1);
  });

  it("that told a right data key is not doubted again for a key that was changed", async () => {
    const sealed = await sealedBy(20);
    const next = kms.opener();
    await next.adoptRing(await ringOf(sealed));
    await openAll(next, sealed);
    for (const key of sealed) await expect(next.privateKey(key, "b.example")).rejects.toMatchObject(REFUSED);
    expect(next.calls).toBe(1);
  });

  it("is locked with a data key of the newest day, and never with one of session tickets", async () => {
    const old = await sealedBy(10);
    clock.advance(DAY);
    const newer = await sealedBy(10);
    clock.advance(DAY);
    const ticket = await kms.sealer(clock).ticketKey(TICKET_KEY);
    for (const order of [
      [...old, ...newer],
      [...newer, ...old],
    ]) {
      const front = kms.opener();
      for (const key of order) await front.privateKey(key, TENANT);
      await front.ticketKey(ticket);
      expect(lockOf((await front.newRing()) ?? "").day).toBe("2026-11-30");
    }
  });

  it("is made anew for one that was forgotten", async () => {
    const front = kms.opener();
    await openAll(front, await sealedBy(20));
    await front.adoptRing((await front.newRing()) ?? "");
    front.forgetRing();
    expect(await front.newRing()).toBeDefined();
  });

  it("leaves out what KMS does not open", async () => {
    const [refused = "", ...sealed] = await sealedBy(21);
    let refuse = (): void => undefined;
    const answer = new Promise<never>((_resolve, reject) => {
      refuse = () => reject(new Error("refused"));
    });
    const { wrapped: theirs } = parseEnvelope(refused, TENANT);
    const front = new Opener("test", (wrapped, context) =>
      wrapped === theirs ? answer : kms.unwrap(wrapped, context),
    );
    const opening = expect(front.privateKey(refused, TENANT)).rejects.toThrow("refused");
    await openAll(front, sealed);
    const ring = front.newRing();
    refuse();
    await opening;
    const next = kms.opener();
    await next.adoptRing((await ring) ?? "");
    await openAll(next, sealed);
    expect(next.calls).toBe(1);
  });

  it("is none where KMS opens nothing", async () => {
    const front = new Opener("test", async () => Promise.reject(new Error("KMS cannot be reached")));
    const opening = Promise.allSettled((await sealedBy(20)).map((key) => front.privateKey(key, TENANT)));
    expect(await front.newRing()).toBeUndefined();
    await opening;
  });
});

it("A front keeps 8,192 data keys, and forgets the oldest beyond that", async () => {
  const { wrapped, plain } = await kms.generate(CONTEXT);
  const front = kms.opener();
  const adopt = (from: number, count: number) => {
    const names = Array.from({ length: count }, (_, n) => (from + n).toString(16).padStart(32, "0"));
    return front.adoptRing(sealRing(new Map(names.map((name) => [name, plain])), { wrapped, day: CONTEXT.day }, plain));
  };
  await adopt(0, 4_000);
  await adopt(4_000, 4_000);
  // The first of all is the one that these rings are locked with.
  await adopt(8_000, 191);
  await adopt(0, 1);
  expect(front.calls).toBe(1);
  await adopt(8_191, 1);
  await adopt(4_000, 1);
  expect(front.calls).toBe(2);
});
