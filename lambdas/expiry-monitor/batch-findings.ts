import { METRICS } from "../../core/base/metrics";
import type { TenantIndexEntry } from "../../core/record/store";
import { isVisited, mismatchedNames, type TenantCheck, unreachableNames } from "./check-tenant";
import type { Journal } from "./emf";
import { daysLeft, renewalTime } from "./lifetime";

/** Beyond this many of one kind in one batch, single findings say nothing new and only cost. */
const LINES_PER_KIND = 1_000;
/** From here on a renewal is listed as overdue: the threshold of the alarm that warns. */
const OVERDUE_LISTED = 2 / 30;

/**
 * Adds up what one batch found. CloudWatch puts the batches of a sweep together again: smallest of the smallest, largest of the
 * largest, sum of the counts, each over an hour.
 */
export class BatchFindings {
  private namesChecked = 0;
  private namesUnreachable = 0;
  private servedMismatches = 0;
  private dnsWarnings = 0;
  private overdueFractionMax = 0;
  private next: { tenant: string; daysLeft: number } | undefined;
  private readonly lines = new Map<string, number>();

  constructor(
    private readonly journal: Journal,
    private readonly now: number,
  ) {}

  add(entry: TenantIndexEntry, check: TenantCheck): void {
    this.namesChecked += new Set(check.sightings.map(({ name }) => name)).size;
    this.namesUnreachable += unreachableNames(check).length;
    this.servedMismatches += mismatchedNames(check).length;
    if (isVisited(check)) this.addLifetime(entry, check);
    this.logProblems(check);
    this.addRenewalCheck(entry, check);
  }

  /** One that could not be looked at rings as one that is served badly: nobody knows. */
  addFailure({ domain }: TenantIndexEntry, error: unknown): void {
    this.servedMismatches += 1;
    const problem = `certfront could not check it: ${error instanceof Error ? error.message : error}`;
    this.line("name has a problem", { tenant: domain, name: domain, problem });
  }

  /** @param shardsDone how many shards of the index this batch brought to their end: the monitor's heartbeat */
  report(shardsDone: number): void {
    const count = (name: string, value: number) => ({ name, value, unit: "Count" as const });
    this.journal.metrics([
      count(METRICS.namesChecked, this.namesChecked),
      count(METRICS.namesUnreachable, this.namesUnreachable),
      count(METRICS.servedMismatches, this.servedMismatches),
      count(METRICS.dnsWarnings, this.dnsWarnings),
      count(METRICS.monitorHeartbeat, shardsDone),
      { name: METRICS.overdueFractionMax, value: this.overdueFractionMax, unit: "None" },
      ...(this.next ? [{ name: METRICS.daysToExpiryMin, value: this.next.daysLeft, unit: "None" as const }] : []),
    ]);
    if (this.next) this.journal.log("INFO", "next to expire", this.next);
    for (const [message, lines] of this.lines) {
      if (lines > LINES_PER_KIND) this.journal.log("WARN", "more of the same", { of: message, lines });
    }
  }

  private addLifetime(entry: TenantIndexEntry, { validity, overdueFraction = 0 }: TenantCheck): void {
    if (!validity) return;
    const left = daysLeft(validity, this.now);
    if (this.next === undefined || left < this.next.daysLeft) this.next = { tenant: entry.domain, daysLeft: left };
    this.overdueFractionMax = Math.max(this.overdueFractionMax, overdueFraction);
    if (overdueFraction < OVERDUE_LISTED) return;
    this.line("renewal overdue", {
      tenant: entry.domain,
      overdueFraction,
      daysLeft: left,
      state: entry.state,
      reason: entry.reason?.code,
      sentence: entry.reason?.sentence,
    });
  }

  private logProblems({ domain, sightings }: TenantCheck): void {
    for (const { name, at, findings } of sightings) {
      for (const { kind, problem } of findings) {
        this.line("name has a problem", { tenant: domain, name, at, kind, problem });
      }
    }
  }

  /** A tenant that the issuer has put aside is counted by its reason already. */
  private addRenewalCheck(entry: TenantIndexEntry, { renewalCheck: { reason } }: TenantCheck): void {
    if (reason === undefined || !entry.certificate || entry.state === "quarantined") return;
    this.dnsWarnings += 1;
    this.line("next renewal would fail", {
      tenant: entry.domain,
      reason: reason.code,
      sentence: reason.sentence,
      daysToRenewal: daysLeft({ notAfter: renewalTime(entry.certificate) }, this.now),
    });
  }

  private line(message: string, fields: Readonly<Record<string, unknown>>): void {
    const lines = (this.lines.get(message) ?? 0) + 1;
    this.lines.set(message, lines);
    if (lines <= LINES_PER_KIND) this.journal.log("WARN", message, fields);
  }
}
