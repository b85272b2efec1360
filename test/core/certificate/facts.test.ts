import { DAY, MINUTE } from "../../../core/base/clock";
import { subjectAltName } from "../../../core/certificate/csr";
import { checkChainLength, leafOf, verifyIssued } from "../../../core/certificate/facts";
import { createThrowawayCa } from "../../../local/process/parts/throwaway-ca";
import { TestCa } from "../../../testing/certificates";
import { TestDataKeys } from "../../../testing/data-keys";
import { handMade, newPair } from "../../../testing/hand-made";
import { ManualClock } from "../../../testing/manual-clock";

const NOW = Date.UTC(2026, 10, 21);
const clock = new ManualClock(NOW);
const ca = new TestCa("some-ca", () => NOW);
const names = ["a.example", "www.a.example"];
const good = ca.issue(names);
const issued = { chain: good.chain, key: good.key, names, ca: "some-ca" };
const sealer = new TestDataKeys().sealer(clock);

describe("a certificate is kept", () => {
  it("with its facts, when it is what was ordered", () => {
    expect(verifyIssued({ ...issued, names: [...names].reverse() }, NOW)).toEqual({
      ...good.summary,
      ariId: expect.stringMatching(/^[\w-]{27}\.[\w-]{22}$/),
    });
  });

  it("with its names in lower case and in its own order", () => {
    const mixed = ca.issue(["www.A.example", "a.example"]);
    expect(verifyIssued({ ...issued, ...mixed, names }, NOW).names).toEqual(["www.a.example", "a.example"]);
  });

  it("with its DNS names alone, where it has others", () => {
    const { certificate, key } = createThrowawayCa().issue(["a.example", "192.0.2.1"], { notBefore: NOW });
    const ordered = { chain: certificate, key, names: ["a.example"], ca: "some-ca" };
    expect(verifyIssued(ordered, NOW).names).toEqual(["a.example"]);
  });

  it("without an ARI id, where it names no authority's key", () => {
    const { publicKey, privateKey } = newPair();
    const chain = handMade({ publicKey, extensions: [subjectAltName(names)] });
    const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    expect(verifyIssued({ ...issued, chain, key }, NOW)).not.toHaveProperty("ariId");
  });

  it("when it begins a few minutes after our own clock's time", () => {
    expect(verifyIssued(issued, good.summary.notBefore - 5 * MINUTE).serial).toBe(good.summary.serial);
  });

  it("to its last moment", () => {
    expect(verifyIssued(issued, good.summary.notAfter - 1).serial).toBe(good.summary.serial);
  });

  it("with a chain of the leaf alone", () => {
    expect(verifyIssued({ ...issued, chain: leafOf(good.chain) }, NOW).serial).toBe(good.summary.serial);
  });

  it("when its intermediate ends as it does", () => {
    // TestCa's intermediate lives ten years from the CA's own time.
    const long = ca.issue(names, { notBefore: NOW, notAfter: NOW + 3_650 * DAY });
    expect(verifyIssued({ ...issued, ...long, names }, NOW).notAfter).toBe(NOW + 3_650 * DAY);
  });

  it("when its key is sealed, which says whose it is", async () => {
    const key = await sealer.privateKey(good.key, "a.example");
    expect(verifyIssued({ ...issued, key }, NOW).serial).toBe(good.summary.serial);
  });
});

it("The leaf of a chain is its first certificate; of no chain, nothing", () => {
  expect(leafOf(good.chain)).toBe(good.leaf);
  expect(leafOf("")).toBe("");
});

it("A chain is as long as fronts can take from one second to the next, and no longer", () => {
  expect(() => checkChainLength("x".repeat(14_000))).not.toThrow();
  const refused = { code: "BAD_CERTIFICATE", message: "The chain has 14001 characters, of which fronts take 14000." };
  expect(() => checkChainLength("x".repeat(14_001))).toThrow(expect.objectContaining(refused));
});
