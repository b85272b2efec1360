import { createHash } from "node:crypto";
import { bitString, element, integer, objectIdentifier, pem, sequence, set, utf8 } from "../../core/base/der";
import type { ClientCertificates } from "../../core/tenant/tenant";
import { withdrawnBy } from "../../front/agent/withdrawn";
import { TestCa, type TestCertificate } from "../../testing/certificates";

const members = new TestCa("members");
const successors = new TestCa("successors");
const alice = members.issueClient("alice");
const bob = members.issueClient("bob");
const hash = (bytes: Buffer | string) => createHash("sha256").update(bytes).digest("hex");
const guest = ({ summary }: TestCertificate, issuer = "/CN=members intermediate") => ({
  serial: hash(Buffer.from(summary.serial, "hex")),
  issuer: hash(issuer),
});

const trust = (ca: string, crl?: string): ClientCertificates => ({ mode: "required", ca, ...(crl && { crl }) });
const plain = trust(members.root);
const empty = trust(members.root, members.revocationLists([]));
const aliceOut = trust(members.root, members.revocationLists([alice]));
const both = members.root + successors.root;

describe("after a change of what client certificates are checked against", () => {
  const CHANGES: readonly [string, ClientCertificates, ClientCertificates, alice: boolean, bob: boolean][] = [
    ["nothing changed", plain, plain, false, false],
    ["another CA", plain, trust(successors.root), true, true],
    ["one CA more", plain, trust(both), false, false],
    ["one CA less", trust(both), plain, true, true],
    ["a first list, with nobody on it", plain, empty, false, false],
    ["a first list", plain, aliceOut, true, false],
    ["one on a list", empty, aliceOut, true, false],
    ["a list renewed", aliceOut, trust(members.root, members.revocationLists([alice])), false, false],
    ["another on a list", aliceOut, trust(members.root, members.revocationLists([alice, bob])), false, true],
    ["one off a list", aliceOut, empty, false, false],
    ["certificates not asked for any more", aliceOut, { mode: "off" }, false, false],
    ["certificates asked for now", { mode: "off" }, aliceOut, false, false],
  ];
  it.each(CHANGES)("%s", (_, before, after, aliceIsOut, bobIsOut) => {
    const isWithdrawn = withdrawnBy(before, after) ?? (() => false);
    expect([isWithdrawn(guest(alice)), isWithdrawn(guest(bob))]).toEqual([aliceIsOut, bobIsOut]);
  });

  it("whoever another CA vouches for than the list's is out as well: a CA in between may be on it", () => {
    const isWithdrawn = withdrawnBy(empty, aliceOut);
    expect(isWithdrawn?.(guest(bob, "/CN=another intermediate"))).toBe(true);
  });

  it("nobody else's of the same name is out with somebody who is: the serial number tells", () => {
    const isWithdrawn = withdrawnBy(empty, aliceOut);
    expect(isWithdrawn?.({ ...guest(alice), issuer: guest(bob).issuer })).toBe(true);
  });

  it("all whom a list of two CAs may be about are out: a CA in between may be on either", () => {
    const twice = trust(
      both,
      members.revocationLists([alice]) + successors.revocationLists([successors.issueClient("c")]),
    );
    expect(withdrawnBy(trust(both), twice)?.(guest(bob))).toBe(true);
  });

  it.each<[string, Buffer[], string | undefined]>([
    ["country and organisation", [attribute("550406", "FR"), attribute("55040a", "Météo")], "/C=FR/O=Météo"],
    ["a domain", [attribute("0992268993f22c640119", "fr")], "/DC=fr"],
    ["an attribute that is not known here", [attribute("55040d", "x"), attribute("550403", "CN")], undefined],
  ])("an issuer's name is read as HAProxy writes it: %s", (_, attributes, written) => {
    const list = listOf(sequence(...attributes.map((one) => set(one))), alice.summary.serial);
    const isWithdrawn = withdrawnBy(plain, trust(members.root, list));
    const other = { serial: guest(bob).serial, issuer: hash(written ?? "/CN=CN") };
    // Of that issuer's, who is not listed stays; in doubt everybody goes.
    expect(isWithdrawn?.(other)).toBe(written === undefined);
    expect(isWithdrawn?.({ ...other, serial: guest(alice).serial })).toBe(true);
  });
});

/** One attribute of a name (RFC 5280 §4.1.2.4). */
function attribute(type: string, value: string): Buffer {
  return sequence(element(0x06, Buffer.from(type, "hex")), utf8(value));
}

/** A revocation list as far as it is read here; nobody checks its signature. */
function listOf(issuer: Buffer, serial: string): string {
  const time = element(0x17, Buffer.from("261129000000Z"));
  const algorithm = sequence(objectIdentifier("1.2.840.10045.4.3.2"));
  const entry = sequence(integer(Buffer.from(serial, "hex")), time);
  const tbs = sequence(integer(Buffer.from([1])), algorithm, issuer, time, time, sequence(entry));
  return pem("X509 CRL", sequence(tbs, algorithm, bitString(Buffer.from([0]))));
}
