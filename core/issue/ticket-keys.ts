import { randomBytes } from "node:crypto";
import { type Clock, HOUR, scaled } from "../base/clock";
import type { TicketKeys } from "../record/record";
import type { Store } from "../record/store";

/** One to decrypt old tickets, one to encrypt with, one that every front knows before it is used. */
const KEYS = 3;
/** 16 bytes name, 32 AES-256, 32 HMAC: HAProxy's long form. */
const KEY_BYTES = 80;
/** A second rotation within the hour is the schedule delivered twice, and would cut clients' tickets off. */
const SOONEST = 1 * HOUR;

const newKey = (): string => randomBytes(KEY_BYTES).toString("base64");
const firstKeys = (now: number): TicketKeys => ({ keys: Array.from({ length: KEYS }, newKey), rotatedAt: now });

/** Makes the first keys, so that fronts have some from the first day. */
export async function ensureTicketKeys(store: Store, clock: Clock): Promise<void> {
  if (!(await store.ticketKeys())) await store.putTicketKeys(firstKeys(clock.now()), undefined);
}

/**
 * Adds a key, drops the oldest. Returns false where it was just done.
 * @param all replaces every key, however young: one of them is known to somebody. Sessions are not resumed across that.
 */
export async function rotateTicketKeys(store: Store, clock: Clock, timeScale: number, all = false): Promise<boolean> {
  const previous = await store.ticketKeys();
  const now = clock.now();
  if (!previous) return store.putTicketKeys(firstKeys(now), undefined);
  if (all) return store.putTicketKeys(firstKeys(Math.max(now, previous.rotatedAt + 1)), previous);
  if (now - previous.rotatedAt < scaled(SOONEST, timeScale)) return false;
  return store.putTicketKeys({ keys: [...previous.keys.slice(1 - KEYS), newKey()], rotatedAt: now }, previous);
}
