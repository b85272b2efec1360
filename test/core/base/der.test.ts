import * as der from "../../../core/base/der";

const bytes = (...values: number[]): Buffer => Buffer.from(values);
const hex = (buffer: Buffer): string => buffer.toString("hex");

describe("an element of DER", () => {
  it.each<[string, Buffer, string]>([
    ["a sequence", der.sequence(der.nothing(), der.nothing()), "300405000500"],
    ["an empty sequence", der.sequence(), "3000"],
    ["a set", der.set(der.nothing()), "31020500"],
    ["an octet string", der.octetString(bytes(1, 2)), "04020102"],
    ["a bit string, none of whose bits are left over", der.bitString(bytes(0xff)), "030200ff"],
    ["yes", der.boolean(true), "0101ff"],
    ["no", der.boolean(false), "010100"],
    ["text", der.utf8("é"), "0c02c3a9"],
    ["a context's own, of elements", der.context(3, der.nothing()), "a3020500"],
    ["a context's own, of bytes", der.contextPrimitive(2, Buffer.from("a")), "820161"],
  ])("is written with tag, length and content: %s", (_what, element, written) => {
    expect(hex(element)).toBe(written);
  });

  it.each([
    [0, "00"],
    [127, "7f"],
    [128, "8180"],
    [255, "81ff"],
    [256, "820100"],
    [65_535, "82ffff"],
    [65_536, "83010000"],
    [70_000, "83011170"],
  ])("of %d bytes has its length in as few bytes as do", (size, length) => {
    const element = der.octetString(Buffer.alloc(size));
    expect(hex(element.subarray(0, -size || undefined))).toBe(`04${length}`);
    expect(der.elements(element)).toEqual([{ tag: 0x04, content: Buffer.alloc(size) }]);
  });

  it.each([
    ["zero", bytes(0), "020100"],
    ["many zeros", bytes(0, 0, 0), "020100"],
    ["leading zeros, which go", bytes(0, 0, 5, 0), "02020500"],
    ["a first bit that would make it negative", bytes(0x80), "02020080"],
    ["the largest byte that would not", bytes(0x7f), "02017f"],
    ["a zero that is needed", bytes(0, 0xff, 1), "020300ff01"],
  ])("is an integer in as few bytes as do, and never a negative one: %s", (_what, content, written) => {
    expect(hex(der.integer(content))).toBe(written);
  });

  it.each([
    ["2.5.29.17", "0603551d11"],
    ["1.2.840.113549.1.1.11", "06092a864886f70d01010b"],
    ["1.3.6.1.4.1.99999.1", "06092b06010401868d1f01"],
    ["2.5.4.127", "060355047f"],
    ["2.5.4.128", "060455048100"],
    ["2.5.4.16384", "06055504818000"],
  ])("is the identifier %s", (dotted, written) => {
    expect(hex(der.objectIdentifier(dotted))).toBe(written);
  });
});

describe("reading DER", () => {
  it("gives the elements that lie one after another, with their tags and contents", () => {
    const content = Buffer.concat([
      der.boolean(true),
      der.sequence(der.nothing()),
      der.octetString(Buffer.alloc(300, 7)),
    ]);
    expect(der.elements(content)).toEqual([
      { tag: 0x01, content: bytes(0xff) },
      { tag: 0x30, content: bytes(0x05, 0x00) },
      { tag: 0x04, content: Buffer.alloc(300, 7) },
    ]);
    expect(der.elements(Buffer.alloc(0))).toEqual([]);
  });

  it.each([
    ["an element longer than the data", "3005020101"],
    ["a second one that is", "0500040201"],
    ["a tag without a length", "050002"],
    ["a length that is cut", "308201"],
    ["a length that says it is of no bytes", `3080${"00".repeat(128)}`],
    ["a length of seven bytes", "308700000000000000"],
  ])("refuses %s", (_what, text) => {
    const refused = expect.objectContaining({
      name: "RangeError",
      message: expect.stringMatching(/beyond|out of range/),
    });
    expect(() => der.elements(Buffer.from(text, "hex"))).toThrow(refused);
  });
});

describe("PEM", () => {
  it.each([
    [47, [`${"A".repeat(63)}=`]],
    [48, ["A".repeat(64)]],
    [49, ["A".repeat(64), "AA=="]],
    [96, ["A".repeat(64), "A".repeat(64)]],
  ])("has lines of 64: of %d bytes", (size, lines) => {
    const text = ["-----BEGIN SOME THING-----", ...lines, "-----END SOME THING-----", ""].join("\n");
    expect(der.pem("SOME THING", Buffer.alloc(size))).toBe(text);
  });
});
