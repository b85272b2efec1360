import { METRIC_NAMESPACE, METRICS } from "../../core/base/metrics";
import { REASON_CODES } from "../../core/record/reason";
import { TENANT_STATES } from "../../core/record/record";
import { alarmDefinitions } from "./definitions";
import { type LogQuery, logQueries } from "./log-queries";
import type { AlarmContext, MetricAlarm } from "./types";

export interface DashboardContext<Text = string> extends AlarmContext<Text> {
  readonly region: string;
  /** ARN of an alarm by its name. */
  readonly alarmArn: (alarmName: string) => Text;
}

/** CloudWatch's "Dashboard Body Structure and Syntax". */
export interface DashboardBody<Text = string> {
  readonly widgets: readonly Widget<Text>[];
}

export interface Widget<Text> {
  readonly type: "alarm" | "metric" | "log" | "text";
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: Readonly<Record<string, unknown>> & { readonly alarms?: readonly Text[] };
}

type Tile<Text> = Pick<Widget<Text>, "type" | "height" | "properties">;

/** Columns of a dashboard. */
const COLUMNS = 24;

/** Answers from top to bottom: is anything wrong, which tenants, since when, why; then the machinery. */
export function dashboardBody<Text>(context: DashboardContext<Text>): DashboardBody<Text> {
  const rows: Tile<Text>[][] = [
    [alarmStates(context)],
    [
      heading(
        "Which tenants",
        "Single tenants are in the logs; `npx certfront status` shows them too, with the record to set.",
      ),
    ],
    [table(context, "overdue"), table(context, "problems")],
    [table(context, "dnsWarnings"), table(context, "pending")],
    [heading("Since when", "Each line is the worst of all tenants; the level is the alarm's threshold.")],
    sinceWhen(context),
    [heading("Why", "What tenants are in, and what the CA answered.")],
    why(context),
    [heading("Machinery", "Fronts, load balancer, functions.")],
    fronts(context),
    functions(context),
  ];
  let y = 0;
  const widgets = rows.flatMap((tiles) => {
    const width = Math.floor(COLUMNS / tiles.length);
    const placed = tiles.map((tile, column) => ({ ...tile, x: column * width, y, width }));
    y += Math.max(...tiles.map(({ height }) => height));
    return placed;
  });
  return { widgets };
}

function alarmStates<Text>(context: DashboardContext<Text>): Tile<Text> {
  const alarms = alarmDefinitions(context);
  // The one that pages first, then those it is made of, then those that warn.
  const rank = ({ kind, severity }: (typeof alarms)[number]) =>
    kind === "composite" ? 0 : severity === "page" ? 1 : 2;
  const ordered = [...alarms].sort((a, b) => rank(a) - rank(b));
  return {
    type: "alarm",
    height: 5,
    properties: { title: "Is anything wrong", alarms: ordered.map(({ name }) => context.alarmArn(name)) },
  };
}

function heading<Text>(title: string, text: string): Tile<Text> {
  return { type: "text", height: 2, properties: { markdown: `## ${title}\n${text}` } };
}

function table<Text>(context: DashboardContext<Text>, key: LogQuery["key"]): Tile<Text> {
  const query = logQueries(context).find((candidate) => candidate.key === key);
  if (query === undefined) throw new Error(`There is no log query ${key}.`);
  const sources = query.logGroupNames.map((name) => `SOURCE '${name}'`).join(" | ");
  return {
    type: "log",
    height: 6,
    properties: {
      title: query.name.slice(context.stack.length + 1),
      region: context.region,
      view: "table",
      query: `${sources} | ${query.queryString}`,
    },
  };
}

/** One line of a graph; further dimensions than the stack as name, value, name, value. */
type Line = { readonly metric: string; readonly dimensions?: readonly string[]; readonly label?: string };

function graph<Text>(
  context: DashboardContext<Text>,
  title: string,
  { stat, unit, period = 3600, stacked = false, level }: GraphStyle,
  lines: readonly Line[],
): Tile<Text> {
  return foreignGraph(
    context,
    title,
    { stat, unit, period, stacked, ...(level !== undefined && { level }) },
    lines.map(({ metric, dimensions = [], label }) => [
      METRIC_NAMESPACE,
      metric,
      "stack",
      context.stack,
      ...dimensions,
      { label: label ?? metric },
    ]),
  );
}

interface GraphStyle {
  readonly stat: string;
  /** Of its values, on the axis. */
  readonly unit: string;
  /** Seconds. */
  readonly period?: number;
  readonly stacked?: boolean;
  /** Alarm whose threshold is drawn. */
  readonly level?: string;
}

function foreignGraph<Text>(
  context: DashboardContext<Text>,
  title: string,
  { stat, unit, period = 300, stacked = false, level }: GraphStyle,
  metrics: readonly (readonly unknown[])[],
): Tile<Text> {
  const thresholds = alarmDefinitions(context)
    .filter((alarm): alarm is MetricAlarm<Text> => alarm.kind === "metric" && alarm.key === level)
    .map(({ key, threshold }) => ({ label: key, value: threshold }));
  return {
    type: "metric",
    height: 6,
    properties: {
      title,
      region: context.region,
      view: "timeSeries",
      stacked,
      stat,
      period,
      metrics,
      // CloudWatch knows no unit of our metrics; its own would say "No unit".
      yAxis: { left: { min: 0, label: unit, showUnits: false } },
      ...(thresholds.length > 0 && { annotations: { horizontal: thresholds } }),
    },
  };
}

