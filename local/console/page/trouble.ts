import type { OverviewView, TroubleView } from "../views";
import { badge } from "./badge";
import { SENTENCES, sentenceOf } from "./cause";
import { byId, h, renderList, setText } from "./dom";
import { dnsRecords } from "./records";
import { domainButton } from "./tenant-parts";
import { showTenants } from "./tenants";
import { relative } from "./time";
import { LEVEL_WORDS, TURN_WORDS } from "./words";

type Many = Extract<TroubleView, { readonly kind: "many" }>;
type One = Extract<TroubleView, { readonly kind: "one" }>;

/** Which tenants, since when, why, and what to do: the worst few, and one card where many have one cause. */
export function renderTrouble({ trouble, troubleMore }: OverviewView): void {
  byId("trouble", HTMLElement).hidden = trouble.length === 0;
  renderList(
    byId("trouble-list", HTMLUListElement),
    trouble,
    (card) => (card.kind === "many" ? card.cause : card.tenant.domain),
    (card) => (card.kind === "many" ? manyCard(card) : oneCard(card)),
  );
  const more = byId("trouble-more", HTMLParagraphElement);
  more.hidden = troubleMore <= 0;
  setText(more, `${troubleMore.toLocaleString("en")} more: see Tenants below.`);
}

function manyCard({ cause, turn, level, count, since, sentence, domains }: Many): HTMLElement {
  const [first = ""] = domains;
  const all = h(
    "button",
    { type: "button", class: "plain", "data-focus": `all ${cause}` },
    `Show all ${count.toLocaleString("en")}`,
  );
  all.addEventListener("click", () => showTenants(cause));
  return h(
    "li",
    { class: "card", "data-level": level },
    h("h3", {}, `${count.toLocaleString("en")} tenants, one cause`),
    h(
      "p",
      { class: "meta" },
      h("span", { class: "badge", "data-level": level }, LEVEL_WORDS[level]),
      h("span", { class: "code" }, cause),
      h("span", {}, TURN_WORDS[turn]),
    ),
    h("p", { class: "meta" }, "the first: ", relative(since)),
    h("p", {}, sentence === undefined ? SENTENCES[cause] : `Such as ${first}: ${sentence}`),
    h("p", { class: "domains" }, ...domains.map((domain) => domainButton(domain, `many ${cause}`)), all),
  );
}

function oneCard({ cause, since, turn, tenant }: One): HTMLElement {
  return h(
    "li",
    { class: "card", "data-level": tenant.attention },
    h("h3", {}, domainButton(tenant.domain, "trouble")),
    h(
      "p",
      { class: "meta" },
      badge(tenant),
      h("span", { class: "code" }, cause),
      h("span", {}, TURN_WORDS[turn]),
      relative(since),
    ),
    h("p", {}, tenant.reason?.sentence ?? sentenceOf(cause, tenant)),
    dnsRecords(tenant.domain, tenant.reason?.dns ?? []),
    tenant.certificate && h("p", { class: "meta" }, "certificate ends ", relative(tenant.certificate.notAfter)),
  );
}
