import * as packet from "dns-packet";
import { z } from "zod";

/** What DNS has under one name, or how questions about it fail. */
export const dnsRecords = z.strictObject({
  /** Absent: the default address. */
  a: z.array(z.ipv4()).readonly().optional(),
  aaaa: z.array(z.ipv6()).readonly().optional(),
  cname: z.string().optional(),
  caa: z.array(z.strictObject({ tag: z.string(), value: z.string() })).optional(),
  txt: z.string().optional(),
  /** `nxdomain`: there is no such name. `servfail`: as a validating resolver says where signatures or name servers are broken. */
  fails: z.enum(["servfail", "nxdomain"]).optional(),
});
export type DnsRecords = z.infer<typeof dnsRecords>;

/** RFC 1035 §4.1.1. */
const RCODES = { servfail: 2, nxdomain: 3 } as const;
/** Longest chain of aliases that resolvers follow. */
const MOST_ALIASES = 8;
/** What fits into a datagram for everybody (DNS Flag Day 2020). */
const DATAGRAM = 1_232;

/**
 * What a recursive resolver answers to a query. Nothing may be kept: no answer has a time to live.
 * @returns undefined: it is no query
 */
export function dnsAnswer(
  query: Buffer,
  recordsOf: (name: string) => DnsRecords,
  over: "udp" | "tcp",
): Buffer | undefined {
  const asked = decoded(query);
  const [question] = asked?.questions ?? [];
  if (asked?.type !== "query" || !question) return undefined;
  const answers: packet.Answer[] = [];
  let { name } = question;
  let rcode = 0;
  for (let links = 0; links < MOST_ALIASES; links++) {
    const records = recordsOf(name.toLowerCase());
    if (records.fails) rcode = RCODES[records.fails];
    if (records.fails) break;
    const alias = question.type === "CNAME" ? undefined : records.cname;
    if (alias === undefined) {
      answers.push(...answersFrom(records, question.type, name));
      break;
    }
    answers.push({ type: "CNAME", name, data: alias });
    name = alias;
  }
  const reply = { type: "response" as const, id: asked.id, questions: [question] };
  const flags = packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE | rcode;
  const whole = packet.encode({ ...reply, flags, answers });
  if (over === "tcp" || whole.length <= DATAGRAM) return whole;
  return packet.encode({ ...reply, flags: flags | packet.TRUNCATED_RESPONSE });
}

function decoded(query: Buffer): packet.DecodedPacket | undefined {
  try {
    return packet.decode(query);
  } catch {
    return undefined;
  }
}

function answersFrom(records: DnsRecords, type: string, name: string): packet.Answer[] {
  const { a = [], aaaa = [], caa = [], txt, cname } = records;
  switch (type) {
    case "A":
      return a.map((data) => ({ type, name, data }));
    case "AAAA":
      return aaaa.map((data) => ({ type, name, data }));
    case "CNAME":
      return cname === undefined ? [] : [{ type, name, data: cname }];
    case "TXT":
      return txt === undefined ? [] : [{ type, name, data: txt }];
    case "CAA":
      // As on the wire: the library's type knows three tags only.
      return caa.map((record) => ({ type, name, data: { flags: 0, ...record } as packet.CaaData }));
    default:
      return [];
  }
}
