import type { FrontView } from "../../../core/status/front-view";
import type { OverviewView } from "../views";
import { cell } from "./cell";
import { byId, h, renderList } from "./dom";
import { relative } from "./time";
import { duration, FRONT_LEVEL, FRONT_WORDS } from "./words";

/** Each front, its revision and how far it is behind. */
export function renderFronts({ fronts }: OverviewView): void {
  renderList(byId("front-rows", HTMLTableSectionElement), fronts, ({ front }) => front, row);
}

function row(front: FrontView): HTMLElement {
  const lag =
    front.tenantsBehind === 0
      ? "none"
      : `${duration(front.lagSeconds)}, ${front.tenantsBehind} ${front.tenantsBehind === 1 ? "tenant" : "tenants"}`;
  return h(
    "tr",
    { role: "row" },
    cell("Front", h("b", {}, front.front)),
    cell(
      "State",
      h("span", { class: "badge", "data-level": FRONT_LEVEL[front.state] }, FRONT_WORDS[front.state]),
      ...front.problems.slice(0, 3).map(({ domain, problem }) => h("p", { class: "meta" }, `${domain}: ${problem}`)),
    ),
    cell("Revision", relative(front.revision)),
    cell("Lag", lag),
    cell("Certificates", front.certificates.toLocaleString("en")),
    cell("Heard of", relative(front.heardOf)),
    cell(
      "Software",
      `HAProxy ${front.haproxyVersion}, agent ${front.agentVersion}`,
      ...(front.outdated.length > 0
        ? [h("p", { class: "meta" }, `running as before an update: ${front.outdated.join(", ")}`)]
        : []),
    ),
  );
}
