import { ATTENTION, type Attention } from "../../../core/status/attention";
import type { OverviewView } from "../views";
import { announce } from "./announce";
import { byId, h, link, renderList, setText } from "./dom";
import { domainButton } from "./tenant-parts";
import { exact, relative } from "./time";
import { LEVEL_WORDS } from "./words";

/** Said already: what was announced since (a record was copied) is not talked over. */
let announced = "";

/** Is anything wrong? The answer on top, and how many tenants are how. */
export function renderVerdict({ verdict, counts, stack, about }: OverviewView, show: (level: Attention) => void): void {
  const section = byId("verdict", HTMLElement);
  section.dataset.level = verdict.level;
  setText(byId("headline", HTMLHeadingElement), verdict.headline);
  setText(byId("detail", HTMLParagraphElement), verdict.detail);
  byId("since", HTMLParagraphElement).replaceChildren(
    ...(verdict.since ? ["ringing since ", exact(verdict.since)] : []),
  );
  renderAlarm(verdict.alarm);
  setText(byId("about", HTMLParagraphElement), about);
  setText(byId("stack", HTMLSpanElement), stack);
  document.title = `${verdict.alarm?.key ?? verdict.headline} · ${stack} · certfront`;
  const sentence = `${verdict.headline}. ${verdict.detail}`;
  if (sentence !== announced) announce(sentence);
  announced = sentence;
  const levels = [...ATTENTION].reverse().map((level) => ({ level, count: counts.byAttention[level] }));
  renderList(
    byId("counts", HTMLUListElement),
    levels,
    ({ level }) => level,
    ({ level, count }) => {
      const button = h(
        "button",
        { type: "button", "data-level": level, "data-focus": level, "data-zero": count === 0 },
        h("b", {}, count.toLocaleString("en")),
        ` ${LEVEL_WORDS[level]}`,
      );
      button.addEventListener("click", () => show(level));
      return h("li", {}, button);
    },
  );
}

let drawn = "";

/** Which alarm calls people, whom it is worst for, and what to do. Drawn anew only where it changed, so that a focus stays. */
function renderAlarm(alarm: OverviewView["verdict"]["alarm"]): void {
  const json = JSON.stringify(alarm) ?? "";
  if (json === drawn) return;
  drawn = json;
  const line = byId("alarm", HTMLParagraphElement);
  line.hidden = alarm === undefined;
  if (!alarm) return;
  const { key, tenant, runbook } = alarm;
  line.replaceChildren(
    h("a", { class: "code", href: "#alarms" }, key),
    ...(tenant ? [domainButton(tenant.domain, "verdict"), h("span", {}, `${tenant.fact} `, relative(tenant.at))] : []),
    ...(runbook === undefined ? [] : [link("Runbook", runbook)]),
  );
}
