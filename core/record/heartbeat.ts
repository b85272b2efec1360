import { isTime, membersOf } from "./index-entry";
import type { Heartbeat } from "./record";

/** Fronts write heartbeats, and a front may be another version's or somebody else's: texts longer than this are cut, lists too. */
const LONGEST = 500;
const MOST_LISTED = 1_000;
/** A front's clock may run ahead by this, ms; a report from further in the future would never grow old. */
const CLOCK_AHEAD = 5 * 60_000;
/**
 * Agents from before each front had a key of its own may not write any more from the moment that a deployment changes their rights, and
 * run until it has replaced them. For so long they count as they last were, ms, and then as gone.
 */
const FORMER_AGENTS_FOR = 3_600_000;

/** RFC 7638 by SHA-256, base64url. */
const THUMBPRINT = /^[A-Za-z0-9_-]{1,64}$/;

/** Heartbeats as they lie in the table, read without trust. */
export interface ReadHeartbeats {
  readonly heartbeats: readonly Heartbeat[];
  /** Items that are none: left out. */
  readonly skipped: number;
}

/**
 * One for each front, by name: the table gives them in no order. What it wrote under a key of its own goes before what stands under the key that all once shared.
 * @param items attributes of the items, by whomever they were written
 */
export function readHeartbeats(items: readonly unknown[], now: number): ReadHeartbeats {
  const read = items.flatMap((item) => readHeartbeat(item, now) ?? []);
  const byFront = new Map<string, Heartbeat>();
  for (const one of read.flatMap((beat) => counted(beat, now))) {
    const other = byFront.get(one.front);
    if (!other || isBefore(other, one)) byFront.set(one.front, one);
  }
  const heartbeats = [...byFront.values()].sort((a, b) => (a.front < b.front ? -1 : 1));
  return { heartbeats, skipped: items.length - read.length };
}

function counted(beat: Heartbeat, now: number): Heartbeat[] {
  if (beat.role !== undefined) return [beat];
  return now - beat.at < FORMER_AGENTS_FOR ? [{ ...beat, at: now }] : [];
}

function isBefore(a: Heartbeat, b: Heartbeat): boolean {
  if ((a.role === undefined) !== (b.role === undefined)) return a.role === undefined;
  return a.at < b.at;
}

/** undefined: not a heartbeat. What fits is bounded: texts are cut, a time in the future is now. */
function readHeartbeat(item: unknown, now: number): Heartbeat | undefined {
  const {
    front,
    at,
    revision,
    caughtUpAt,
    certificates,
    haproxyVersion,
    agentVersion,
    ready,
    thumbprint,
    opensKeys,
    failed,
    selfCheck,
    outdated,
    role,
    pk,
    sk,
  } = membersOf(item);
  if (typeof front !== "string" || front === "" || front.length > 100) return undefined;
  if (role !== undefined && (typeof role !== "string" || role === "" || role.length > 100)) return undefined;
  if (pk !== undefined && !isItsKey(String(pk), sk, front, role)) return undefined;
  if (!isCount(at) || !isCount(revision) || !isCount(certificates) || at > now + CLOCK_AHEAD) return undefined;
  if (caughtUpAt !== undefined && !isCount(caughtUpAt)) return undefined;
  if (typeof haproxyVersion !== "string" || typeof agentVersion !== "string" || typeof ready !== "boolean")
    return undefined;
  if (thumbprint !== undefined && (typeof thumbprint !== "string" || !THUMBPRINT.test(thumbprint))) return undefined;
  const problems = readProblems(failed);
  const checked = readSelfCheck(selfCheck);
  const software = readSoftware(outdated);
  if (!problems || checked === null || software === null) return undefined;
  return {
    front,
    ...(role !== undefined && { role }),
    at: Math.min(at, now),
    revision,
    ...(caughtUpAt !== undefined && { caughtUpAt }),
    certificates,
    haproxyVersion: haproxyVersion.slice(0, LONGEST),
    agentVersion: agentVersion.slice(0, LONGEST),
    ready,
    ...(thumbprint !== undefined && { thumbprint }),
    ...(opensKeys === true && { opensKeys }),
    failed: problems,
    ...(checked && { selfCheck: checked }),
    ...(software && { outdated: software }),
  };
}

/** A front is who its item's key says: under a key of its own what IAM let it write, under the shared one whatever anybody wrote. */
function isItsKey(pk: string, sk: unknown, front: string, role: string | undefined): boolean {
  return role === undefined ? !pk.includes("#") && sk === front : pk === `${sk}#${role}:${front}`;
}

/** null: there is one and it does not fit. */
function readSelfCheck(value: unknown): Heartbeat["selfCheck"] | null {
  if (value === undefined) return undefined;
  const { checked, mismatches } = membersOf(value);
  const problems = readProblems(mismatches);
  return isCount(checked) && problems ? { checked, mismatches: problems } : null;
}

/** null: there is a list and it does not fit. */
function readSoftware(value: unknown): Heartbeat["outdated"] | null {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) return null;
  const names = value
    .slice(0, MOST_LISTED)
    .map((one: unknown) => (typeof one === "string" ? one.slice(0, LONGEST) : null));
  return names.every((one) => one !== null) ? names : null;
}

function readProblems(value: unknown): Heartbeat["failed"] | undefined {
  if (!Array.isArray(value)) return undefined;
  const problems = value.slice(0, MOST_LISTED).map((one: unknown) => {
    const { domain, problem } = membersOf(one);
    return typeof domain === "string" && domain.length <= 253 && typeof problem === "string"
      ? { domain, problem: problem.slice(0, LONGEST) }
      : undefined;
  });
  return problems.every((one) => one !== undefined) ? problems : undefined;
}

/** Times and counts: whole, not negative, and such that a date can be made of them. */
function isCount(value: unknown): value is number {
  return isTime(value) && Number.isInteger(value) && value >= 0;
}
