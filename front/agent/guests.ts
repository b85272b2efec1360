import { HTTPS } from "../haproxy-config";
import { GUESTS } from "../haproxy-guests";
import type { Haproxy } from "./haproxy";

/** Somebody with a client certificate for whom something is under way; haproxy-guests.ts writes it down. */
export interface Guest {
  /** Address and port. */
  readonly source: string;
  /** ms: when the connection began. */
  readonly since: number;
  /** ms: when the certificate ends. */
  readonly notAfter: number;
  /** SHA-256 of the serial number's bytes, lower-case hex. */
  readonly serial: string;
  /** SHA-256 of the issuer's name as HAProxy writes it, lower-case hex. */
  readonly issuer: string;
  /** The tenant's domain. */
  readonly tenant: string;
}

/** ms. HAProxy lets in until the certificate's last second is over; what came then still gets its answer. */
const TO_END_BY_ITSELF = 3_000;

/**
 * Ends requests, transfers and websockets that are under way. Rules see a request once, so what was let in would go on for as long as
 * it lasts. Costs HAProxy a walk through what is under way with a certificate; all that is under way is looked through only when
 * somebody is to be put out.
 */
export class Guests {
  constructor(private readonly haproxy: Pick<Haproxy, "tableKeys" | "sessions" | "shutdownSession">) {}

  /** @returns how many were put out. Throws HaproxyUnreachableError, HaproxyRefusedError. */
  async end(isWithdrawn: (guest: Guest) => boolean): Promise<number> {
    return this.putOut((await this.haproxy.tableKeys(GUESTS)).flatMap(guestOf).filter(isWithdrawn));
  }

  /** Those whose certificate expired some seconds ago. @returns and throws as `end` does */
  async endExpired(now: number): Promise<number> {
    const end = now - TO_END_BY_ITSELF;
    const due = await this.haproxy.tableKeys(GUESTS, `data.gpt0 le ${minuteOf(end)}`);
    return this.putOut(due.flatMap(guestOf).filter(({ notAfter }) => notAfter < end));
  }

  private async putOut(guests: readonly Guest[]): Promise<number> {
    if (guests.length === 0) return 0;
    const sessions = await this.haproxy.sessions(HTTPS);
    const ending = [...new Set(guests.map(({ source }) => source))].flatMap((source) => sessions.get(source) ?? []);
    for (const id of ending) await this.haproxy.shutdownSession(id);
    return ending.length;
  }
}

function guestOf(key: string): Guest[] {
  const [address, port, since, notAfter = "", serial = "", issuer = "", tenant] = key.split("|");
  if (tenant === undefined) return [];
  return [
    {
      source: `${address}:${port}`,
      since: Number(since),
      notAfter: timeOf(notAfter),
      serial: serial.toLowerCase(),
      issuer: issuer.toLowerCase(),
      tenant,
    },
  ];
}

/** @param text `YYMMDDhhmmssZ` */
function timeOf(text: string): number {
  const [, year, ...rest] = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(text) ?? [];
  const [month, day, hour, minute, second] = rest;
  return Date.parse(`20${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** `YYMMDDhhmm`, as a number. */
const minuteOf = (ms: number): number => Number(new Date(ms).toISOString().replace(/\D/g, "").slice(2, 12));
