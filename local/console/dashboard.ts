import type { SeriesQuery } from "../aws/cloudwatch/types";
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
    readonly yAxis?: { readonly left?: { readonly min?: number; readonly max?: number } };
    readonly annotations?: { readonly horizontal?: readonly { readonly label?: string; readonly value: number }[] };
  };
}

type Line = Omit<SeriesQuery, "from" | "to"> & { readonly label: string };

/** A point for each pixel or two of a graph is enough. */
const POINTS = 240;
const FINEST_SECONDS = 10;

/** The program's own dashboard over the last `hours`: its graphs with their data and threshold lines, its texts as headings. */
export function graphs(sources: ConsoleSources, hours: number): GraphsView {
  const to = sources.clock.now();
  const from = to - hours * 3_600_000;
  const { widgets = [] } = JSON.parse(sources.dashboardBody()) as { widgets?: readonly Widget[] };
  const panels = widgets.flatMap((widget): (GraphPanel | TextPanel)[] => {
    const { type, properties = {} } = widget;
    if (type === "text" && properties.markdown) return [{ kind: "text", markdown: properties.markdown }];
    // Alarm and log widgets have sections of their own on the page: the alarms, and the tenants themselves.
    if (type !== "metric" || !properties.metrics) return [];
    return [graphPanel(sources, properties, from, to)];
  });
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    // A heading over nothing but log tables has nothing to head here.
    panels: panels.filter((panel, index) => panel.kind === "graph" || panels[index + 1]?.kind === "graph"),
  };
}

function graphPanel(
  sources: ConsoleSources,
  properties: NonNullable<Widget["properties"]>,
  from: number,
  to: number,
): GraphPanel {
  const { min, max } = properties.yAxis?.left ?? {};
  return {
    kind: "graph",
    title: properties.title ?? "",
    series: metricLines(properties).map((line) => ({ label: line.label, points: points(sources, line, from, to) })),
    thresholds: (properties.annotations?.horizontal ?? []).map(({ label = "", value }) => ({
      label,
      value: evaluatedThreshold(sources, label) ?? value,
    })),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
  };
}

/** Periods end now, and each value stands at its period's end: the last point of a sum over hours is the hour up to now. */
function points(sources: ConsoleSources, line: Line, from: number, to: number): GraphPanel["series"][number]["points"] {
  const periodSeconds = finer(line, to - from);
  const periodMs = periodSeconds * 1_000;
  const begin = to - Math.ceil((to - from) / periodMs) * periodMs;
  return sources
    .series({ ...line, periodSeconds, from: begin, to: to + 1 })
    .map(({ at, value }) => [Math.min(at + periodMs, to), value] as const);
}

/** A line that is labelled with an alarm's key stands where that alarm is evaluated: short lifetimes have other thresholds than AWS. */
function evaluatedThreshold(sources: ConsoleSources, label: string): number | undefined {
  return sources.alarms().find(({ name }) => name === `${sources.stack}-${label}`)?.threshold;
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
function finer(line: Line, rangeMs: number): number {
  if (line.statistic !== "Minimum" && line.statistic !== "Maximum") return line.periodSeconds;
  return Math.min(line.periodSeconds, Math.max(FINEST_SECONDS, Math.ceil(rangeMs / 1_000 / POINTS)));
}
