import { h } from "./dom";

/** A table cell that also says its column's name, which narrow screens show in front of the value. */
export function cell(column: string, ...children: (Node | string | undefined | false)[]): HTMLElement {
  return h("td", { role: "cell", "data-column": column }, h("div", {}, ...children));
}
