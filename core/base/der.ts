/** Just enough of ASN.1 DER (X.690) to write a CSR and to find one extension in a certificate. */

/** One parsed element. Offsets are into the buffer it was read from. */
export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
}

/** Any element: tag, length, content. */
export function element(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), length(body.length), body]);
}

export const sequence = (...content: readonly Buffer[]): Buffer => element(0x30, ...content);
export const set = (...content: readonly Buffer[]): Buffer => element(0x31, ...content);
export const octetString = (content: Buffer): Buffer => element(0x04, content);
export const bitString = (content: Buffer): Buffer => element(0x03, Buffer.from([0]), content);
export const boolean = (value: boolean): Buffer => element(0x01, Buffer.from([value ? 0xff : 0]));
export const nothing = (): Buffer => element(0x05);
export const utf8 = (text: string): Buffer => element(0x0c, Buffer.from(text));
/** `[n]`, constructed. */
export const context = (n: number, ...content: readonly Buffer[]): Buffer => element(0xa0 | n, ...content);
/** `[n]`, primitive. */
export const contextPrimitive = (n: number, content: Buffer): Buffer => element(0x80 | n, content);

/** A non-negative integer from its big-endian bytes. */
export function integer(bytes: Buffer): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const minimal = bytes.subarray(start);
  return element(0x02, ...((minimal[0] ?? 0) & 0x80 ? [Buffer.from([0])] : []), minimal);
}

/** `2.5.29.17` and the like. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** The elements that lie one after another in `content`; throws RangeError where they do not fit. */
export function elements(content: Buffer): DerElement[] {
  const found: DerElement[] = [];
  for (let offset = 0; offset < content.length; ) {
    const tag = content.readUInt8(offset);
    const short = content.readUInt8(offset + 1);
    const lengthBytes = short & 0x80 ? short & 0x7f : undefined;
    // Refuses a length of no byte, which DER does not have, and of more than six.
    const size = lengthBytes === undefined ? short : content.readUIntBE(offset + 2, lengthBytes);
    const start = offset + 2 + (lengthBytes ?? 0);
    if (start + size > content.length) throw new RangeError("DER element beyond its end");
    found.push({ tag, content: content.subarray(start, start + size) });
    offset = start + size;
  }
  return found;
}

/** PEM with the given label, lines of 64. */
export function pem(label: string, der: Buffer): string {
  const lines = der.toString("base64").replace(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

function length(size: number): Buffer {
  if (size < 0x80) return Buffer.from([size]);
  const bytes: number[] = [];
  for (let rest = size; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift(0x80 | (rest & 0x7f));
  return bytes;
}
