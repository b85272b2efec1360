import type { Heartbeat } from "./record";

/** Fronts write heartbeats, and a front may be another version's or somebody else's: texts longer than this are cut, lists too. */
const LONGEST = 500;
const MOST_LISTED = 1_000;
/** A front's clock may run ahead by this, ms; a report from further in the future would never grow old. */
const CLOCK_AHEAD = 5 * 60_000;

/** RFC 7638 by SHA-256, base64url. */
const THUMBPRINT = /^[A-Za-z0-9_-]{1,64}$/;

/** Heartbeats as they lie in the table, read without trust. */
export interface ReadHeartbeats {
  readonly heartbeats: readonly Heartbeat[];
  /** Items that are none: left out. */
  readonly skipped: number;
}

/** @param items attributes of the items, by whomever they were written */
export function readHeartbeats(items: readonly unknown[], now: number): ReadHeartbeats {
  const heartbeats = items.flatMap((item) => readHeartbeat(item, now) ?? []);
  return { heartbeats, skipped: items.length - heartbeats.length };
}

/** undefined: not a heartbeat. What fits is bounded: texts are cut, a time in the future is now. */
export function readHeartbeat(item: unknown, now: number): Heartbeat | undefined {
  if (typeof item !== "object" || item === null) return undefined;
  const {
    front,
    at,
    revision,
    certificates,
    haproxyVersion,
    agentVersion,
    ready,
    thumbprint,
    opensKeys,
    failed,
    selfCheck,
    outdated,
    sk,
  } = item as Readonly<Record<string, unknown>>;
  // A front is who its item's key says.
  if (typeof front !== "string" || front === "" || front.length > 100 || (sk !== undefined && sk !== front))
    return undefined;
  if (!isCount(at) || !isCount(revision) || !isCount(certificates) || at > now + CLOCK_AHEAD) return undefined;
  if (typeof haproxyVersion !== "string" || typeof agentVersion !== "string" || typeof ready !== "boolean")
    return undefined;
  if (thumbprint !== undefined && (typeof thumbprint !== "string" || !THUMBPRINT.test(thumbprint))) return undefined;
  const problems = readProblems(failed);
  const checked = readSelfCheck(selfCheck);
  const software = readSoftware(outdated);
  if (!problems || checked === null || software === null) return undefined;
  return {
    front,
    at: Math.min(at, now),
    revision,
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

/** null: there is one and it does not fit. */
function readSelfCheck(value: unknown): Heartbeat["selfCheck"] | null {
  if (value === undefined) return undefined;
  if (typeof value !== "object" || value === null) return null;
  const { checked, mismatches } = value as Readonly<Record<string, unknown>>;
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
    const { domain, problem } = (one ?? {}) as Readonly<Record<string, unknown>>;
    return typeof domain === "string" && domain.length <= 253 && typeof problem === "string"
      ? { domain, problem: problem.slice(0, LONGEST) }
      : undefined;
  });
  return problems.every((one) => one !== undefined) ? problems : undefined;
}

/** Times and counts: whole, not negative, and such that a date can be made of them. */
function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 8_640_000_000_000_000;
}
