/** HTTP/2 (RFC 9113) as bytes, so that a client can say what no library would. */

export const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const END_STREAM = 0x1;
export const END_HEADERS = 0x4;

/** latin1. */
export function frame(type: number, flags: number, stream: number, payload = ""): string {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return head.toString("latin1") + payload;
}

/** A field as a literal without indexing and without Huffman coding (RFC 7541 §6.2.2): any bytes at all. */
export const field = (name: string, value: string): string => `\x00${text(name)}${text(value)}`;

export const fields = (list: readonly (readonly [string, string])[]): string =>
  list.map(([name, value]) => field(name, value)).join("");

/** RFC 7541 §5.1, seven bits of prefix. */
function text(value: string): string {
  if (value.length < 127) return String.fromCharCode(value.length) + value;
  let left = value.length - 127;
  let out = "\x7f";
  for (; left >= 128; left = Math.floor(left / 128)) out += String.fromCharCode((left % 128) + 128);
  return out + String.fromCharCode(left) + value;
}

/** The client's side of an opening: preface and settings. */
export const opening = (settings = ""): string => PREFACE + frame(FRAME.settings, 0, 0, settings);

export const setting = (id: number, value: number): string => {
  const bytes = Buffer.alloc(6);
  bytes.writeUInt16BE(id, 0);
  bytes.writeUInt32BE(value, 2);
  return bytes.toString("latin1");
};

/** Whether a stream came to an end in what the server sent: END_STREAM, RST_STREAM, or GOAWAY for all. */
export function isOver(received: string, stream = 1): boolean {
  const bytes = Buffer.from(received, "latin1");
  for (let at = 0; at + 9 <= bytes.length; ) {
    const length = bytes.readUIntBE(at, 3);
    const type = bytes[at + 3];
    const flags = bytes[at + 4] ?? 0;
    const id = bytes.readUInt32BE(at + 5);
    if (type === FRAME.goaway) return true;
    if (id === stream && type === FRAME.reset) return true;
    if (id === stream && (type === FRAME.headers || type === FRAME.data) && (flags & END_STREAM) !== 0) return true;
    at += 9 + length;
  }
  return false;
}
