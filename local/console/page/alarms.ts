import type { AlarmView, OverviewView } from "../views";
import { byId, h, renderList, setText } from "./dom";
import { markdown } from "./markdown";
import { relative } from "./time";
import { ALARM_WORDS } from "./words";

/** Alarms that ring or have no data one by one, the quiet ones folded away. */
export function renderAlarms({ alarms }: OverviewView): void {
  const loud = alarms.filter(({ state }) => state !== "OK");
  const quiet = alarms.filter(({ state }) => state === "OK");
  renderList(byId("alarms-loud", HTMLUListElement), loud, ({ name }) => name, row);
  renderList(byId("alarms-quiet", HTMLUListElement), quiet, ({ name }) => name, row);
  byId("quiet", HTMLDetailsElement).hidden = quiet.length === 0;
  setText(byId("quiet-summary", HTMLElement), `${quiet.length} quiet ${quiet.length === 1 ? "alarm" : "alarms"}`);
}

function row(alarm: AlarmView): HTMLElement {
  return h(
    "li",
    { "data-state": alarm.state },
    h(
      "details",
      {},
      h(
        "summary",
        { "data-focus": alarm.name },
        h("span", { class: "badge", "data-state": alarm.state }, ALARM_WORDS[alarm.state]),
        h("span", { class: "name" }, alarm.name, alarm.composite && h("span", { class: "code" }, "calls people")),
        h("span", { class: "reason" }, alarm.reason),
        h("span", { class: "since" }, relative(alarm.since)),
      ),
      h("div", { class: "more" }, ...markdown(alarm.description), history(alarm)),
    ),
  );
}

function history(alarm: AlarmView): HTMLElement {
  if (alarm.history.length === 0) return h("p", { class: "meta" }, "It has not changed since it was made.");
  return h(
    "table",
    {},
    h("caption", {}, `History of ${alarm.name}`),
    h("thead", {}, h("tr", {}, ...["When", "From", "To", "Why"].map((title) => h("th", { scope: "col" }, title)))),
    h(
      "tbody",
      {},
      ...alarm.history.map((change) =>
        h(
          "tr",
          {},
          h("td", {}, relative(change.at)),
          h("td", {}, ALARM_WORDS[change.from]),
          h("td", {}, ALARM_WORDS[change.to]),
          h("td", {}, change.reason),
        ),
      ),
    ),
  );
}
