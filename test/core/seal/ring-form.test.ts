import { randomBytes } from "node:crypto";
import { lockOf, openRing, ringName, sealRing } from "../../../core/seal/key-ring";

const WRAPPED = Buffer.alloc(24, 1).toString("base64");
const LOCK = { wrapped: WRAPPED, day: "2026-11-29" };
const PLAIN = Buffer.alloc(32, 7);
/** As this version's predecessors wrote it. */
const WRITTEN = `certfront-ring:1:2026-11-29:${WRAPPED}:WHW3qgoKyNP/+1d/U+P3zHmw8YjdTz15EZWHo63TQvObyprMIVghW5TAwVK37PZNoeT1j8cbyoe9lwdIXAHcADob0LmkTQ2C+oHN3Q==`;

const keys = (count: number): Map<string, Buffer> =>
  new Map(Array.from({ length: count }, (_, n) => [n.toString(16).padStart(32, "0"), randomBytes(32)]));
const refused = (message: string) =>
  expect.objectContaining({ name: "SealError", code: "KEY_REFUSED", message, tenant: undefined });

describe("a ring of data keys", () => {
  it("opens to the keys that it was made of, oldest first", () => {
    const three = keys(3);
    expect([...openRing(sealRing(three, LOCK, PLAIN), PLAIN)]).toEqual([...three]);
    expect(openRing(sealRing(new Map(), LOCK, PLAIN), PLAIN).size).toBe(0);
  });

  it("says which data key opens it, and is never the same twice", () => {
    const ring = sealRing(keys(1), LOCK, PLAIN);
    expect(lockOf(ring)).toEqual(LOCK);
    expect(ring).toMatch(/^certfront-ring:1:2026-11-29:(AQEB){8}:[\w+/=]+$/);
    expect(sealRing(keys(1), LOCK, PLAIN)).not.toBe(ring);
  });

  it("opens with a later version", () => {
    expect(openRing(WRITTEN, PLAIN)).toEqual(new Map([["0a".repeat(16), Buffer.alloc(32, 8)]]));
  });

  it("names data keys as fronts of other versions do", () => {
    const context = { stack: "prod", purpose: "tenant-keys", day: "2026-11-29" } as const;
    expect(ringName(WRAPPED, context)).toBe("d941edf4b150dee343dc1dcc1984bbde");
    expect(ringName(WRAPPED, { ...context, day: "2026-11-30" })).not.toBe(ringName(WRAPPED, context));
  });

  it("holds the newest 4,000, which fit into an item", () => {
    const all = keys(4_001);
    const ring = sealRing(all, LOCK, PLAIN);
    expect(ring.length).toBeLessThan(400_000);
    expect([...openRing(ring, PLAIN).keys()]).toEqual([...all.keys()].slice(1));
  });

  it.each<[string, string]>([
    ["of no form", "certfront-ring:1:x"],
    ["of another version", WRITTEN.replace(":1:", ":2:")],
    ["without keys", WRITTEN.replace(/:[^:]*$/, ":")],
    ["with something before it", ` ${WRITTEN}`],
    ["with something after it", `${WRITTEN}:`],
    ["empty", ""],
  ])("is none %s", (_what, ring) => {
    expect(() => lockOf(ring)).toThrow(refused("The ring of data keys is none."));
    expect(() => openRing(ring, PLAIN)).toThrow(refused("The ring of data keys is none."));
  });

  it.each<[string, string, Buffer]>([
    ["of another day", WRITTEN.replace("11-29", "11-28"), PLAIN],
    ["changed at its end", WRITTEN.replace(/.{4}$/, "AAAA"), PLAIN],
    ["cut", WRITTEN.slice(0, -4), PLAIN],
    ["of nothing but signs that stand for nothing", WRITTEN.replace(/[^:]*$/, "=".repeat(40)), PLAIN],
    ["under another key", WRITTEN, Buffer.alloc(32, 8)],
  ])("is refused %s", (_what, ring, lock) => {
    expect(() => openRing(ring, lock)).toThrow(refused("The ring of data keys was changed."));
  });
});
