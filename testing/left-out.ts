import { appendFileSync } from "node:fs";
import * as path from "node:path";

/** The part that a test needs, or why it cannot be had here, in a sentence. */
export type Available<T> = T | { readonly unavailable: string };

/** Where tests write down what they leave out; the closing line of a run lists it. */
const file = (): string | undefined =>
  process.env.CERTFRONT_TEST_FOLDER && path.join(process.env.CERTFRONT_TEST_FOLDER, "left-out.txt");

/**
 * Says that something is not tested on this machine.
 * @throws Error where CI is set: what production runs is tested there, or the run is red
 */
export function leftOut(what: string, why: string): void {
  const line = `${what}: ${why}`;
  if (process.env.CI) throw new Error(`Not tested: ${line} Where CI is set, nothing may be left out.`);
  const list = file();
  if (list) appendFileSync(list, `${line}\n`);
}

/** `describe` where the part can be had; else the tests are skipped and named at the end of the run, with the reason. */
export function describeWith(part: Available<object>, what: string, tests: () => void): void {
  const missing = "unavailable" in part;
  if (missing) leftOut(what, part.unavailable);
  (missing ? describe.skip : describe)(what, tests);
}
