import { isReason, isTime, membersOf } from "./index-entry";
import { boundedReason } from "./reason";
import type { ServedState } from "./record";

/** Texts longer than this are cut. */
const LONGEST = 500;
/** A tenant has at most 100 names, each at some addresses. */
const MOST_SEEN = 1_000;

/** What the monitor wrote, read by others without trust. undefined: there is none, or it is something else. */
export function readServedState(item: unknown): ServedState | undefined {
  const { domain, checkedAt, names, overdueFraction, notAfter, renewalCheck } = membersOf(item);
  if (typeof domain !== "string" || !isTime(checkedAt) || !Array.isArray(names)) return undefined;
  const seen = names.slice(0, MOST_SEEN).map(readSeen);
  if (!seen.every((one) => one !== undefined)) return undefined;
  return {
    domain,
    checkedAt,
    names: seen,
    ...(Number.isFinite(overdueFraction) && { overdueFraction: overdueFraction as number }),
    ...(isTime(notAfter) && { notAfter }),
    ...readRenewalCheck(renewalCheck),
  };
}

function readRenewalCheck(value: unknown): Pick<ServedState, "renewalCheck"> {
  const { checkedAt, reason } = membersOf(value);
  return isTime(checkedAt)
    ? { renewalCheck: { checkedAt, ...(isReason(reason) && { reason: boundedReason(reason) }) } }
    : {};
}

function readSeen(value: unknown): ServedState["names"][number] | undefined {
  const { name, at, ok, problem, serial, notAfter } = membersOf(value);
  if (typeof name !== "string" || typeof at !== "string" || typeof ok !== "boolean") return undefined;
  return {
    name,
    at,
    ok,
    ...(typeof problem === "string" && { problem: problem.slice(0, LONGEST) }),
    ...(typeof serial === "string" && { serial: serial.slice(0, LONGEST) }),
    ...(isTime(notAfter) && { notAfter }),
  };
}
