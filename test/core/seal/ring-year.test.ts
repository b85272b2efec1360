import { generateKeyPairSync } from "node:crypto";
import { DAY } from "../../../core/base/clock";
import { seal } from "../../../core/seal/envelope";
import { idOfKey } from "../../../core/seal/key-id";
import type { Opener } from "../../../core/seal/opener";
import { TestDataKeys } from "../../../testing/data-keys";
import { ManualClock } from "../../../testing/manual-clock";

const KEY = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();
const TENANT = "a.example";

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
