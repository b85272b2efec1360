import type { TenantView } from "../../../core/status/view";
import type { MessageView } from "../views";
import { remember, shown } from "./address";
import { fetchJson } from "./api";
import { badge } from "./badge";
import { byId, h, link } from "./dom";
import { copyButton, dnsRecords } from "./records";
import { renewButton } from "./renew-button";
import { exact } from "./time";
import { STATE_WORDS } from "./words";

/** Everything known of one tenant, in a dialog; Escape or Close returns to where one was. */
export async function openTenant(domain: string): Promise<void> {
  const dialog = byId("tenant-dialog", HTMLDialogElement);
  dialog.replaceChildren(h("h2", { id: "tenant-name" }, domain), h("p", {}, "Looking…"));
  if (!dialog.open) dialog.showModal();
  remember({ tenant: domain }, true);
  try {
    const tenant = await fetchJson<TenantView>(`/api/tenant?${new URLSearchParams({ domain })}`);
    const name = h("h2", { id: "tenant-name" }, tenant.domain);
    dialog.replaceChildren(name, facts(tenant), customerMessage(tenant.domain), actions(tenant, dialog));
  } catch (error) {
    dialog.replaceChildren(
      h("h2", { id: "tenant-name" }, domain),
      h("p", {}, error instanceof Error ? error.message : "It could not be read."),
      closeButton(dialog),
    );
  }
  dialog.querySelector("button.close")?.scrollIntoView({ block: "nearest" });
  dialog.querySelector<HTMLButtonElement>("button.close")?.focus();
}

/** Opens the tenant that the address names, and closes one that it does not. */
export function followAddress(): void {
  const dialog = byId("tenant-dialog", HTMLDialogElement);
  const { tenant } = shown();
  if (tenant !== "") void openTenant(tenant);
  else dialog.close();
}

/** What can be done for it. */
function actions(tenant: TenantView, dialog: HTMLDialogElement): HTMLElement {
  return h("div", { class: "buttons" }, renewButton(tenant), closeButton(dialog));
}

function closeButton(dialog: HTMLDialogElement): HTMLElement {
  const button = h("button", { type: "button", class: "close" }, "Close");
  button.addEventListener("click", () => dialog.close());
  return button;
}

/** The mail to the tenant's owner, to be read before it is copied. Asked for when it is opened: it costs DNS look-ups. */
function customerMessage(domain: string): HTMLElement {
  const text = h("pre", {}, "Looking into DNS…");
  const button = copyButton("Copy message", () => text.textContent);
  button.disabled = true;
  const details = h("details", { class: "message" }, h("summary", {}, "Message for the customer"), text, button);
  const load = async () => {
    const message = await fetchJson<MessageView>(`/api/message?${new URLSearchParams({ domain })}`);
    text.textContent = message.text;
    button.disabled = false;
  };
  const fail = (error: unknown) => {
    text.textContent = error instanceof Error ? error.message : "It could not be made.";
  };
  details.addEventListener("toggle", () => void (details.open && button.disabled && load().catch(fail)));
  return details;
}

function facts(tenant: TenantView): HTMLElement {
  const { reason, certificate, renewal, fronts, seen } = tenant;
  const list = h("dl", { class: "facts" });
  const fact = (label: string, ...values: (Node | string | undefined)[]) => {
    const shown = values.filter((value) => value !== undefined && value !== "");
    if (shown.length > 0) list.append(h("dt", {}, label), ...shown.map((value) => h("dd", {}, value)));
  };
  fact(
    "State",
    h(
      "span",
      {},
      badge(tenant),
      ` ${STATE_WORDS[tenant.state]} (`,
      h("code", {}, tenant.state),
      ") since ",
      exact(tenant.since),
    ),
  );
  fact("Site", tenant.certificate && link(`https://${tenant.domain}/`, `https://${tenant.domain}/`));
  fact("Also for", tenant.aliases.join(", "));
  fact("Why", reason && h("span", {}, h("span", { class: "code" }, reason.code), ` ${reason.sentence}`));
  fact("The CA said", reason?.problemType);
  fact("Set in DNS", dnsRecords(`dialog ${tenant.domain}`, reason?.dns ?? []));
  fact("Expires", certificate && exact(certificate.notAfter));
  fact("Renews", renewal && exact(renewal.at));
  fact(tenant.state === "active" ? "Next check" : "Next attempt", tenant.nextAttempt && exact(tenant.nextAttempt));
  fact(
    "Certificate",
    certificate && h("span", {}, `from ${certificate.ca}, serial `, h("code", {}, certificate.serial)),
  );
  fact("Served by", fronts.serving.join(", "), ...fronts.behind.map((one) => `not by ${one.front}: ${one.problem}`));
  fact(
    "Seen from outside",
    seen &&
      h(
        "span",
        {},
        seen.ok ? `as it should be at ${seen.names.length} places, ` : "not as it should be, ",
        exact(seen.checkedAt),
      ),
    ...(seen?.names ?? [])
      .filter(({ ok }) => !ok)
      .map(({ name, at, problem }) => `${name} at ${at}: ${problem ?? "not as stored"}`),
  );
  return list;
}
