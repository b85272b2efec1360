/** The little of DER (X.690) that a throw-away certificate needs. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length: number[] = [];
  for (let rest = body.length; rest > 0; rest >>>= 8) length.unshift(rest & 0xff);
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length, ...length]), body]);
}

export const sequence = (...contents: readonly Uint8Array[]): Buffer => der(0x30, ...contents);
export const set = (...contents: readonly Uint8Array[]): Buffer => der(0x31, ...contents);
export const octets = (...contents: readonly Uint8Array[]): Buffer => der(0x04, ...contents);
export const bitString = (contents: Uint8Array, unusedBits = 0): Buffer =>
  der(0x03, Buffer.from([unusedBits]), contents);
export const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text));
export const TRUE = Buffer.from([0x01, 0x01, 0xff]);

/** A positive INTEGER; `bytes` must not begin with a bit set or with a zero byte. */
export const integer = (bytes: Uint8Array): Buffer => der(0x02, bytes);

/** Context-specific; `constructed` for tags that hold other elements. */
export const context = (tag: number, constructed: boolean, ...contents: readonly Uint8Array[]): Buffer =>
  der((constructed ? 0xa0 : 0x80) | tag, ...contents);

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const digits = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
    bytes.push(...digits);
  }
  return der(0x06, Buffer.from(bytes));
}

/** UTCTime to 2049, GeneralizedTime after (RFC 5280 §4.1.2.5). Whole seconds. */
export function time(ms: number): Buffer {
  const digits = new Date(ms)
    .toISOString()
    .replace(/\.\d+Z$/, "Z")
    .replace(/[-:T]/g, "");
  return Number(digits.slice(0, 4)) < 2050 ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits));
}
