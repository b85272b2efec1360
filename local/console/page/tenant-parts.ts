import type { TenantView } from "../../../core/status/view";
import { h } from "./dom";
import { openTenant } from "./tenant-dialog";

/** The tenant's name, which opens all that is known of it. `place` tells two buttons of one tenant apart. */
export function domainButton(domain: string, place: string): HTMLElement {
  const button = h("button", { type: "button", class: "domain", "data-focus": `${place} ${domain}` }, domain);
  button.addEventListener("click", () => void openTenant(domain));
  return button;
}

/** `2 of 2` fronts. */
export function servedBy({ certificate, fronts }: TenantView): HTMLElement {
  if (!certificate) return h("span", { class: "none" }, "–");
  const all = fronts.serving.length + fronts.behind.length;
  return h(
    "span",
    { "data-level": fronts.behind.length > 0 || all === 0 ? "warning" : "fine" },
    all === 0 ? "no front" : `${fronts.serving.length} of ${all}`,
  );
}
