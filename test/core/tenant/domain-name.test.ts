import { canonicalName, isHostname, quoted, registeredDomain } from "../../../core/tenant/domain-name";

describe("a domain name in its canonical form", () => {
  it.each([
    ["Shop.Example", "shop.example"],
    ["shop.example.", "shop.example"],
    ["shop.example｡", "shop.example"],
    ["shop．example", "shop.example"],
    ["bücher.example", "xn--bcher-kva.example"],
    ["BÜCHER.example", "xn--bcher-kva.example"],
    ["bu\u0308cher.example", "xn--bcher-kva.example"],
    ["xn--bcher-kva.example", "xn--bcher-kva.example"],
    ["XN--BCHER-KVA.example", "xn--bcher-kva.example"],
    ["例え。テスト", "xn--r8jz45g.xn--zckzah"],
    ["=\u0338.example", "xn--1ch.example"],
    ["a.github.io", "a.github.io"],
    [`${"a".repeat(63)}.example`, `${"a".repeat(63)}.example`],
    ["1.2.3.4.example", "1.2.3.4.example"],
    ["a.b.c.d.e.f.g.h.example.org", "a.b.c.d.e.f.g.h.example.org"],
    ["shop.0xg", "shop.0xg"],
    ["shop.1a", "shop.1a"],
    ["shop.x0x1", "shop.x0x1"],
    ["s--p.example", "s--p.example"],
    ["sho--p.example", "sho--p.example"],
    // The list's private section: their owners have certificates for them.
    ["github.io", "github.io"],
    ["netlify.app", "netlify.app"],
    ["eu.org", "eu.org"],
    ["uk.com", "uk.com"],
    ["azurewebsites.net", "azurewebsites.net"],
    ["faß.de", "xn--fa-hia.de"],
  ])("of %s is %s", (written, name) => {
    expect(canonicalName(written)).toEqual({ name });
  });

  // Characters that stand in some places only (RFC 5892, appendix A).
  it.each([
    ["col·legi.cat", "xn--collegi-xma.cat"],
    ["COL·LEGI.cat", "xn--collegi-xma.cat"],
    ["ab\u0375α.gr", "xn--ab-73b4v.gr"],
    ["א׳.co.il", "xn--4db4e.co.il"],
    ["א״.com", "xn--4db6e.com"],
    ["テスト・サイト.jp", "xn--eck7al5clc86a.jp"],
    ["ひ・.jp", "xn--y9jtp.jp"],
    ["漢・.jp", "xn--vek548p.jp"],
    ["ا٠١.com", "xn--mgb8id.com"],
    ["نامه\u200cای.com", "xn--mgba3gch31f060k.com"],
    ["නෙත්\u200dය.lk", "xn--n0ch2a4dtd648l.lk"],
  ])("of %s, with a character that may stand there, is %s", (written, name) => {
    expect(canonicalName(written)).toEqual({ name });
  });

  it.each([
    ["a·b.cat", "·"],
    ["l·a.cat", "·"],
    ["a·l.cat", "·"],
    ["·l.cat", "·"],
    ["l·.cat", "·"],
    ["ab\u0375.gr", "\u0375"],
    ["α\u0375b.gr", "\u0375"],
    ["\u05f3shop.co.il", "\u05f3"],
    ["x\u05f4.com", "\u05f4"],
    ["テスト·サイト.jp", "·"],
    ["shop・paris.example", "・"],
    ["テスト。・x。jp", "・"],
    ["\u0660\u06f1.example", "\u0660"],
    ["shop．\u0669\u06f9.example", "\u0669"],
  ])("does not exist of %s, where a character stands in a wrong place", (written, odd) => {
    expect(canonicalName(written)).toEqual({
      problem: `"${written}" contains "${odd}", which a domain name cannot have there`,
    });
  });
});

