import type { ServedState } from "../../../core/record/record";
import { readServedState } from "../../../core/record/served-state";

const good: ServedState = {
  domain: "a.example",
  checkedAt: 1_790_000_000_000,
  names: [
    { name: "a.example", at: "192.0.2.1", ok: true, serial: "0a", notAfter: 1_790_000_000_000 },
    { name: "a.example", at: "public", ok: false, problem: "the name's DNS leads elsewhere" },
  ],
  overdueFraction: -1.5,
  notAfter: 1_790_000_000_000,
  renewalCheck: { checkedAt: 1_790_000_000_000 },
};

describe("what the monitor saw, as others read it", () => {
  it("is what the monitor wrote", () => {
    expect(readServedState({ ...good, pk: "SERVED#a.example", sk: "SERVED" })).toStrictEqual(good);
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["no domain", { ...good, domain: undefined }],
    ["a time of which no date can be made", { ...good, checkedAt: 1e300 }],
    ["a time that is a text", { ...good, checkedAt: "now" }],
    ["names that are no list", { ...good, names: { length: 1 } }],
    ["a name that is nothing", { ...good, names: [null] }],
    ["one name among others that is nothing", { ...good, names: [...good.names, null] }],
    ["a sighting of no name", { ...good, names: [{ at: "public", ok: true }] }],
    ["a sighting at no place", { ...good, names: [{ name: "a.example", ok: true }] }],
    ["a sighting that does not say whether it is well", { ...good, names: [{ name: "a.example", at: "public" }] }],
  ])("is left out where it has %s", (_, item) => {
    expect(readServedState(item)).toBeUndefined();
  });

  it("says why the next renewal would fail, bounded", () => {
    const reason = { code: "CAA_FORBIDS", sentence: "x".repeat(9_999) };
    const { renewalCheck } = readServedState({ ...good, renewalCheck: { checkedAt: 1, reason } }) ?? {};
    expect(renewalCheck).toEqual({
      checkedAt: 1,
      reason: { code: "CAA_FORBIDS", sentence: `${"x".repeat(1_999)}…` },
    });
  });

  it.each<[string, unknown]>([
    ["a text", "because"],
    ["a code that nobody knows", { code: "toString", sentence: "?" }],
    ["no sentence", { code: "CAA_FORBIDS" }],
    ["advice without values", { code: "CAA_FORBIDS", sentence: "?", dns: [{ name: "a.example" }] }],
  ])("has no reason why a renewal would fail where that is %s", (_, reason) => {
    const { renewalCheck } = readServedState({ ...good, renewalCheck: { checkedAt: 1, reason } }) ?? {};
    expect(renewalCheck).toEqual({ checkedAt: 1 });
  });

  it("is bounded, and odd members alone are left out", () => {
    const long = "x".repeat(9_999);
    const name = { name: "a.example", at: "192.0.2.1", ok: false, problem: long, serial: long, notAfter: "soon" };
    const read = readServedState({ ...good, names: Array(5_000).fill(name), renewalCheck: 5, overdueFraction: "1" });
    expect(read?.names).toHaveLength(1_000);
    const cut = "x".repeat(500);
    expect(read?.names[0]).toEqual({ name: "a.example", at: "192.0.2.1", ok: false, problem: cut, serial: cut });
    expect(read).not.toHaveProperty("renewalCheck");
    expect(read).not.toHaveProperty("overdueFraction");
  });
});
