import type { GraphPanel, GraphsView, TextPanel } from "../views";
import { type ChartFrame, chart, scalesOf } from "./chart";
import { byId, h, renderList } from "./dom";
import { markdown } from "./markdown";
import { readable } from "./reading";
import { formatValue } from "./scale";

type Panel = (GraphPanel | TextPanel) & { readonly width: number } & Pick<GraphsView, "from" | "to">;

let shown: GraphsView | undefined;
let measured = 0;

/** The dashboard's graphs, in the dashboard's order. */
export function renderGraphs(view: GraphsView): void {
  shown = view;
  const parent = byId("panels", HTMLDivElement);
  measured = parent.clientWidth;
  const width = panelWidth(parent);
  const panels: Panel[] = view.panels.map((panel) => ({ ...panel, width, from: view.from, to: view.to }));
  renderList(
    parent,
    panels,
    (panel) => `${panels.indexOf(panel)}`,
    (panel) => (panel.kind === "text" ? h("div", { class: "text" }, ...markdown(panel.markdown)) : figure(panel)),
  );
}

// Drawn for the width there is, so that lines and letters keep their size.
window.addEventListener("resize", () => {
  if (shown && byId("panels", HTMLDivElement).clientWidth !== measured) renderGraphs(shown);
});

function panelWidth(parent: HTMLElement): number {
  const columns = getComputedStyle(parent).gridTemplateColumns.split(" ").length;
  const gap = 16;
  const padding = 32;
  return Math.max(200, Math.floor((parent.clientWidth - gap * (columns - 1)) / columns) - padding - 2);
}

function figure(panel: GraphPanel & Panel): HTMLElement {
  const frame: ChartFrame = {
    width: panel.width,
    height: 150,
    from: Date.parse(panel.from),
    to: Date.parse(panel.to),
  };
  // A dashboard names every reason there is; those that never came up would only hide the others.
  const series = panel.series.filter(({ points }) => points.length > 0);
  const drawn = { ...panel, series };
  const scales = scalesOf(drawn, frame);
  const drawing = chart(drawn, frame, scales);
  return h(
    "figure",
    {},
    h("figcaption", {}, panel.title, panel.unit !== undefined && h("span", { class: "unit" }, panel.unit)),
    drawing,
    readable(drawing, drawn, frame, scales),
    series.length === 0 && h("p", { class: "meta" }, "No data in this range."),
    legend(drawn),
  );
}

/** The latest value of each line, beside its colour; also what a screen reader hears instead of the drawing. */
function legend(panel: GraphPanel): HTMLElement {
  return h(
    "ul",
    { class: "legend" },
    ...panel.series.map(({ label, points }, index) => {
      const last = points.at(-1);
      return h(
        "li",
        { "data-series": String(index % 6) },
        h("span", { class: "swatch" }),
        `${label} `,
        h("b", {}, last ? formatValue(last[1], panel.unit) : "–"),
      );
    }),
    ...panel.thresholds.map(({ label, value }) =>
      h(
        "li",
        { class: "threshold" },
        h("span", { class: "swatch" }),
        `${label || "threshold"} `,
        h("b", {}, formatValue(value, panel.unit)),
      ),
    ),
  );
}
