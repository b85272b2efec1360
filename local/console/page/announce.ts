import { byId, setText } from "./dom";

/** Tells screen readers, politely, what sighted people see change. One sentence at a time. */
export function announce(sentence: string): void {
  setText(byId("announcer", HTMLParagraphElement), sentence);
}
