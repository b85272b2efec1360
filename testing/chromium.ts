import { type Browser, chromium } from "playwright-core";
import { findProgram } from "../local/process/debian/ensure-packages";

/** Debian's Chromium, headless, with a profile of its own and nothing that phones home. */
export function launchChromium(): Promise<Browser> {
  const executablePath = findProgram("chromium");
  if (executablePath === undefined) throw new Error("Chromium is missing: sudo apt-get install chromium");
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
