import { relativeTime, utcMinute } from "../../../core/status/words";
import { h, setText } from "./dom";

let offset = 0;

/** The stack's clock, as the last answer told it. */
export function setNow(iso: string): void {
  offset = Date.parse(iso) - Date.now();
}

export function stackNow(): number {
  return Date.now() + offset;
}

/** `in 60 days`, kept up to date by tickTimes; the exact time as a tooltip and for machines. */
export function relative(iso: string): HTMLTimeElement {
  const at = Date.parse(iso);
  return h("time", { datetime: iso, title: utcMinute(at), "data-relative": true }, relativeTime(at, stackNow()));
}

/** `2027-02-19 14:03 UTC (in 60 days)`. */
export function exact(iso: string): HTMLElement {
  return h("span", {}, `${utcMinute(Date.parse(iso))} (`, relative(iso), ")");
}

/** Brings every relative time on the page up to date. */
export function tickTimes(): void {
  for (const element of document.querySelectorAll<HTMLTimeElement>("time[data-relative]"))
    setText(element, relativeTime(Date.parse(element.dateTime), stackNow()));
}
