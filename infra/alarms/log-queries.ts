import type { AlarmContext } from "./types";

/** Name of each prepared Logs Insights query, as it stands in the console under `<project>-<name>/`. */
export const LOG_QUERY_NAMES = {
  overdue: "overdue renewals",
  expiring: "next to expire",
  problems: "names with problems",
  dnsWarnings: "renewals that would fail",
  pending: "waiting longest",
  failures: "failed orders",
  limits: "CA limits",
  issuerErrors: "issuer errors",
  tenant: "one tenant's steps",
  front: "one front's log",
} as const;

/** `aws.cloudwatch.QueryDefinitionArgs`. */
export interface LogQuery {
  /** Stable, names the resource. */
  readonly key: keyof typeof LOG_QUERY_NAMES;
  /** `<stack>/<name>`. */
  readonly name: string;
  readonly logGroupNames: readonly string[];
  readonly queryString: string;
}

/** Logs Insights queries that list by name what the metrics only count. */
export function logQueries<Text>({ stack, logGroups }: AlarmContext<Text>): LogQuery[] {
  const of = (key: LogQuery["key"], logGroupNames: readonly string[], ...lines: string[]): LogQuery => ({
    key,
    name: `${stack}/${LOG_QUERY_NAMES[key]}`,
    logGroupNames,
    queryString: lines.join("\n| "),
  });
  const monitor = [logGroups.monitor];
  const issuer = [logGroups.issuer];
  return [
    of(
      "overdue",
      monitor,
      'filter message = "renewal overdue"',
      "stats latest(overdueFraction) as overdue, latest(daysLeft) as daysLeft, latest(state) as tenantState, latest(reason) as why, latest(@timestamp) as seen by tenant",
      "sort overdue desc",
      "limit 200",
    ),
    of(
      "expiring",
      monitor,
      'filter message in ["next to expire", "renewal overdue"]',
      "stats latest(daysLeft) as daysLeft, latest(at) as address, latest(@timestamp) as seen by tenant",
      "sort daysLeft asc",
      "limit 200",
    ),
    of(
      "problems",
      monitor,
      'filter message = "name has a problem"',
      "stats latest(problem) as what, latest(kind) as kindOfProblem, latest(@timestamp) as seen, count(*) as times by tenant, name, at",
      "sort seen desc",
      "limit 500",
    ),
    of(
      "dnsWarnings",
      monitor,
      'filter message = "next renewal would fail"',
      "stats latest(reason) as why, latest(sentence) as whatToDo, latest(daysToRenewal) as daysToRenewal, latest(@timestamp) as seen by tenant",
      "sort daysToRenewal asc",
      "limit 500",
    ),
    of(
      "pending",
      monitor,
      'filter message = "tenant waits"',
      "stats latest(waitedSeconds) as waited, latest(state) as tenantState, latest(reason) as why, latest(sentence) as whatToDo by tenant",
      "sort waited desc",
      "limit 200",
    ),
    of(
      "failures",
      issuer,
      'filter message = "tenant failed" or (message = "tenant waits" and ispresent(problemType))',
      "display @timestamp, tenant, reason, problemType, sentence",
      "sort @timestamp desc",
      "limit 200",
    ),
    of(
      "limits",
      issuer,
      "filter ispresent(CaLimitUsedMax)",
      "stats max(CaLimitUsedMax) as used by bin(15m)",
      "sort used desc",
    ),
    of(
      "issuerErrors",
      issuer,
      // A time-out and a crash are told by the platform: in JSON by a status, in text by these words.
      'filter level = "ERROR" or record.status in ["timeout", "error", "failure"] or @message like /Task timed out|Runtime exited/',
      "sort @timestamp desc",
      "limit 100",
    ),
    of("front", [logGroups.fronts], 'filter front = "i-0123456789abcdef0"', "sort @timestamp desc", "limit 200"),
    of("tenant", [...issuer, ...monitor], 'filter tenant = "example.org"', "sort @timestamp desc", "limit 200"),
  ];
}
