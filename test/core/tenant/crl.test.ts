import { context, element, integer, pem, sequence, set, utf8 } from "../../../core/base/der";
import { canonicalCrlPem, revocationsOf } from "../../../core/tenant/crl";
import { TestCa } from "../../../testing/certificates";

const ca = new TestCa("tenant-ca");
const lists = ca.revocationLists([ca.issueClient("lost"), ca.issueClient("stolen")]);
const problemOf = (text: string, cas = ca.root) => {
  const read = canonicalCrlPem(text, cas);
  return "problem" in read ? read.problem : undefined;
};
/** A list of certificates taken back as RFC 5280 §5.1 has it, but for what is given. */
const listOf = (...parts: Buffer[]) => pem("X509 CRL", sequence(sequence(...parts)));
const ALGORITHM = sequence(utf8("algorithm"));
const ISSUER = sequence(utf8("issuer"));
const TIME = element(0x17, Buffer.from("261129000000Z"));
const VERSION = integer(Buffer.from([1]));
const revoked = (...serials: string[]) =>
  sequence(...serials.map((serial) => sequence(integer(Buffer.from(serial, "hex")), TIME)));
const issuer = utf8("issuer").toString("hex");

describe("revocation lists of a tenant's own CA", () => {
  it("are taken out of what was written, and nothing else is", () => {
    expect(canonicalCrlPem(lists, ca.root)).toEqual({ pem: lists });
    const [first = "", second = ""] = lists.split(/(?<=END X509 CRL-----\n)/);
    const windows = first.replaceAll("\n", "\r\n");
    expect(canonicalCrlPem(`a comment\n${windows}more\n${ca.root}${second}end`, ca.root)).toEqual({ pem: lists });
  });

  it("may be of several CAs, of which one is the tenant's", () => {
    const other = new TestCa("another-ca");
    const both = lists + other.revocationLists([]);
    expect(canonicalCrlPem(both, ca.root)).toEqual({ pem: both });
    expect(canonicalCrlPem(lists, other.root + ca.root)).toEqual({ pem: lists });
  });

  it.each([
    ["nothing", "", "holds no PEM revocation list (-----BEGIN X509 CRL-----)"],
    ["a certificate", ca.root, "holds no PEM revocation list (-----BEGIN X509 CRL-----)"],
    ["a list of another CA", new TestCa("another-ca").revocationLists([]), "holds no revocation list of a CA in ca"],
    [
      "a good list and one that is none",
      lists + pem("X509 CRL", utf8("x")),
      "holds a revocation list that cannot be read",
    ],
    [
      "a list that ends too early",
      pem("X509 CRL", Buffer.from([0x30, 5, 0])),
      "holds a revocation list that cannot be read",
    ],
    ["a list without an issuer", listOf(ALGORITHM, TIME), "holds a revocation list that cannot be read"],
    [
      "a set of what a list has",
      pem("X509 CRL", set(sequence(ALGORITHM, ISSUER))),
      "holds a revocation list that cannot be read",
    ],
    ["a list of nothing", listOf(), "holds a revocation list that cannot be read"],
    ["an empty sequence", pem("X509 CRL", sequence()), "holds a revocation list that cannot be read"],
  ])("are refused where there is %s", (_, text, problem) => {
    expect(problemOf(text)).toBe(problem);
  });

  it("are refused of no CA at all", () => {
    expect(problemOf(lists, "")).toBe("holds no revocation list of a CA in ca");
  });

  it("are refused where a front could not hand them to HAProxy", () => {
    const many = lists.repeat(Math.ceil(15_001 / lists.length));
    expect(problemOf(many)).toBe(`has ${many.length} characters of revocation lists, at most 15000 are allowed`);
  });
});

describe("what a revocation list says", () => {
  it("is its issuer and the serial numbers of what was taken back, without leading zeros", () => {
    const text = listOf(VERSION, ALGORITHM, ISSUER, TIME, TIME, revoked("01", "ff00", "7f"));
    expect(revocationsOf(text)).toEqual([{ issuer, serials: ["01", "ff00", "7f"] }]);
  });

  it.each([
    ["of the first version, which has no number", [ALGORITHM, ISSUER, TIME, revoked("0a")], ["0a"]],
    ["without a next time", [VERSION, ALGORITHM, ISSUER, TIME, revoked("0a")], ["0a"]],
    ["that takes nothing back", [VERSION, ALGORITHM, ISSUER, TIME], []],
    [
      "that takes nothing back, with extensions",
      [VERSION, ALGORITHM, ISSUER, TIME, context(0, sequence(revoked("0a")))],
      [],
    ],
    ["with an entry of nothing", [VERSION, ALGORITHM, ISSUER, TIME, sequence(sequence())], [""]],
  ])("is read of a list %s", (_, parts, serials) => {
    expect(revocationsOf(listOf(...parts))).toEqual([{ issuer, serials }]);
  });

  it("is read of every list, and of no list where there is none", () => {
    expect(revocationsOf(lists).map(({ serials }) => serials.length)).toEqual([2, 0]);
    expect(revocationsOf("")).toEqual([]);
  });

  it("has no zeros before a serial number, however many were written", () => {
    const entry = sequence(element(0x02, Buffer.from("00000a", "hex")), TIME);
    expect(revocationsOf(listOf(ALGORITHM, ISSUER, TIME, sequence(entry)))[0]?.serials).toEqual(["0a"]);
  });

  it.each([
    ["it has no issuer", listOf(ALGORITHM)],
    ["it has nothing", pem("X509 CRL", sequence())],
    ["it is none", pem("X509 CRL", utf8("x"))],
    ["it is empty", pem("X509 CRL", Buffer.alloc(0))],
  ])("throws where %s", (_, text) => {
    expect(() => revocationsOf(text)).toThrow(new RangeError("a revocation list has no issuer"));
  });
});
