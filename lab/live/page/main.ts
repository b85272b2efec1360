import { fetchJson } from "../../../local/console/page/api";
import { byId, h, renderList, setText } from "../../../local/console/page/dom";
import type { ClientView, RowView } from "../views";

const EVERY_MS = 700;

const client = byId("client", HTMLSelectElement);
const rows = byId("rows", HTMLUListElement);
const limits = byId("limits", HTMLParagraphElement);
const freshness = byId("freshness", HTMLParagraphElement);

async function round(): Promise<void> {
  try {
    if (client.options.length === 0)
      for (const name of await fetchJson<string[]>("/api/clients")) client.append(h("option", { value: name }, name));
    const view = await fetchJson<ClientView>(`/api/client?${new URLSearchParams({ name: client.value })}`);
    setText(limits, view.limits);
    renderList(rows, view.rows, (row) => `${view.name} ${row.scenario}`, row);
    document.body.dataset.connected = "yes";
    setText(freshness, `live: ${view.engine}`);
  } catch {
    document.body.dataset.connected = "no";
    setText(freshness, "not connected; this is what was last seen");
  }
}

function row(view: RowView): HTMLElement {
  const steps = view.steps.map(({ text, seen }) =>
    h("li", { class: seen ? "seen" : "missing" }, `${text}${seen ? "" : " (not seen)"}`),
  );
  return h(
    "li",
    { "data-state": view.state, "data-scenario": view.scenario },
    h("h2", {}, `${view.title}: `, h("span", { class: "state" }, view.state)),
    h("p", {}, view.about),
    h("ul", {}, ...steps),
    view.state !== "not begun" && h("p", {}, view.why),
    view.last !== undefined && h("p", { class: "soft" }, `Last: ${view.last}`),
    h("p", {}, h("code", {}, view.url)),
    h(
      "details",
      {},
      h("summary", { "data-focus": `how-${view.scenario}` }, "How to run it"),
      h("pre", { tabindex: "0" }, view.howTo),
    ),
  );
}

async function live(): Promise<void> {
  // Nobody looks at a hidden page, so nothing is asked for.
  if (!document.hidden) await round();
  setTimeout(() => void live(), EVERY_MS);
}

client.addEventListener("change", () => void round());
void live();
