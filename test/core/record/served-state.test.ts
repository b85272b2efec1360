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
    expect(readServedState({ ...good, pk: "SERVED#a.example", sk: "SERVED" })).toEqual(good);
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["a time of which no date can be made", { ...good, checkedAt: 1e300 }],
    ["a time that is a text", { ...good, checkedAt: "now" }],
    ["names that are no list", { ...good, names: { length: 1 } }],
    ["a name that is nothing", { ...good, names: [null] }],
    ["a sighting that does not say whether it is well", { ...good, names: [{ name: "a.example", at: "public" }] }],
  ])("is left out where it has %s", (_, item) => {
    expect(readServedState(item)).toBeUndefined();
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
    const name = { name: "a.example", at: "192.0.2.1", ok: false, problem: "x".repeat(9_999), notAfter: "soon" };
    const read = readServedState({ ...good, names: Array(5_000).fill(name), renewalCheck: 5, overdueFraction: "1" });
    expect(read?.names).toHaveLength(1_000);
    expect(read?.names[0]).toEqual({ name: "a.example", at: "192.0.2.1", ok: false, problem: "x".repeat(500) });
    expect(read).not.toHaveProperty("renewalCheck");
    expect(read).not.toHaveProperty("overdueFraction");
  });
});
