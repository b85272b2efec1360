import type { TenantView } from "../../../core/status/view";
import type { OverviewView } from "../views";
import { byId, h, renderList, setText } from "./dom";
import { dnsRecords } from "./records";
import { badge, domainButton } from "./tenant-parts";
import { relative } from "./time";

/** Which tenants, since when, why, and what to do: the worst few. */
export function renderTrouble({ trouble, counts }: OverviewView): void {
  byId("trouble", HTMLElement).hidden = trouble.length === 0;
  renderList(byId("trouble-list", HTMLUListElement), trouble, ({ domain }) => domain, card);
  const rest = counts.byAttention.broken + counts.byAttention.warning - trouble.length;
  const more = byId("trouble-more", HTMLParagraphElement);
  more.hidden = rest <= 0;
  setText(more, `${rest.toLocaleString("en")} more: see Tenants below.`);
}

function card(tenant: TenantView): HTMLElement {
  return h(
    "li",
    { class: "card", "data-level": tenant.attention },
    h("h3", {}, domainButton(tenant.domain, "trouble")),
    h(
      "p",
      { class: "meta" },
      badge(tenant),
      h("span", { class: "code" }, tenant.reason?.code ?? "RENEWAL_OVERDUE"),
      h("span", {}, "since ", relative(tenant.since)),
    ),
    h("p", {}, tenant.reason?.sentence ?? overdueSentence(tenant)),
    dnsRecords(tenant.domain, tenant.reason?.dns ?? []),
    tenant.certificate && h("p", { class: "meta" }, "certificate ends ", relative(tenant.certificate.notAfter)),
  );
}

/** A tenant can be late without a reason of its own: the issuer has not come to it. */
function overdueSentence(tenant: TenantView): string {
  return tenant.renewal
    ? `Its renewal was due on ${tenant.renewal.at.slice(0, 10)} and has not happened.`
    : "Its certificate has ended.";
}
