import { createSocket } from "node:dgram";

/** RFC 1035 §3.2.2, RFC 8659. */
export const TYPES = { A: 1, NS: 2, CNAME: 5, TXT: 16, AAAA: 28, CAA: 257 } as const;
export const RCODES = { ok: 0, servfail: 2, nxdomain: 3, refused: 5 } as const;

export interface TinyAnswer {
  readonly rcode?: keyof typeof RCODES;
  /** Record data as on the wire. */
  readonly records?: readonly Buffer[];
}

/** A DNS server over UDP that says, byte for byte, what no other can be made to say. */
export interface TinyDns {
  readonly server: string;
  /** `TYPE name` of every question. */
  readonly questions: string[];
  stop(): Promise<void>;
}

/** @param respond undefined: no answer at all */
export async function startTinyDns(respond: (type: string, name: string) => TinyAnswer | undefined): Promise<TinyDns> {
  const socket = createSocket("udp4");
  const questions: string[] = [];
  socket.on("message", (query, { port, address }) => {
    const { name, type, end } = questionOf(query);
    const typeName = Object.entries(TYPES).find(([, number]) => number === type)?.[0] ?? String(type);
    questions.push(`${typeName} ${name}`);
    const answer = respond(typeName, name);
    if (!answer) return;
    const { rcode = "ok", records = [] } = answer;
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(0x8180 | RCODES[rcode], 2);
    header.writeUInt16BE(records.length, 6);
    header.writeUInt16BE(0, 8);
    header.writeUInt16BE(0, 10);
    const answers = records.map((data) => {
      const fields = Buffer.alloc(12);
      fields.writeUInt16BE(0xc00c, 0);
      fields.writeUInt16BE(type, 2);
      fields.writeUInt16BE(1, 4);
      fields.writeUInt32BE(3_600, 6);
      fields.writeUInt16BE(data.length, 10);
      return Buffer.concat([fields, data]);
    });
    socket.send(Buffer.concat([header, query.subarray(12, end), ...answers]), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return {
    server: `127.0.0.1:${socket.address().port}`,
    questions,
    stop: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function questionOf(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString("ascii", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}