function sinceWhen<Text>(context: DashboardContext<Text>): Tile<Text>[] {
  return [
    graph(context, "Largest overdue fraction", { stat: "Maximum", unit: "fraction", level: "renewal-overdue" }, [
      { metric: METRICS.overdueFractionMax, label: "overdue (1 = expired)" },
    ]),
    graph(context, "Days to the next expiry", { stat: "Minimum", unit: "days", level: "expiry-emergency" }, [
      { metric: METRICS.daysToExpiryMin, label: "days" },
    ]),
    graph(context, "Names with problems", { stat: "Sum", unit: "names" }, [
      { metric: METRICS.namesUnreachable, label: "unreachable" },
      { metric: METRICS.servedMismatches, label: "other than stored" },
      { metric: METRICS.dnsWarnings, label: "next renewal would fail" },
    ]),
    graph(context, "Waiting longest", { stat: "Maximum", unit: "seconds", level: "oldest-pending" }, [
      { metric: METRICS.oldestPendingSeconds, label: "seconds" },
    ]),
  ];
}

function why<Text>(context: DashboardContext<Text>): Tile<Text>[] {
  return [
    graph(
      context,
      "Tenants by state",
      { stat: "Maximum", unit: "tenants", stacked: true },
      TENANT_STATES.map((state) => ({ metric: METRICS.tenantsByState, dimensions: ["state", state], label: state })),
    ),
    graph(
      context,
      "Tenants by reason",
      { stat: "Maximum", unit: "tenants", stacked: true },
      REASON_CODES.map((reason) => ({
        metric: METRICS.tenantsByReason,
        dimensions: ["reason", reason],
        label: reason,
      })),
    ),
    graph(context, "Orders", { stat: "Sum", unit: "orders" }, [
      { metric: METRICS.ordersCreated, label: "created" },
      { metric: METRICS.certificatesIssued, label: "issued" },
      { metric: METRICS.ordersFailed, label: "failed" },
    ]),
    graph(context, "Used of the CA's limits", { stat: "Maximum", unit: "fraction", period: 300, level: "ca-limit" }, [
      { metric: METRICS.caLimitUsedMax, label: "fullest (1 = spent)" },
    ]),
  ];
}

function fronts<Text>(context: DashboardContext<Text>): Tile<Text>[] {
  const group = ["LoadBalancer", context.loadBalancer, "TargetGroup", context.targetGroup];
  return [
    graph(context, "Fronts' lag", { stat: "Maximum", unit: "seconds", period: 60, level: "front-lag" }, [
      { metric: METRICS.frontRevisionLagSeconds, label: "seconds" },
    ]),
    graph(context, "Certificates per front", { stat: "Minimum", unit: "certificates", period: 300 }, [
      { metric: METRICS.frontCertificates, label: "fewest" },
    ]),
    graph(context, "Fronts' own findings", { stat: "Maximum", unit: "findings", period: 300 }, [
      { metric: METRICS.frontSelfCheckMismatches, label: "served other than stored" },
      { metric: METRICS.frontSyncFailures, label: "failed changes" },
      { metric: METRICS.frontsStale, label: "fronts silent or stuck" },
      { metric: METRICS.frontsOutdated, label: "fronts that run what an update replaced" },
    ]),
    foreignGraph(context, "Load balancer's view", { stat: "Maximum", unit: "fronts", period: 60 }, [
      ["AWS/NetworkELB", "HealthyHostCount", ...group, { label: "healthy" }],
      ["AWS/NetworkELB", "UnHealthyHostCount", ...group, { label: "unhealthy" }],
    ]),
  ];
}

function functions<Text>(context: DashboardContext<Text>): Tile<Text>[] {
  const { issuer, monitor } = context.functions;
  const each = (metric: string) =>
    Object.entries({ issuer, monitor }).map(([label, name]) => ["AWS/Lambda", metric, "FunctionName", name, { label }]);
  return [
    foreignGraph(context, "Functions' errors", { stat: "Sum", unit: "errors" }, each("Errors")),
    foreignGraph(context, "Functions' throttles", { stat: "Sum", unit: "calls" }, each("Throttles")),
    graph(context, "Time to a certificate", { stat: "p90", unit: "seconds" }, [
      { metric: METRICS.issuanceSeconds, label: "seconds, p90" },
    ]),
    graph(context, "Signs of life", { stat: "Sum", unit: "signs" }, [
      { metric: METRICS.monitorHeartbeat, label: "monitor" },
      { metric: METRICS.reconcileHeartbeat, label: "reconcile" },
      { metric: METRICS.frontHeartbeat, label: "fronts" },
    ]),
  ];
}
