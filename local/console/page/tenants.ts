import { REASON_CODES } from "../../../core/record/reason";
import { TENANT_STATES } from "../../../core/record/record";
import type { TenantView } from "../../../core/status/view";
import type { TenantsView } from "../views";
import { remember, shown } from "./address";
import { fetchJson } from "./api";
import { badge } from "./badge";
import { sentenceOf } from "./cause";
import { cell } from "./cell";
import { byId, h, renderList, setText } from "./dom";
import { dnsRecords } from "./records";
import { domainButton, servedBy } from "./tenant-parts";
import { relative } from "./time";
import { LEVEL_WORDS, STATE_WORDS } from "./words";

let page = 1;
/** A column's name, with a minus in front for the other way; empty: worst first. */
let sort = "";
/** Answers may overtake one another; only the last question's counts. */
let question = 0;

/** Sets up search, filter and pages. */
export function setUpTenants(): void {
  fillShow();
  setUpSorting();
  followList();
  const refresh = () => {
    page = 1;
    void refreshTenants();
  };
  let typing: ReturnType<typeof setTimeout> | undefined;
  byId("tenants-search", HTMLInputElement).addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(refresh, 150);
  });
  byId("tenants-show", HTMLSelectElement).addEventListener("change", refresh);
  byId("tenants-filter", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    refresh();
  });
  for (const [id, step] of [
    ["previous", -1],
    ["next", 1],
  ] as const) {
    byId(id, HTMLButtonElement).addEventListener("click", () => {
      page += step;
      void refreshTenants();
    });
  }
}

/** Sets search, filter, order and page as the address has them. */
export function followList(): void {
  const asked = shown();
  byId("tenants-search", HTMLInputElement).value = asked.search;
  byId("tenants-show", HTMLSelectElement).value = asked.show;
  page = Math.max(1, Number(asked.page) || 1);
  sort = asked.sort;
}

/** Sorts by the list, or by a column's heading: a click sorts by a column, the next the other way, the third as it was: worst first. */
function setUpSorting(): void {
  const buttons: HTMLButtonElement[] = [];
  const list = byId("tenants-sort", HTMLSelectElement);
  list.addEventListener("change", () => {
    sort = list.value;
    page = 1;
    void refreshTenants();
  });
  for (const column of document.querySelectorAll<HTMLTableCellElement>("#tenants th[data-sort]")) {
    const { sort: name = "" } = column.dataset;
    const button = h("button", { type: "button", class: "sort" }, column.textContent ?? "");
    button.addEventListener("click", () => {
      sort = sort === name ? `-${name}` : sort === `-${name}` ? "" : name;
      page = 1;
      void refreshTenants();
    });
    column.replaceChildren(button);
    buttons.push(button);
  }
  // Where tables are cards, their headings are out of sight: the list beside the search sorts.
  const narrow = window.matchMedia("(width < 52rem)");
  const reach = () => {
    for (const button of buttons) button.tabIndex = narrow.matches ? -1 : 0;
  };
  narrow.addEventListener("change", reach);
  reach();
}

function renderSorting(): void {
  byId("tenants-sort", HTMLSelectElement).value = sort;
  for (const column of document.querySelectorAll<HTMLTableCellElement>("#tenants th[data-sort]")) {
    const { sort: name = "" } = column.dataset;
    const way = sort === name ? "ascending" : sort === `-${name}` ? "descending" : "none";
    column.setAttribute("aria-sort", way);
  }
}

/** Shows the tenants of one level or cause, and moves there. */
export function showTenants(wanted: string): void {
  byId("tenants-search", HTMLInputElement).value = "";
  byId("tenants-show", HTMLSelectElement).value = wanted;
  page = 1;
  void refreshTenants();
  byId("tenants", HTMLElement).scrollIntoView();
  byId("tenants-show", HTMLSelectElement).focus({ preventScroll: true });
}

