import { wrap } from "../base/wrap";
import type { ReasonCode } from "../record/reason";
import { type Turn, turnOf } from "../record/turn";
import { relativeTime, utcMinute } from "../status/words";
import { dnsHost } from "./dns-hosts";
import type { RecordToSet } from "./records";
import { whyFor } from "./texts";

/** Who runs the service, as customers know it. Both may be empty. */
export interface Operator {
  readonly name: string;
  /** An address that people write to, or a page. */
  readonly support: string;
}

export interface Handover {
  readonly domain: string;
  /** What stands in the way of which name; none: nothing does. */
  readonly problems: readonly { readonly name: string; readonly code: ReasonCode }[];
  readonly records: readonly RecordToSet[];
  /** When the present certificate ends, ms; absent: there is none. */
  readonly servedUntil?: number;
  /** When the issuer looks next, ms; absent: it does not. */
  readonly nextLook?: number;
  readonly operator?: Operator | undefined;
}

const WIDTH = 78;

/** Whose turn it is: the owner's as soon as one thing is theirs to do, for nothing else shows before. */
export function turnFor({ problems }: Pick<Handover, "problems">): Turn {
  const turns = problems.map(({ code }) => turnOf(code));
  return turns.find((turn) => turn === "owner") ?? turns.find((turn) => turn === "us") ?? "nobody";
}

/** A mail to the customer, ready to be sent: plain text, lines of at most 78 characters but for records' own values. */
export function customerMessage(handover: Handover, now: number): string {
  const { operator } = handover;
  const turn = turnFor(handover);
  const mine = handover.problems.filter(({ code }) => turnOf(code) === turn);
  const lines = turn === "owner" ? request(handover, mine, now) : news(handover, mine, turn, now);
  const signature = [operator?.name, operator?.support].filter(Boolean);
  return [
    `Subject: ${subject(handover, turn)}`,
    "",
    ...lines,
    ...(signature.length > 0 ? ["", ...signature] : []),
  ].join("\n");
}

function subject({ domain, problems, records }: Handover, turn: Turn): string {
  const changes = toChange(records).length;
  if (turn === "owner" && changes > 0)
    return `${changes === 1 ? "One DNS change" : `${changes} DNS changes`} for ${domain}`;
  if (turn === "owner") return `The DNS of ${domain}`;
  return problems.length === 0 ? `${domain} is in order` : `${domain}: nothing for you to do`;
}

/** The owner has to do something. */
function request(handover: Handover, problems: Handover["problems"], now: number): string[] {
  const { domain, records, servedUntil } = handover;
  const changes = toChange(records).length;
  const state =
    servedUntil === undefined
      ? `${domain} is almost ready.`
      : `${domain} works today. Its certificate ends on ${utcMinute(servedUntil).slice(0, 10)} and cannot be renewed as things are.`;
  const ask =
    changes > 0
      ? `${changes === 1 ? "One DNS record stands" : `${changes} DNS records stand`} in the way.`
      : "Its DNS stands in the way.";
  return [
    ...wrapped(`${state} ${ask}`),
    ...[...zonesOf(records)].flatMap(([zone, its]) => zoneLines(zone, its)),
    ...(changes > 0
      ? ["", ...wrapped("Please leave all other records as they are. Any TTL is good; the one proposed will do.")]
      : []),
    "",
    ...reasons(problems),
    "",
    ...wrapped(whenLine(handover, now)),
  ];
}

/** The owner has nothing to do. */
function news(handover: Handover, problems: Handover["problems"], turn: Turn, now: number): string[] {
  const { domain, servedUntil } = handover;
  if (problems.length === 0) {
    if (servedUntil === undefined)
      return wrapped(`The DNS of ${domain} is as it should be, as we see it now. ${whenLine(handover, now)}`);
    return wrapped(
      `https://${domain} works. Its certificate is valid until ${utcMinute(servedUntil).slice(0, 10)} and is renewed by itself before that, as long as DNS stays as it is. There is nothing for you to do.`,
    );
  }
  if (problems.some(({ code }) => code === "REMOVED")) {
    return [
      ...wrapped(`${domain} is not served by us any more.`),
      "",
      ...reasons(problems),
      "",
      ...wrapped("If you did not expect that, please answer this message."),
    ];
  }
  const waits = problems.every(({ code }) => code === "WAITING");
  const state =
    servedUntil === undefined
      ? `${domain} is ${waits ? "on its way" : "not ready yet; your DNS is not the cause"}.`
      : `${domain} works today. Its next certificate is not there yet.`;
  const todo = `There is nothing for you to do${turn === "us" ? ": we are looking into it" : ""}.`;
  return [...wrapped(state), "", ...reasons(problems), "", ...wrapped(`${todo} ${whenLine(handover, now)}`)];
}

function reasons(problems: Handover["problems"]): string[] {
  return problems.flatMap(({ code, name }) => wrapped(`Why: ${whyFor(code, name)}`));
}

function whenLine({ domain, nextLook, servedUntil }: Handover, now: number): string {
  if (nextLook === undefined) return "Please tell us when it is done.";
  const at = Math.max(nextLook, now);
  const soon = relativeTime(at, now);
  const look = `We look again by ourselves, next at ${utcMinute(at)}${soon === "now" ? "" : ` (${soon})`}`;
  return servedUntil === undefined
    ? `${look}; https://${domain} works about a minute after the first look that finds all in order.`
    : `${look}.`;
}

const toChange = (records: readonly RecordToSet[]): RecordToSet[] => records.filter(({ action }) => action !== "keep");

function zonesOf(records: readonly RecordToSet[]): Map<string, RecordToSet[]> {
  const zones = new Map<string, RecordToSet[]>();
  for (const record of records) zones.set(record.zone, [...(zones.get(record.zone) ?? []), record]);
  return zones;
}

function zoneLines(zone: string, records: readonly RecordToSet[]): string[] {
  const changes = toChange(records).length;
  if (changes === 0) return [];
  const nameservers = [...new Set(records.flatMap((record) => record.nameservers))];
  const host = dnsHost(nameservers);
  const servers = nameservers.join(", ");
  const where = servers === "" ? "" : ` (${host ? `at ${host}; ` : ""}name servers ${servers})`;
  const these = changes === 1 ? "this change" : "these changes";
  const ask = `Please ask whoever manages the DNS of ${zone}${where} to make ${these}:`;
  return ["", ...wrapped(ask), "", ...table(records)];
}

/** `  CHANGE  Type A  Host @  Value 192.0.2.10  (now 203.0.113.9)`, in columns. */
function table(records: readonly RecordToSet[]): string[] {
  const changes = column(records.map(({ action }) => (action === "keep" ? action : action.toUpperCase())));
  const types = column(records.map(({ type }) => `Type ${type}`));
  const hosts = column(records.map(({ host }) => `Host ${host}`));
  return records.map(({ action, value, found }, row) => {
    const present = action === "change" && found.length > 0 ? `  (now ${found.join(", ")})` : "";
    return `  ${[changes[row], types[row], hosts[row], `Value ${value}`].join("   ")}${present}`;
  });
}

/** Cells, each as wide as the widest. */
function column(cells: readonly string[]): string[] {
  const width = Math.max(...cells.map(({ length }) => length));
  return cells.map((cell) => cell.padEnd(width));
}

const wrapped = (text: string): string[] => wrap(text, WIDTH);
