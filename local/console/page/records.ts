import type { DnsAdvice } from "../../../core/record/reason";
import { announce } from "./announce";
import { h } from "./dom";

/** The DNS records to set, each with a button that copies it. */
export function dnsRecords(domain: string, advice: readonly DnsAdvice[]): HTMLElement | undefined {
  if (advice.length === 0) return undefined;
  return h("ul", { class: "records" }, ...advice.map((one, index) => record(domain, one, index)));
}

function record(domain: string, advice: DnsAdvice, index: number): HTMLElement {
  const lines = advice.values.map((value) => `${advice.name} ${advice.type} ${value}`);
  const label = `Copy the ${advice.type} record of ${advice.name}`;
  const button = copyButton("Copy", () => lines.join("\n"), {
    "aria-label": label,
    "data-focus": `copy ${domain} ${index}`,
  });
  return h(
    "li",
    {},
    h("span", { class: "action" }, advice.action),
    h(
      "code",
      {},
      h("span", {}, h("b", {}, advice.type), " ", advice.name),
      ...advice.values.map((value) => h("span", { class: "value" }, value)),
    ),
    button,
  );
}

/** A button that puts `text` on the clipboard, and says whether it could. */
export function copyButton(
  label: string,
  text: () => string,
  attributes: Readonly<Record<string, string>> = {},
): HTMLButtonElement {
  const button = h("button", { type: "button", class: "copy", ...attributes }, label);
  button.addEventListener("click", () => void copy(button, label, text()));
  return button;
}

async function copy(button: HTMLButtonElement, label: string, text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
    announce("Copied.");
  } catch {
    button.textContent = "Select it by hand";
    announce("The browser did not let the page copy.");
  }
  setTimeout(() => {
    button.textContent = label;
  }, 2_000);
}
