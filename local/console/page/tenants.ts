import { REASON_CODES } from "../../../core/record/reason";
import { TENANT_STATES } from "../../../core/record/record";
import type { Attention } from "../../../core/status/attention";
import type { TenantView } from "../../../core/status/view";
import type { TenantsView } from "../views";
import { fetchJson } from "./api";
import { cell } from "./cell";
import { byId, h, renderList, setText } from "./dom";
import { dnsRecords } from "./records";
import { badge, domainButton, servedBy } from "./tenant-parts";
import { relative } from "./time";
import { LEVEL_WORDS } from "./words";

let page = 1;
/** Answers may overtake one another; only the last question's counts. */
let question = 0;

/** Sets up search, filter and pages. */
export function setUpTenants(): void {
  fillShow();
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

/** Shows the tenants of one level, and moves there. */
export function showTenants(level: Attention): void {
  byId("tenants-show", HTMLSelectElement).value = level;
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
    `/api/tenants?${new URLSearchParams({ search, show, page: String(page) })}`,
  );
  if (asked !== question) return;
  page = answer.page;
  renderList(byId("tenant-rows", HTMLTableSectionElement), answer.tenants, ({ domain }) => domain, row);
  const many = `${answer.matching.toLocaleString("en")} ${answer.matching === 1 ? "tenant" : "tenants"}`;
  const all = search === "" && show === "";
  setText(
    byId("tenants-caption", HTMLTableCaptionElement),
    all ? `${many}, those that need somebody first` : `${many} of ${answer.counts.total.toLocaleString("en")} match`,
  );
  setText(byId("page-of", HTMLSpanElement), `Page ${answer.page} of ${answer.pages.toLocaleString("en")}`);
  byId("previous", HTMLButtonElement).disabled = answer.page <= 1;
  byId("next", HTMLButtonElement).disabled = answer.page >= answer.pages;
}

function row(tenant: TenantView): HTMLElement {
  const { reason } = tenant;
  return h(
    "tr",
    { role: "row", "data-level": tenant.attention },
    cell(
      "Domain",
      domainButton(tenant.domain, "row"),
      tenant.aliases.length > 0 && h("span", { class: "meta" }, `and ${tenant.aliases.length} more`),
    ),
    cell("State", badge(tenant), h("span", { class: "meta" }, relative(tenant.since))),
    reason
      ? cell(
          "Why",
          h("span", { class: "code" }, reason.code),
          h("p", {}, reason.sentence),
          dnsRecords(tenant.domain, reason.dns),
        )
      : cell("Why", h("span", { class: "none" }, "–")),
    cell("Expires", tenant.certificate ? relative(tenant.certificate.notAfter) : h("span", { class: "none" }, "–")),
    cell("Renews", tenant.renewal ? relative(tenant.renewal.at) : h("span", { class: "none" }, "–")),
    cell("Fronts", servedBy(tenant)),
  );
}

function fillShow(): void {
  const options = (label: string, values: readonly (readonly [string, string])[]) =>
    h("optgroup", { label }, ...values.map(([value, text]) => h("option", { value }, text)));
  byId("tenants-show", HTMLSelectElement).append(
    h("option", { value: "" }, "all"),
    options("How they are", Object.entries(LEVEL_WORDS)),
    options(
      "State",
      TENANT_STATES.map((state) => [state, state]),
    ),
    options(
      "Reason",
      REASON_CODES.map((code) => [code, code]),
    ),
  );
}