describe("a name that cannot have a certificate here", () => {
  const ADDRESS = "is an IP address; tenants are domain names";
  const HIDDEN = "contains a space or an invisible character";
  const INVALID = "is not a valid internationalised domain name";
  const ENDS = "labels begin and end with a letter or a digit";
  const EMPTY = "has an empty label (two dots in a row, or a dot in front)";
  const THIRD = "CAs refuse hyphens in the third and fourth place";
  const SUFFIX = "is a public suffix, shared by many owners; no CA issues a certificate for it";
  const NOT_THERE = "which a domain name cannot have there";
  const SINGLE = "has a single label; write the whole name, like shop.example.com";
  const HYPHENS = "has an internationalised label with a hyphen at an end, or two in the third and fourth place";

  it.each<[string, string]>([
    ["", "is empty; write a domain name, like shop.example.com"],
    [
      "*.shop.example",
      "*.shop.example is a wildcard, which needs DNS-01; certfront uses HTTP-01, so list each name that is used",
    ],
    ["https://shop.example/", '"https://shop.example/" is a URL; write the domain name alone'],
    ["HTTP://shop.example", '"HTTP://shop.example" is a URL; write the domain name alone'],
    ["x https://shop.example", `"x https://shop.example" ${HIDDEN}`],
    ["-https://shop.example", `"-https://shop.example" contains ":", ${NOT_THERE}`],
    ["203.0.113.9", `"203.0.113.9" ${ADDRESS}`],
    ["2001:db8::1", `"2001:db8::1" ${ADDRESS}`],
    ["0x7f.1", `"0x7f.1" ${ADDRESS}`],
    ["shop.123", `"shop.123" ${ADDRESS}`],
    ["shop.0x7f", `"shop.0x7f" ${ADDRESS}`],
    ["shop.0x", `"shop.0x" ${ADDRESS}`],
    ["7", `"7" ${ADDRESS}`],
    ["shop_1.example", '"shop_1.example" contains an underscore, which certificates do not allow in a name'],
    ["localhost", `"localhost" ${SINGLE}`],
    ["co.uk", `co.uk ${SUFFIX}`],
    ["foo.kawasaki.jp", `foo.kawasaki.jp ${SUFFIX}`],
    ["ab--cd.example.org", `has the label "ab--cd"; ${THIRD}`],
    ["shop.r3---sn.example", `has the label "r3---sn"; ${THIRD}`],
    ["-ü.example", `"-ü.example" ${HYPHENS}`],
    ["shop.ü-.example", `"shop.ü-.example" ${HYPHENS}`],
    ["üa--b.example", `"üa--b.example" ${HYPHENS}`],
    ["a.b.c.d.e.f.g.h.i.example.org", "has 11 labels (parts between dots); CAs certify at most 10"],
    ["shop..example", EMPTY],
    ["shop.example..", EMPTY],
    [".shop.example", EMPTY],
    ["-shop.example", `has the label "-shop"; ${ENDS}`],
    ["shop.paris-.example", `has the label "paris-"; ${ENDS}`],
    [`${"a".repeat(62)}-.example`, `has the label "${"a".repeat(62)}-"; ${ENDS}`],
    [`${"a".repeat(64)}.example`, `has a label of 64 characters (${"a".repeat(20)}…), at most 63 are allowed`],
    [`${"a.".repeat(130)}example`, "has 267 characters, a domain name has at most 253"],
    [`${"a.".repeat(124)}exampl`, "has 254 characters, a domain name has at most 253"],
    [`${"a.".repeat(123)}example`, "has 124 labels (parts between dots); CAs certify at most 10"],
    ["ab\u200d.example", `"ab\\u{200d}.example" ${INVALID}`],
    ["xn--a.example", `"xn--a.example" ${INVALID}`],
    // Other spellings of ü and of a.b, which no CA takes.
    ["xn---tda.example", `"xn---tda.example" ${INVALID}`],
    ["xn--abc-.example", `has the label "xn--abc-"; ${ENDS}`],
    ["shop.xn--a-b.example", `"shop.xn--a-b.example" ${INVALID}`],
    ["shop.example/path", `"shop.example/path" contains "/", ${NOT_THERE}`],
    ["shop.example:443", `"shop.example:443" contains ":", ${NOT_THERE}`],
    ["shop.exam%70le", `"shop.exam%70le" contains "%", ${NOT_THERE}`],
    ["shop.example;", `"shop.example;" contains ";", ${NOT_THERE}`],
    ["shop.example#", `"shop.example#" contains "#", ${NOT_THERE}`],
    ["shop.example'", `"shop.example'" contains "'", ${NOT_THERE}`],
    ["bücher.example;", `"bücher.example;" contains ";", ${NOT_THERE}`],
    ["shop .example", `"shop .example" ${HIDDEN}`],
    ["shop.example\n", `"shop.example\\n" ${HIDDEN}`],
    ["shop.example\tredirect", `"shop.example\\tredirect" ${HIDDEN}`],
    ["shop\u0000.example", `"shop\\u0000.example" ${HIDDEN}`],
    ["sh\u200bop.example", `"sh\\u{200b}op.example" ${HIDDEN}`],
    ["sh\u202eop.example", `"sh\\u{202e}op.example" ${HIDDEN}`],
    ["shop\u00a0.example", `"shop\\u{a0}.example" ${HIDDEN}`],
    ["shop\u{e0001}.example", `"shop\\u{e0001}.example" ${HIDDEN}`],
  ])("%j is told why", (written, problem) => {
    expect(canonicalName(written)).toEqual({ problem });
  });
});

describe("a host name", () => {
  it.each([
    ["shop.example", true],
    ["web", true],
    ["1.2.3.4", true],
    [`${"a.".repeat(123)}example`, true],
    [`${"a.".repeat(123)}examples`, false],
    ["Shop.example", false],
    ["shop.example.", false],
    ["a..b", false],
    ["-a.b", false],
    ["a-.b", false],
    [`${"a".repeat(64)}.b`, false],
    ["a b", false],
    ["", false],
  ])("%j: %s", (name, is) => {
    expect(isHostname(name)).toBe(is);
  });
});

describe("hostile text, for showing it to people", () => {
  it.each([
    ["shop.example", '"shop.example"'],
    ["a b", '"a b"'],
    ['a"b\\\n', '"a\\"b\\\\\\n"'],
    ["a\u202eb\u{e0001}\u2003", '"a\\u{202e}b\\u{e0001}\\u{2003}"'],
    ["x".repeat(100), `"${"x".repeat(100)}"`],
    ["x".repeat(101), `"${"x".repeat(100)}…"`],
  ])("is in quotes, cut, and nothing of it invisible", (raw, shown) => {
    expect(quoted(raw)).toBe(shown);
  });
});

describe("the name that somebody registered", () => {
  it.each([
    ["shop.example.co.uk", "example.co.uk"],
    ["example.co.uk", "example.co.uk"],
    ["co.uk", undefined],
    ["x.shop.github.io", "shop.github.io"],
    ["github.io", undefined],
    ["a.b.example.internal", "example.internal"],
  ])("of %s is %s", (name, registered) => {
    expect(registeredDomain(name)).toBe(registered);
  });
});
