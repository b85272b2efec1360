import { closest } from "../base/closest";
import type { ConfigProblem } from "../base/errors";

/** Collects what is wrong in one tenant, so that a user sees everything at once. */
export class ProblemList {
  readonly all: ConfigProblem[] = [];

  /** @param path as the user would write it, `tenants[3].http` */
  add(path: string, message: string, tenant?: string): undefined {
    this.all.push({ path, message, ...(tenant !== undefined && { tenant }) });
    return undefined;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reports every key of `value` that nobody reads, with the one that was probably meant. */
export function reportUnknownKeys(
  value: Readonly<Record<string, unknown>>,
  known: readonly string[],
  report: (key: string, message: string) => void,
): void {
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const meant = closest(key, known);
    report(key, meant ? `is not an option; did you mean ${meant}?` : `is not an option; there are ${known.join(", ")}`);
  }
}
