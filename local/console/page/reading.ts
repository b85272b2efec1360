import type { GraphPanel } from "../views";
import { announce } from "./announce";
import type { ChartFrame, Point, Scales } from "./chart";
import { h, svg } from "./dom";
import { formatMoment, withUnit } from "./scale";

/**
 * Lets somebody read a drawing off: a line at a moment with every series' value there, by pointer, and by arrow keys (Home and End for the ends,
 * Escape to leave). What the keys find is announced, too.
 */
export function readable(drawing: SVGElement, panel: GraphPanel, frame: ChartFrame, { x, y, at }: Scales): HTMLElement {
  const moments = [...new Set(panel.series.flatMap(({ points }) => points.map(([moment]) => moment)))].sort(
    (a, b) => a - b,
  );
  const tip = h("div", { class: "tip", hidden: true });
  const mark = svg("g", { class: "reading" });
  drawing.append(mark);
  let shown: number | undefined;

  const hide = () => {
    shown = undefined;
    tip.hidden = true;
    mark.replaceChildren();
  };
  const show = (index: number): string => {
    shown = index;
    const moment = moments[index] ?? frame.to;
    const values = panel.series.flatMap(({ label, points }, series) => {
      const point = nearestWithin(points, moment, (frame.to - frame.from) / 40);
      return point ? [{ label, series, point }] : [];
    });
    const place = x(moment).toFixed(1);
    mark.replaceChildren(
      svg("line", { x1: place, x2: place, y1: "8", y2: String(frame.height - 22) }),
      ...values.map(({ series, point }) =>
        svg("circle", {
          cx: x(point[0]).toFixed(1),
          cy: y(point[1]).toFixed(1),
          r: "4",
          "data-series": String(series % 6),
        }),
      ),
    );
    const time = `${formatMoment(moment, frame.to - frame.from)} UTC`;
    tip.replaceChildren(
      h("b", {}, time),
      ...values.map(({ label, series, point }) =>
        h(
          "span",
          { "data-series": String(series % 6) },
          h("span", { class: "swatch" }),
          `${label} `,
          h("b", {}, withUnit(point[1], panel.unit)),
        ),
      ),
    );
    tip.hidden = false;
    // On the side that has room, so that it covers neither the line nor its neighbours.
    tip.dataset.side = x(moment) > frame.width / 2 ? "left" : "right";
    return [time, ...values.map(({ label, point }) => `${label} ${withUnit(point[1], panel.unit)}`)].join(", ");
  };

  drawing.addEventListener("pointermove", (event) => {
    if (moments.length === 0) return;
    const { left, width } = drawing.getBoundingClientRect();
    show(nearest(moments, at(((event.clientX - left) / width) * frame.width)));
  });
  drawing.addEventListener("pointerleave", hide);
  drawing.addEventListener("blur", hide);
  drawing.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return hide();
    const last = moments.length - 1;
    const next = { ArrowLeft: (shown ?? last + 1) - 1, ArrowRight: (shown ?? last - 1) + 1, Home: 0, End: last }[
      event.key
    ];
    if (next === undefined || last < 0) return;
    event.preventDefault();
    announce(show(Math.max(0, Math.min(last, next))));
  });
  return tip;
}

function nearest(moments: readonly number[], wanted: number): number {
  let found = 0;
  for (const [index, moment] of moments.entries())
    if (Math.abs(moment - wanted) < Math.abs((moments[found] ?? 0) - wanted)) found = index;
  return found;
}

/** Series have periods of their own: a value close by counts, one far away would be another moment's. */
function nearestWithin(points: readonly Point[], moment: number, withinMs: number): Point | undefined {
  const found =
    points[
      nearest(
        points.map(([at]) => at),
        moment,
      )
    ];
  return found && Math.abs(found[0] - moment) <= withinMs ? found : undefined;
}
