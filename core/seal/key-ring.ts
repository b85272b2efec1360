import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { type KeyContext, SealError } from "./envelope";

/** Data keys that fronts have opened, oldest first, by `ringName`. */
export type RingKeys = ReadonlyMap<string, Buffer>;

/** The data key that a ring is sealed with, and its context. */
export interface RingLock {
  readonly wrapped: string;
  readonly day: string;
}

/** More would not fit into an item of 400 KB. Some 24 are made a day, and what is used lives 60 days at most. */
const MOST = 4_000;
const NAME = 16;
const KEY = 32;
const NONCE = 12;
const TAG = 16;
const FORM = /^certfront-ring:1:(\d{4}-\d{2}-\d{2}):([A-Za-z0-9+/=]{16,8192}):([A-Za-z0-9+/=]{40,400000})$/;

/** What a data key is called in a ring, hex: by what KMS would have to be asked. */
export const ringName = (wrapped: string, { purpose, day }: KeyContext): string =>
  createHash("sha256").update(`${purpose} ${day} ${wrapped}`).digest().subarray(0, NAME).toString("hex");

/** Seals data keys with one of them, so that whoever may open that one has all for one call of KMS. The oldest are left out where they are too many. */
export function sealRing(keys: RingKeys, { wrapped, day }: RingLock, lock: Buffer): string {
  const entries = [...keys].slice(-MOST).map(([name, key]) => Buffer.concat([Buffer.from(name, "hex"), key]));
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv("aes-256-gcm", lock, nonce).setAAD(bound(day));
  const box = Buffer.concat([nonce, cipher.update(Buffer.concat(entries)), cipher.final(), cipher.getAuthTag()]);
  return ["certfront-ring", 1, day, wrapped, box.toString("base64")].join(":");
}

/** @throws SealError where it is no ring */
export function lockOf(ring: string): RingLock {
  const [, day = "", wrapped = ""] = FORM.exec(ring) ?? [];
  if (wrapped === "") throw new SealError("The ring of data keys is none.", "");
  return { day, wrapped };
}

/** @throws SealError where it is no ring, or was changed */
export function openRing(ring: string, lock: Buffer): RingKeys {
  const { day } = lockOf(ring);
  const box = Buffer.from(ring.slice(ring.lastIndexOf(":") + 1), "base64");
  let entries: Buffer;
  try {
    const decipher = createDecipheriv("aes-256-gcm", lock, box.subarray(0, NONCE), { authTagLength: TAG })
      .setAAD(bound(day))
      .setAuthTag(box.subarray(-TAG));
    entries = Buffer.concat([decipher.update(box.subarray(NONCE, -TAG)), decipher.final()]);
  } catch (error) {
    throw new SealError("The ring of data keys was changed.", "", error);
  }
  const at = Array.from({ length: Math.floor(entries.length / (NAME + KEY)) }, (_, index) => index * (NAME + KEY));
  return new Map(
    at.map((start) => [
      entries.subarray(start, start + NAME).toString("hex"),
      entries.subarray(start + NAME, start + NAME + KEY),
    ]),
  );
}

function bound(day: string): Buffer {
  return Buffer.from(JSON.stringify(["certfront-ring", 1, day]));
}
