import { HOUR } from "../../../core/base/clock";
import { ensureTicketKeys, rotateTicketKeys } from "../../../core/issue/ticket-keys";
import { isSealed } from "../../../core/seal/envelope";
import { IssuerStage } from "../../../testing/issuer-stage";

let stage: IssuerStage;
beforeEach(() => {
  stage = new IssuerStage();
});

const rotate = (all?: boolean, timeScale = 1) => rotateTicketKeys(stage.ports({ timeScale }), all);
const stored = async () => (await stage.memory.ticketKeys()) ?? { keys: [], rotatedAt: 0 };

describe("session ticket keys", () => {
  it("are three of 80 bytes, sealed, from the first day", async () => {
    await ensureTicketKeys(stage.ports());
    const { keys, rotatedAt } = await stored();
    expect(rotatedAt).toBe(stage.clock.now());
    expect(keys).toHaveLength(3);
    expect(keys.every(isSealed)).toBe(true);
    const opener = stage.dataKeys.opener();
    for (const key of keys) expect(Buffer.from(await opener.ticketKey(key), "base64")).toHaveLength(80);
    await ensureTicketKeys(stage.ports());
    expect((await stored()).keys).toEqual(keys);
  });

  it("are made by a rotation, too, where there are none", async () => {
    expect(await rotate()).toBe(true);
    expect((await stored()).keys).toHaveLength(3);
  });

  it.each([
    ["an hour after the last time", HOUR, 1, true],
    ["and not sooner: the schedule was delivered twice", HOUR - 1, 1, false],
    ["an hour of the stack's time after it", HOUR / 6, 6, true],
    ["and not sooner than that", HOUR / 6 - 1, 6, false],
  ])("are rotated %s", async (_when, passed, timeScale, rotated) => {
    await ensureTicketKeys(stage.ports());
    const before = await stored();
    stage.clock.advance(passed);
    expect(await rotate(false, timeScale)).toBe(rotated);
    const { keys, rotatedAt } = await stored();
    expect(rotatedAt).toBe(rotated ? stage.clock.now() : before.rotatedAt);
    expect(keys.slice(0, 2)).toEqual(rotated ? before.keys.slice(1) : before.keys.slice(0, 2));
    expect(keys[2] !== before.keys[2]).toBe(rotated);
  });

  it("are sealed with a rotation where they were not", async () => {
    const plain = Array.from({ length: 3 }, (_, n) => Buffer.alloc(80, n).toString("base64"));
    await stage.memory.putTicketKeys({ keys: plain, rotatedAt: 0 }, undefined);
    await rotate();
    const { keys } = await stored();
    expect(keys.every(isSealed)).toBe(true);
    expect(await stage.dataKeys.opener().ticketKey(keys[0] ?? "")).toBe(plain[1]);
  });

  it("are all replaced where one is known to somebody, however young, and twice in a moment", async () => {
    await ensureTicketKeys(stage.ports());
    const seen = new Set((await stored()).keys);
    for (let time = 1; time <= 2; time++) {
      expect(await rotate(true)).toBe(true);
      const { keys, rotatedAt } = await stored();
      expect(rotatedAt).toBe(stage.clock.now() + time);
      for (const key of keys) seen.add(key);
    }
    expect(seen.size).toBe(9);
    stage.clock.advance(HOUR);
    await rotate(true);
    expect((await stored()).rotatedAt).toBe(stage.clock.now());
  });

  it("are rotated by one of two who come at once", async () => {
    await ensureTicketKeys(stage.ports());
    stage.clock.advance(HOUR);
    expect((await Promise.all([rotate(), rotate()])).sort()).toEqual([false, true]);
  });
});
