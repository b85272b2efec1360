import type { ConsoleAlarm, SeriesQuery } from "../aws/cloudwatch/types";
import type { ConsoleSources } from "./sources";
import type { GraphPanel, GraphsView, TextPanel } from "./views";

/** A widget of a CloudWatch dashboard ("Dashboard Body Structure and Syntax"), as far as graphs go. */
interface Widget {
  readonly type: string;
  readonly properties?: {
    readonly title?: string;
    readonly markdown?: string;
    readonly metrics?: readonly (readonly unknown[])[];
    readonly stat?: string;
    readonly period?: number;
    readonly yAxis?: { readonly left?: { readonly min?: number; readonly max?: number; readonly label?: string } };
    readonly annotations?: { readonly horizontal?: readonly { readonly label?: string; readonly value: number }[] };
  };
}

type Line = Omit<SeriesQuery, "from" | "to"> & { readonly label: string };

/** A point for each pixel or two of a graph is enough. */
const POINTS = 240;

/** The program's own dashboard over the last `hours`: its graphs with their data and threshold lines, its texts as headings. */
export async function graphs(sources: ConsoleSources, hours: number): Promise<GraphsView> {
  const to = sources.clock.now();
  const rangeMs = hours * 3_600_000;
  const from = to - rangeMs;
  const [body, alarms] = await Promise.all([sources.dashboardBody(), sources.alarms()]);
  const { widgets = [] } = JSON.parse(body) as { widgets?: readonly Widget[] };
  const lines = widgets.flatMap(({ properties = {} }) => metricLines(properties));
  const queries = lines.map((line) => queryOf(line, from, to, sources.finestSeconds));
  const answers = await sources.series(queries, rangeMs);
  let next = 0;
  const panels = widgets.flatMap((widget): (GraphPanel | TextPanel)[] => {
    const { type, properties = {} } = widget;
    if (type === "text" && properties.markdown) return [{ kind: "text", markdown: properties.markdown }];
    // Alarm and log widgets have sections of their own on the page: the alarms, and the tenants themselves.
    if (type !== "metric" || !properties.metrics) return [];
    const series = metricLines(properties).map(({ label }) => {
      const { periodSeconds = 0 } = queries[next] ?? {};
      const points = (answers[next] ?? []).map(
        ({ at, value }) => [Math.min(at + periodSeconds * 1_000, to), value] as const,
      );
      next += 1;
      // CloudWatch gives whole periods: the first may begin before what is shown.
      return { label, points: points.filter(([at]) => at >= from) };
    });
    return [graphPanel(properties, series, alarms, sources.stack)];
  });
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    // A heading over nothing but log tables has nothing to head here.
    panels: panels.filter((panel, index) => panel.kind === "graph" || panels[index + 1]?.kind === "graph"),
  };
}

function graphPanel(
  properties: NonNullable<Widget["properties"]>,
  series: GraphPanel["series"],
  alarms: readonly ConsoleAlarm[],
  stack: string,
): GraphPanel {
  const { min, max, label: unit } = properties.yAxis?.left ?? {};
  return {
    kind: "graph",
    title: properties.title ?? "",
    ...(unit !== undefined && { unit }),
    series,
    thresholds: (properties.annotations?.horizontal ?? []).map(({ label = "", value }) => ({
      label,
      // Where that alarm is evaluated: short lifetimes have other thresholds than AWS.
      value: alarms.find(({ name }) => name === `${stack}-${label}`)?.threshold ?? value,
    })),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
  };
}

/** Periods end now, and each value stands at its period's end: the last point of a sum over hours is the hour up to now. */
function queryOf(line: Line, from: number, to: number, finestSeconds: number): SeriesQuery {
  const periodSeconds = finer(line, to - from, finestSeconds);
  const periodMs = periodSeconds * 1_000;
  const begin = to - Math.ceil((to - from) / periodMs) * periodMs;
  return { ...line, periodSeconds, from: begin, to: to + 1 };
}

/** The widget's `metrics` with CloudWatch's shorthands resolved: `.` repeats the field above, `...` all fields up to the last. */
export function metricLines(properties: NonNullable<Widget["properties"]>): Line[] {
  let above: string[] = [];
  return (properties.metrics ?? []).flatMap((entry): Line[] => {
    const options = entry.find((part) => typeof part === "object") as Record<string, unknown> | undefined;
    if (options?.expression !== undefined || options?.visible === false) return [];
    const written = entry.filter((part) => typeof part === "string");
    const given = written[0] === "..." ? [...above.slice(0, 1 - written.length), ...written.slice(1)] : written;
    const fields = given.map((field, index) => (field === "." ? (above[index] ?? "") : field));
    above = fields;
    const [namespace = "", metric = "", ...pairs] = fields;
    const dimensions: Record<string, string> = {};
    for (let i = 0; i + 1 < pairs.length; i += 2) dimensions[pairs[i] ?? ""] = pairs[i + 1] ?? "";
    return [
      {
        namespace,
        metric,
        dimensions,
        statistic: String(options?.stat ?? properties.stat ?? "Average"),
        periodSeconds: Number(options?.period ?? properties.period ?? 300),
        label: String(options?.label ?? metric),
      },
    ];
  });
}

/** Minimum and Maximum mean the same over shorter periods, and a young stack has few long ones; a sum does not. */
function finer(line: Line, rangeMs: number, finestSeconds: number): number {
  if (line.statistic !== "Minimum" && line.statistic !== "Maximum") return line.periodSeconds;
  const wanted = Math.ceil(rangeMs / 1_000 / POINTS / finestSeconds) * finestSeconds;
  return Math.min(line.periodSeconds, Math.max(finestSeconds, wanted));
}
