import type { TenantView } from "../../../core/status/view";
import { mayAct, renewNow } from "./act";
import { announce } from "./announce";
import { h } from "./dom";

/** A button that asks before it does anything, in place of the question a browser would ask; undefined where the page may not act. */
export function renewButton(tenant: TenantView): HTMLElement | undefined {
  if (!mayAct() || tenant.state === "removed") return undefined;
  const renews = tenant.certificate !== undefined;
  const label = renews ? "Renew now" : "Look again now";
  const question = renews
    ? `Order a new certificate for ${tenant.domain}? It counts against the CA's limits.`
    : `Have the issuer look at ${tenant.domain} now? If all is in order, it orders a certificate.`;
  const box = h("div", { class: "act", role: "group", "aria-label": label });
  const first = h("button", { type: "button", class: "plain" }, label);
  const say = (text: string) => {
    box.replaceChildren(h("p", { class: "meta" }, text));
    announce(text);
  };
  const yes = h("button", { type: "button", class: "plain strong" }, renews ? "Yes, renew" : "Yes, look");
  const no = h("button", { type: "button", class: "plain" }, "No");
  first.addEventListener("click", () => {
    box.replaceChildren(h("p", {}, question), yes, no);
    yes.focus();
  });
  no.addEventListener("click", () => {
    box.replaceChildren(first);
    first.focus();
  });
  yes.addEventListener("click", () => {
    yes.disabled = true;
    renewNow(tenant.domain).then(
      () => say(renews ? "Asked for. The present certificate stays until the new one is proven." : "Asked for."),
      (error: unknown) => say(error instanceof Error ? error.message : "It could not be done."),
    );
  });
  box.append(first);
  return box;
}
