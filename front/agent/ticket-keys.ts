import { randomBytes } from "node:crypto";
import { readIfThere, writeAtomic } from "./atomic-file";
import type { Haproxy } from "./haproxy";

/** Keys HAProxy holds at once: it encrypts with the last but one and decrypts with all. */
const RING = 3;
/** 80 bytes: name, HMAC key, AES-256 key. */
const KEY = /^[A-Za-z0-9+/]{106}[A-Za-z0-9+/=]{2}$/;

/** Keys of this front alone, until the fleet's are known: HAProxy does not start without. */
export async function ensureTicketKeyFile(file: string): Promise<void> {
  const there = parseKeys(await readIfThere(file));
  if (there.length >= RING) return;
  await writeKeys(file, freshKeys());
}

/**
 * Makes HAProxy and the file hold the fleet's keys. Pushed are those that HAProxy has not, oldest first, so that a rotation costs
 * one push and every ticket of the last rotation still resumes.
 * @param keys opened, oldest first
 * @param all push the whole ring, because what HAProxy holds is not known
 * @returns whether anything was pushed
 */
export async function applyTicketKeys(
  keys: readonly string[],
  file: string,
  haproxy: Haproxy,
  all: boolean,
): Promise<boolean> {
  const wanted = keys.filter((key) => KEY.test(key)).slice(-RING);
  if (wanted.length < RING) throw new RangeError(`the stored ticket keys are ${wanted.length} of at least ${RING}`);
  const held = parseKeys(await readIfThere(file));
  const lastHeld = held.at(-1);
  const position = lastHeld === undefined ? -1 : wanted.indexOf(lastHeld);
  const missing = all ? wanted : wanted.slice(position + 1);
  for (const key of missing) await haproxy.pushTicketKey(file, key);
  if (missing.length > 0) await writeKeys(file, wanted);
  return missing.length > 0;
}

/**
 * Makes the whole ring this front's own and unknown to anybody: keys that are in HAProxy's memory and nowhere else. A ticket carries
 * who the client is, so whoever held a key that is stored could be anybody at a tenant that asks for certificates.
 */
export async function forgetTicketKeys(file: string, haproxy: Haproxy): Promise<void> {
  // HAProxy's next start reads the file, and is given others as soon as it runs.
  await writeKeys(file, freshKeys());
  for (const key of freshKeys()) await haproxy.pushTicketKey(file, key);
}

const freshKeys = (): string[] => Array.from({ length: RING }, () => randomBytes(80).toString("base64"));

const parseKeys = (text: string | undefined): string[] => (text ?? "").split("\n").filter((line) => KEY.test(line));

const writeKeys = (file: string, keys: readonly string[]): Promise<void> => writeAtomic(file, `${keys.join("\n")}\n`);
