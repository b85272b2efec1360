import { DAY, MINUTE } from "../../../core/base/clock";
import { subjectAltName } from "../../../core/certificate/csr";
import { verifyIssued } from "../../../core/certificate/facts";
import { TestCa } from "../../../testing/certificates";
import { TestDataKeys } from "../../../testing/data-keys";
import { handMade, newPair } from "../../../testing/hand-made";
import { ManualClock } from "../../../testing/manual-clock";

const NOW = Date.UTC(2026, 10, 21);
const ca = new TestCa("some-ca", () => NOW);
const names = ["a.example", "www.a.example"];
const good = ca.issue(names);
const other = ca.issue(names);
const issued = { chain: good.chain, key: good.key, names, ca: "some-ca" };
const intermediate = good.chain.slice(good.leaf.length);
const foreign = new TestCa("other-ca", () => NOW).issue(names);
// TestCa's intermediate lives ten years from the CA's own time, from a year before it on.
const outlived = new TestCa("some-ca", () => NOW - 3_660 * DAY).issue(names, {
  notBefore: NOW - DAY,
  notAfter: NOW + DAY,
});
const longer = ca.issue(names, { notBefore: NOW - DAY, notAfter: NOW + 3_651 * DAY });
const nameless = ca.issueClient("a.example");
const unreadable = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

/** A leaf that one key signed in the name of "issuer", and after it a certificate of that name and key, unless changed. */
function pair(changes: Parameters<typeof handMade>[0]): Partial<typeof issued> {
  const [leaf, authority] = [newPair(), newPair()];
  const signed = { publicKey: leaf.publicKey, signer: authority.privateKey, extensions: [subjectAltName(names)] };
  return {
    chain: handMade(signed) + handMade({ subject: "issuer", publicKey: authority.publicKey, ...changes }),
    key: leaf.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

const refusal = (changes: Partial<typeof issued>, now = NOW): unknown => {
  try {
    return verifyIssued({ ...issued, ...changes }, now);
  } catch (error) {
    return error;
  }
};

describe("a certificate is thrown away, and the one being served stays,", () => {
  it.each<[string, Partial<typeof issued>, string]>([
    ["when the chain is empty", { chain: "" }, "The chain holds no certificate."],
    [
      "when its issuer is not in the chain",
      { chain: good.leaf + foreign.chain.slice(foreign.leaf.length) },
      "Certificate 1 of the chain is not signed by the one after it.",
    ],
    [
      "when its issuer is of the same name, but has another key",
      pair({ publicKey: newPair().publicKey }),
      "Certificate 1 of the chain is not signed by the one after it.",
    ],
    [
      "when its issuer has the same key, but another name",
      pair({ subject: "somebody" }),
      "Certificate 1 of the chain is not signed by the one after it.",
    ],
    [
      "when the chain is in the wrong order",
      { chain: intermediate + good.leaf },
      "Certificate 1 of the chain is not signed by the one after it.",
    ],
    [
      "when the chain breaks further up",
      { chain: good.chain + other.leaf },
      "Certificate 2 of the chain is not signed by the one after it.",
    ],
    ["when its key is another", { key: other.key }, "The certificate is not for the key that was generated for it."],
    [
      "when a name is missing",
      { names: [...names, "b.example"] },
      "The certificate is for a.example, www.a.example, ordered was a.example, www.a.example, b.example.",
    ],
    [
      "when it has a name too many",
      { names: ["a.example"] },
      "The certificate is for a.example, www.a.example, ordered was a.example.",
    ],
    [
      "when it has no name",
      { chain: nameless.chain, key: nameless.key },
      "The certificate is for no name, ordered was a.example, www.a.example.",
    ],
    [
      "when its intermediate has expired",
      { chain: outlived.chain, key: outlived.key },
      "An intermediate of the chain ends on 2026-11-11T00:00:00.000Z, before the certificate does (2026-11-22T00:00:00.000Z).",
    ],
    [
      "when its intermediate ends a day before it",
      { chain: longer.chain, key: longer.key },
      "An intermediate of the chain ends on 2036-11-18T00:00:00.000Z, before the certificate does (2036-11-19T00:00:00.000Z).",
    ],
  ])("%s", (_what, changes, message) => {
    expect(refusal(changes)).toMatchObject({
      name: "BadCertificateError",
      code: "BAD_CERTIFICATE",
      message,
      advice: "Nothing to do: the certificate was thrown away.",
    });
  });

  it.each([
    ["when it is over", good.summary.notAfter],
    ["when it is to come", good.summary.notBefore - DAY],
    ["when it begins later than clocks differ", good.summary.notBefore - 5 * MINUTE - 1],
  ])("%s", (_what, now) => {
    expect(refusal({}, now)).toMatchObject({
      code: "BAD_CERTIFICATE",
      message: "The certificate is valid from 2026-11-20T23:00:00.000Z to 2027-02-18T23:00:00.000Z, which is not now.",
    });
  });

  it("when the chain cannot be read, in the words of whoever could not", () => {
    expect(refusal({ chain: unreadable })).toMatchObject({
      code: "BAD_CERTIFICATE",
      message: expect.stringMatching(/^The chain cannot be read: Error: .+/),
    });
  });

  it.each([
    ["is no private one", good.chain],
    ["is cut", good.chain + good.key.slice(0, 120)],
  ])("when its key %s", (_what, key) => {
    expect(() => verifyIssued({ ...issued, key }, NOW)).toThrow();
  });

  it("when its key is sealed, and another", async () => {
    const key = await new TestDataKeys().sealer(new ManualClock(NOW)).privateKey(other.key, "a.example");
    expect(refusal({ key })).toMatchObject({
      message: "The certificate is not for the key that was generated for it.",
    });
  });
});

it("A certificate that its issuer signed in its own name is kept", () => {
  expect(refusal(pair({}))).toMatchObject({ names });
});
