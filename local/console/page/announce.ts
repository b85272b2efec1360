import { byId, setText } from "./dom";

/** Tells screen readers, politely, what sighted people see change. Said again only when it differs. */
export function announce(sentence: string): void {
  setText(byId("announcer", HTMLParagraphElement), sentence);
}
