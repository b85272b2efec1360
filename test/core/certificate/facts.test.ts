import { DAY, MINUTE } from "../../../core/base/clock";
import { leafOf, verifyIssued } from "../../../core/certificate/facts";
import { TestCa } from "../../../testing/certificates";

const NOW = Date.UTC(2026, 10, 21);
const ca = new TestCa("some-ca", () => NOW);
const names = ["a.example", "www.a.example"];
const good = ca.issue(names);
const issued = { chain: good.chain, key: good.key, names, ca: "some-ca" };

describe("a certificate is kept", () => {
  it("with its facts, when it is what was ordered", () => {
    expect(verifyIssued({ ...issued, names: [...names].reverse() }, NOW)).toEqual({
      ...good.summary,
      ariId: expect.stringMatching(/^[\w-]{27}\.[\w-]{22}$/),
    });
  });
  it("when it begins a few minutes after our own clock's time", () => {
    expect(verifyIssued(issued, good.summary.notBefore - 4 * MINUTE).serial).toBe(good.summary.serial);
  });
  it("with a chain of the leaf alone", () => {
    expect(verifyIssued({ ...issued, chain: leafOf(good.chain) }, NOW).serial).toBe(good.summary.serial);
  });
});

describe("a certificate is thrown away", () => {
  const other = ca.issue(names);
  const intermediate = good.chain.slice(good.leaf.length);
  // TestCa's intermediate lives ten years from the CA's own time, from a year before it on.
  const outlived = new TestCa("some-ca", () => NOW - 3_660 * DAY).issue(names, {
    notBefore: NOW - DAY,
    notAfter: NOW + DAY,
  });
  const longer = ca.issue(names, { notBefore: NOW - DAY, notAfter: NOW + 3_651 * DAY });
  const foreign = new TestCa("other-ca", () => NOW).issue(names);
  it.each<[string, Partial<typeof issued>, number, RegExp]>([
    ["when its key is another", { key: other.key }, NOW, /not for the key that was generated/],
    ["when its key is no private one", { key: good.chain }, NOW, /./],
    ["when its key is cut", { key: good.chain + good.key.slice(0, 120) }, NOW, /./],
    [
      "when a name is missing",
      { names: [...names, "b.example"] },
      NOW,
      /is for a\.example, www\.a\.example, ordered was/,
    ],
    ["when it has a name too many", { names: ["a.example"] }, NOW, /ordered was a\.example\./],
    ["when it is over", {}, NOW + 91 * DAY, /which is not now/],
    ["when it is to come", {}, NOW - DAY, /which is not now/],
    ["when it begins later than clocks differ", {}, good.summary.notBefore - 6 * MINUTE, /which is not now/],
    ["when the chain is empty", { chain: "" }, NOW, /holds no certificate/],
    [
      "when the chain cannot be read",
      { chain: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" },
      NOW,
      /cannot be read/,
    ],
    [
      "when its issuer is not in the chain",
      { chain: good.leaf + foreign.chain.slice(foreign.leaf.length) },
      NOW,
      /Certificate 1 of the chain is not signed/,
    ],
    [
      "when its intermediate has expired",
      { chain: outlived.chain, key: outlived.key },
      NOW,
      /An intermediate of the chain ends on .*, before the certificate does/,
    ],
    [
      "when its intermediate ends a day before it",
      { chain: longer.chain, key: longer.key },
      NOW,
      /An intermediate of the chain ends on .*, before the certificate does/,
    ],
    [
      "when the chain is in the wrong order",
      { chain: intermediate + good.leaf },
      NOW,
      /Certificate 1 of the chain is not signed/,
    ],
    [
      "when the chain breaks further up",
      { chain: good.chain + other.leaf },
      NOW,
      /Certificate 2 of the chain is not signed/,
    ],
  ])("%s", (_what, changes, now, message) => {
    expect(() => verifyIssued({ ...issued, ...changes }, now)).toThrow(message);
  });
});
