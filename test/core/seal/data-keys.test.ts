import { generateKeyPairSync } from "node:crypto";
import { DAY } from "../../../core/base/clock";
import { Opener } from "../../../core/seal/opener";
import { Sealer } from "../../../core/seal/sealer";
import { TestDataKeys } from "../../../testing/data-keys";
import { ManualClock } from "../../../testing/manual-clock";

const KEY = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();
const TICKET_KEY = Buffer.alloc(80, 7).toString("base64");
const TENANT = "a.example";

let clock: ManualClock;
let kms: TestDataKeys;
beforeEach(() => {
  clock = new ManualClock(Date.parse("2026-11-29T12:00:00Z"));
  kms = new TestDataKeys();
});

/** Fails for as long as it is down. */
function failing<A extends readonly unknown[], R>(call: (...args: A) => Promise<R>) {
  const state = {
    down: true,
    call: async (...args: A) => (state.down ? Promise.reject(new Error("down")) : call(...args)),
  };
  return state;
}

describe("data keys", () => {
  it("are one a day and purpose for who seals, and unwrapped once by who opens", async () => {
    const [seals, opens] = [kms.sealer(clock), kms.opener()];
    const keys = await Promise.all(Array.from({ length: 50 }, () => seals.privateKey(KEY, TENANT)));
    await Promise.all(keys.map((key) => opens.privateKey(key, TENANT)));
    expect(kms.calls.map(({ operation }) => operation)).toEqual(["GenerateDataKey", "Decrypt"]);
    expect(opens.calls).toBe(1);
    clock.advance(DAY);
    await opens.privateKey(await seals.privateKey(KEY, TENANT), TENANT);
    expect(kms.calls.map(({ context }) => context.day)).toEqual([
      ...["2026-11-29", "2026-11-29"],
      ...["2026-11-30", "2026-11-30"],
    ]);
    await opens.ticketKey(await seals.ticketKey(TICKET_KEY));
    expect(kms.calls.slice(-2).map(({ context }) => context.purpose)).toEqual(["ticket-keys", "ticket-keys"]);
  });

  it("are asked for again by who opens, after a call that failed", async () => {
    const decrypt = failing((wrapped: string, context: Parameters<TestDataKeys["unwrap"]>[1]) =>
      kms.unwrap(wrapped, context),
    );
    const opens = new Opener("test", decrypt.call);
    const key = await kms.sealer(clock).privateKey(KEY, TENANT);
    await expect(opens.privateKey(key, TENANT)).rejects.toThrow("down");
    decrypt.down = false;
    expect(await opens.privateKey(key, TENANT)).toBe(KEY);
  });

  it("are asked for again by who seals, after a call that failed", async () => {
    const generate = failing((context: Parameters<TestDataKeys["generate"]>[0]) => kms.generate(context));
    const seals = new Sealer("test", generate.call, clock);
    await expect(seals.privateKey(KEY, TENANT)).rejects.toThrow("down");
    generate.down = false;
    expect(await kms.opener().privateKey(await seals.privateKey(KEY, TENANT), TENANT)).toBe(KEY);
  });

  it("are not asked for again for a key that was changed", async () => {
    const opens = kms.opener();
    const key = await kms.sealer(clock).privateKey(KEY, TENANT);
    await opens.privateKey(key, TENANT);
    for (let time = 0; time < 3; time++) {
      await expect(opens.privateKey(key, "b.example")).rejects.toMatchObject({ code: "KEY_REFUSED" });
    }
    expect(await opens.privateKey(key, TENANT)).toBe(KEY);
    expect(opens.calls).toBe(1);
  });
});