/** Asks for the page shown, and shows it. Throws when the server does not answer. */
export async function refreshTenants(): Promise<void> {
  question += 1;
  const asked = question;
  const search = byId("tenants-search", HTMLInputElement).value;
  const show = byId("tenants-show", HTMLSelectElement).value;
  const answer = await fetchJson<TenantsView>(
    `/api/tenants?${new URLSearchParams({ search, show, sort, page: String(page) })}`,
  );
  if (asked !== question) return;
  page = answer.page;
  remember({ search, show, sort, page: String(page) });
  renderSorting();
  renderList(
    byId("tenant-rows", HTMLTableSectionElement),
    answer.tenants.map((tenant) => ({
      tenant,
      told: isTold(tenant, answer.common),
      seen: answer.seen[tenant.domain],
    })),
    ({ tenant }) => tenant.domain,
    row,
  );
  const many = `${answer.matching.toLocaleString("en")} ${answer.matching === 1 ? "tenant" : "tenants"}`;
  const all = search === "" && show === "";
  setText(
    byId("tenants-caption", HTMLTableCaptionElement),
    all
      ? `${many}${sort === "" ? ", those that need somebody first" : ""}`
      : `${many} of ${answer.counts.total.toLocaleString("en")} match`,
  );
  setText(byId("page-of", HTMLSpanElement), `Page ${answer.page} of ${answer.pages.toLocaleString("en")}`);
  byId("previous", HTMLButtonElement).disabled = answer.page <= 1;
  byId("next", HTMLButtonElement).disabled = answer.page >= answer.pages;
}

/** Whether a card says it for all who have it; records to set are each tenant's own. */
function isTold({ reason }: TenantView, common: TenantsView["common"]): boolean {
  return reason !== undefined && reason.dns.length === 0 && common.some((cause) => cause === reason.code);
}

interface Listed {
  readonly tenant: TenantView;
  readonly told: boolean;
  /** Where there is no reason. */
  readonly seen: TenantsView["common"][number] | undefined;
}

function row({ tenant, told, seen }: Listed): HTMLElement {
  return h(
    "tr",
    { role: "row", "data-level": tenant.attention },
    cell(
      "Domain",
      domainButton(tenant.domain, "row"),
      tenant.aliases.length > 0 && h("span", { class: "meta" }, `and ${tenant.aliases.length} more`),
    ),
    cell(
      "State",
      badge(tenant),
      h("span", { class: "meta" }, `${STATE_WORDS[tenant.state]}, `, relative(tenant.since)),
    ),
    cell("Why", ...why({ tenant, told, seen })),
    cell("Expires", tenant.certificate ? relative(tenant.certificate.notAfter) : h("span", { class: "none" }, "–")),
    cell("Renews", tenant.renewal ? relative(tenant.renewal.at) : h("span", { class: "none" }, "–")),
    cell("Fronts", servedBy(tenant)),
  );
}

function why({ tenant, told, seen }: Listed): (HTMLElement | undefined)[] {
  const { reason } = tenant;
  if (reason)
    return [
      h("span", { class: "code" }, reason.code),
      told ? h("span", { class: "meta" }, "as many others: see above") : h("p", {}, reason.sentence),
      dnsRecords(tenant.domain, reason.dns),
    ];
  if (seen) return [h("span", { class: "code" }, seen), h("p", {}, sentenceOf(seen, tenant) ?? "")];
  return [h("span", { class: "none" }, "–")];
}

function fillShow(): void {
  const options = (label: string, values: readonly (readonly [string, string])[]) =>
    h("optgroup", { label }, ...values.map(([value, text]) => h("option", { value }, text)));
  byId("tenants-show", HTMLSelectElement).append(
    h("option", { value: "" }, "all"),
    options("How they are", Object.entries(LEVEL_WORDS)),
    options(
      "State",
      TENANT_STATES.map((state) => [state, STATE_WORDS[state]]),
    ),
    options(
      "Reason",
      [...REASON_CODES, "EXPIRED", "RENEWAL_OVERDUE", "NOT_ON_EVERY_FRONT"].map((code) => [code, code]),
    ),
  );
}
