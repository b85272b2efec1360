import { randomBytes } from "node:crypto";
import { HOUR, scaled } from "../base/clock";
import type { TicketKeys } from "../record/record";
import type { Sealer } from "../seal/sealer";
import type { IssuerPorts } from "./ports";

type TicketPorts = Pick<IssuerPorts, "transient" | "clock" | "sealer" | "timeScale">;

/** One to decrypt old tickets, one to encrypt with, one that every front knows before it is used. */
const KEYS = 3;
/** 16 bytes name, 32 AES-256, 32 HMAC: HAProxy's long form. */
const KEY_BYTES = 80;
/** A second rotation within the hour is the schedule delivered twice, and would cut clients' tickets off. */
const SOONEST = 1 * HOUR;

const newKey = (): string => randomBytes(KEY_BYTES).toString("base64");
const firstKeys = async (now: number, sealer: Sealer): Promise<TicketKeys> => ({
  keys: await Promise.all(Array.from({ length: KEYS }, () => sealer.ticketKey(newKey()))),
  rotatedAt: now,
});

/** Makes the first keys, so that fronts have some from the first day. */
export async function ensureTicketKeys({ transient, clock, sealer }: TicketPorts): Promise<void> {
  if (!(await transient.ticketKeys())) await transient.putTicketKeys(await firstKeys(clock.now(), sealer), undefined);
}

/**
 * Adds a key, drops the oldest. Returns false where it was just done.
 * @param all replaces every key, however young: one of them is known to somebody. Sessions are not resumed across that.
 */
export async function rotateTicketKeys(ports: TicketPorts, all = false): Promise<boolean> {
  const { transient, clock, sealer, timeScale } = ports;
  const previous = await transient.ticketKeys();
  const now = clock.now();
  if (!previous) return transient.putTicketKeys(await firstKeys(now, sealer), undefined);
  if (all) return transient.putTicketKeys(await firstKeys(Math.max(now, previous.rotatedAt + 1), sealer), previous);
  if (now - previous.rotatedAt < scaled(SOONEST, timeScale)) return false;
  // The older ones are sealed where they were not: those of a stack from before keys were sealed.
  const keys = [...previous.keys.slice(1 - KEYS), newKey()];
  const sealed = await Promise.all(keys.map((key) => sealer.ticketKey(key)));
  return transient.putTicketKeys({ keys: sealed, rotatedAt: now }, previous);
}
