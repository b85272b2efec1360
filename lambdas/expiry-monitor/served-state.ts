import type { ServedState } from "../../core/record/record";
import type { TenantCheck } from "./check-tenant";
import type { Leading } from "./renewal-check";

const PUBLIC_PROBLEMS: Partial<Record<Leading, string>> = {
  partly: "the name's DNS leads here, but elsewhere too",
  elsewhere: "the name's DNS leads elsewhere",
  nowhere: "the name has no address in DNS",
  unknown: "the name's DNS gives no answer",
};

/** What is written to the table for people to read: each name at each address, and "public" for where its own DNS leads. */
export function servedStateOf(check: TenantCheck, now: number): ServedState {
  const { domain, sightings, leading, overdueFraction, validity, renewalCheck } = check;
  const atAddresses = sightings.map(({ name, at, findings, served }) => ({
    name,
    at,
    ok: findings.length === 0,
    ...(findings.length > 0 && { problem: findings.map(({ problem }) => problem).join("; ") }),
    ...(served && { serial: served.serial, notAfter: served.notAfter }),
  }));
  const inPublic = [...leading].map(([name, where]) => {
    const problem = PUBLIC_PROBLEMS[where];
    return { name, at: "public", ok: problem === undefined, ...(problem !== undefined && { problem }) };
  });
  return {
    domain,
    checkedAt: now,
    names: [...atAddresses, ...inPublic],
    ...(validity && { overdueFraction, notAfter: validity.notAfter }),
    renewalCheck,
  };
}

/** How long an unchanged state stands before it is written again, ms: a write for each tenant each hour would cost more than all else. */
export const REWRITE_MS = 12 * 3_600_000;

export function worthWriting(next: ServedState, before: ServedState | undefined, timeScale: number): boolean {
  if (before === undefined) return true;
  const age = next.checkedAt - before.checkedAt;
  if (age >= REWRITE_MS / timeScale || age < 0) return true;
  return comparable(next) !== comparable(before);
}

/** All but what changes by itself with time. */
function comparable({ names, notAfter, renewalCheck }: ServedState): string {
  const facts = names.map(({ name, at, ok, problem, serial }) => [name, at, ok, problem, serial]);
  return JSON.stringify([facts, notAfter, renewalCheck?.checkedAt, renewalCheck?.reason?.sentence]);
}
