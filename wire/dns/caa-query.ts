import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import * as packet from "dns-packet";
import { isCritical } from "../../core/preflight/caa";
import type { CaaAnswer, CaaRecord } from "../../core/preflight/ports";

/** ms; twice over all servers, so that a lost packet is no answer of its own. */
const TIMEOUT = 2_000;
const TRIES = 2;
/** What fits into one datagram everywhere (DNS Flag Day 2020); larger answers come over TCP. */
const DATAGRAM = 1_232;
/** A chain of aliases that is longer is a circle. */
const MOST_ALIASES = 16;
const TCP_MOST = 65_535;

/**
 * The CAA records of a name, read from the answer itself: Node's resolver (c-ares) refuses a whole set of which one value is empty,
 * which RFC 8659 §4.2 allows. Never throws.
 * @param servers `address:port`, asked in this order
 */
export async function queryCaa(name: string, servers: readonly string[]): Promise<CaaAnswer> {
  let detail = "no server";
  for (let attempt = 0; attempt < TRIES; attempt++) {
    for (const server of servers) {
      try {
        const answer = readAnswer(name, await ask(name, server));
        if (answer.status !== "servfail") return answer;
        detail = answer.detail;
      } catch (error) {
        detail = String((error as { code?: unknown }).code ?? (error instanceof Error ? error.message : error));
      }
    }
  }
  return { status: "servfail", detail };
}

async function ask(name: string, server: string): Promise<packet.DecodedPacket> {
  const colon = server.lastIndexOf(":");
  const to = { host: server.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(server.slice(colon + 1)) };
  const query = packet.encode({
    type: "query",
    id: randomInt(65_536),
    flags: packet.RECURSION_DESIRED,
    questions: [{ type: "CAA", name }],
    additionals: [
      {
        type: "OPT",
        name: ".",
        udpPayloadSize: DATAGRAM,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
        options: [],
      },
    ],
  });
  const answer = await overUdp(query, name, to);
  return answer.flag_tc ? overTcp(query, name, to) : answer;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Datagrams that answer another question, or come from elsewhere, are let pass by: the socket is connected and the id is by chance. */
function overUdp(query: Buffer, name: string, { host, port }: Address): Promise<packet.DecodedPacket> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  return new Promise<packet.DecodedPacket>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("ETIMEOUT")), TIMEOUT);
    socket.on("error", reject);
    socket.on("message", (message) => {
      const answer = decoded(message, query, name);
      if (answer) resolve(answer);
    });
    socket.on("close", () => clearTimeout(timer));
    socket.connect(port, host, () => socket.send(query));
  }).finally(() => socket.close());
}

function overTcp(query: Buffer, name: string, to: Address): Promise<packet.DecodedPacket> {
  const socket = connect(to);
  const chunks: Buffer[] = [];
  return new Promise<packet.DecodedPacket>((resolve, reject) => {
    socket.setTimeout(TIMEOUT, () => reject(new Error("ETIMEOUT")));
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("ECONNRESET")));
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      const received = Buffer.concat(chunks);
      if (received.length > TCP_MOST + 2) reject(new Error("EBADRESP"));
      if (received.length < 2 || received.length < received.readUInt16BE(0) + 2) return;
      const answer = decoded(received.subarray(2, received.readUInt16BE(0) + 2), query, name);
      if (answer) resolve(answer);
      else reject(new Error("EBADRESP"));
    });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(query.length, 0);
    socket.write(Buffer.concat([length, query]));
  }).finally(() => socket.destroy());
}

/** undefined: not an answer to this query, or none that can be read. */
function decoded(message: Buffer, query: Buffer, name: string): packet.DecodedPacket | undefined {
  if (message.length < 12 || message.readUInt16BE(0) !== query.readUInt16BE(0)) return undefined;
  try {
    const answer = packet.decode(message);
    const [question] = answer.questions ?? [];
    const same = question?.type === "CAA" && question.name.toLowerCase() === name.toLowerCase();
    return answer.flag_qr && same ? answer : undefined;
  } catch {
    return undefined;
  }
}

/** The library's types leave out what it reads from the flags. */
type Answer = packet.DecodedPacket & { readonly rcode?: string };

function readAnswer(name: string, { rcode: code = "NOERROR", answers = [] }: Answer): CaaAnswer {
  if (code === "NXDOMAIN") return { status: "nxdomain", detail: "ENOTFOUND" };
  if (code !== "NOERROR") return { status: "servfail", detail: `E${code}` };
  let owner = name.toLowerCase();
  for (let links = 0; links < MOST_ALIASES; links++) {
    const alias = answers.find((record) => record.type === "CNAME" && record.name.toLowerCase() === owner);
    if (alias?.type !== "CNAME") break;
    owner = alias.data.toLowerCase().replace(/\.$/, "");
  }
  const records = answers.flatMap((record): CaaRecord[] => {
    if (record.type !== "CAA" || record.name.toLowerCase() !== owner) return [];
    const { flags = 0, tag, value } = record.data;
    return [{ critical: isCritical(flags), tag: tag.toLowerCase(), value }];
  });
  return { status: "ok", records, ...(records.length > 0 && owner !== name.toLowerCase() && { owner }) };
}
