import type { AlarmView, OverviewView } from "../views";
import { byId, h, renderList, setText } from "./dom";
import { markdown } from "./markdown";
import { relative } from "./time";
import { ALARM_WORDS } from "./words";

/** Alarms that ring one by one, the others folded away. */
export function renderAlarms({ alarms }: OverviewView): void {
  const ringing = alarms.filter(({ state }) => state === "ALARM");
  const others = alarms.filter(({ state }) => state !== "ALARM");
  const dataless = others.filter(({ state }) => state === "INSUFFICIENT_DATA").length;
  renderList(byId("alarms-ringing", HTMLUListElement), ringing, ({ name }) => name, row);
  renderList(byId("alarms-others", HTMLUListElement), others, ({ name }) => name, row);
  byId("others", HTMLDetailsElement).hidden = others.length === 0;
  const quiet = others.length - dataless;
  const words = [
    quiet > 0 && `${quiet} quiet ${quiet === 1 ? "alarm" : "alarms"}`,
    dataless > 0 && `${dataless} without data so far`,
  ];
  setText(byId("others-summary", HTMLElement), words.filter(Boolean).join(", "));
  setText(byId("alarms-none", HTMLParagraphElement), ringing.length === 0 ? "None rings." : "");
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
