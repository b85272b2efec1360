import type { TenantView } from "../../../core/status/view";
import { h } from "./dom";
import { LEVEL_WORDS, STATE_WORDS } from "./words";

/** How much a tenant needs a person, in the same words as the counts on top. */
export function badge({ attention }: TenantView): HTMLElement {
  const words = attention === "removed" ? STATE_WORDS.removed : LEVEL_WORDS[attention];
  return h("span", { class: "badge", "data-level": attention }, words);
}
