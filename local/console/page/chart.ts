import type { GraphPanel } from "../views";
import { svg } from "./dom";
import { formatTime, formatValue, ticks, timeTicks } from "./scale";

/** What a drawing is drawn in. */
export interface ChartFrame {
  readonly width: number;
  readonly height: number;
  /** ms. */
  readonly from: number;
  readonly to: number;
}

export type Point = readonly [number, number];

const LEFT = 44;
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 22;

/** Where a moment and a value are in a drawing, and which moment is at a place. */
export interface Scales {
  readonly x: (at: number) => number;
  readonly y: (value: number) => number;
  readonly at: (x: number) => number;
  readonly marks: readonly number[];
}

export function scalesOf(panel: GraphPanel, { from, to, width, height }: ChartFrame): Scales {
  const [bottom, top, marks] = valueRange(panel);
  const across = width - LEFT - RIGHT;
  return {
    x: (at) => LEFT + ((at - from) / (to - from)) * across,
    y: (value) => TOP + (1 - (value - bottom) / (top - bottom)) * (height - TOP - BOTTOM),
    at: (x) => from + ((x - LEFT) / across) * (to - from),
    marks,
  };
}

/** Lines over time with threshold lines. The drawing is one image to assistive technology; the legend under it has the numbers. */
export function chart(panel: GraphPanel, frame: ChartFrame, { x, y, marks }: Scales): SVGElement {
  const range = frame.to - frame.from;
  return svg(
    "svg",
    {
      viewBox: `0 0 ${frame.width} ${frame.height}`,
      width: String(frame.width),
      height: String(frame.height),
      role: "img",
      "aria-label": `${panel.title}${panel.unit ? `, in ${panel.unit}` : ""}, a graph; its latest values follow.`,
      "aria-describedby": "graphs-keys",
      tabindex: "0",
    },
    ...marks.flatMap((value) => [
      svg("line", {
        class: "grid",
        x1: String(LEFT),
        x2: String(frame.width - RIGHT),
        y1: px(y(value)),
        y2: px(y(value)),
      }),
      svg(
        "text",
        { class: "tick", x: String(LEFT - 6), y: px(y(value) + 4), "text-anchor": "end" },
        formatValue(value, panel.unit),
      ),
    ]),
    ...timeTicks(frame.from, frame.to, Math.max(2, frame.width / 80)).map((at) =>
      svg(
        "text",
        { class: "tick", x: px(x(at)), y: String(frame.height - 5), "text-anchor": anchor(x(at), frame.width) },
        formatTime(at, range),
      ),
    ),
    ...panel.thresholds.map(({ value }) =>
      svg("line", {
        class: "threshold",
        x1: String(LEFT),
        x2: String(frame.width - RIGHT),
        y1: px(y(value)),
        y2: px(y(value)),
      }),
    ),
    ...panel.series.map(({ points }, index) => line(points, index, x, y)),
  );
}

function line(
  points: readonly Point[],
  index: number,
  x: (at: number) => number,
  y: (value: number) => number,
): SVGElement {
  const stretches = unbroken(points);
  const path = stretches
    .filter((stretch) => stretch.length > 1)
    .map((stretch) => `M${stretch.map(([at, value]) => `${px(x(at))} ${px(y(value))}`).join("L")}`)
    .join("");
  const last = points.at(-1);
  const alone = stretches.filter((stretch) => stretch.length === 1).flat();
  return svg(
    "g",
    { "data-series": String(index % 6) },
    path !== "" && svg("path", { class: "line", d: path }),
    ...[...alone, ...(last ? [last] : [])].map(([at, value]) =>
      svg("circle", { cx: px(x(at)), cy: px(y(value)), r: "2.5" }),
    ),
  );
}

/** Breaks the line where much more time than usual passes without a value: silence must be seen. */
function unbroken(points: readonly Point[]): Point[][] {
  const gaps = points.slice(1).map((point, index) => point[0] - (points[index]?.[0] ?? 0));
  const usual = [...gaps].sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0;
  const stretches: Point[][] = [];
  points.forEach((point, index) => {
    const stretch = stretches.at(-1);
    if (stretch === undefined || (gaps[index - 1] ?? 0) > usual * 3) stretches.push([point]);
    else stretch.push(point);
  });
  return stretches;
}

/** The axis holds every value and every threshold: how far there is to go is what a threshold line is for. */
function valueRange(panel: GraphPanel): [bottom: number, top: number, marks: number[]] {
  const values = panel.series.flatMap(({ points }) => points.map(([, value]) => value));
  const thresholds = panel.thresholds.map(({ value }) => value);
  const low = panel.min ?? Math.min(0, ...values, ...thresholds);
  const high = panel.max ?? Math.max(low, ...values, ...thresholds);
  const marks = ticks(low, high > low ? high : low + 1, 3, panel.unit);
  return [marks[0] ?? low, marks.at(-1) ?? high, marks];
}

function anchor(x: number, width: number): string {
  if (x < LEFT + 16) return "start";
  return x > width - RIGHT - 16 ? "end" : "middle";
}

function px(value: number): string {
  return value.toFixed(1);
}
