/** What every certfront error carries, so that a person reading it knows what happened, to whom, and what to do. */
export interface CertfrontErrorDetails {
  /** Stable, machine-readable, UPPER_SNAKE. */
  readonly code: string;
  /** The tenant's primary domain, where the error is about one tenant. */
  readonly tenant?: string | undefined;
  /** What to do next, one sentence. */
  readonly advice?: string | undefined;
  readonly cause?: unknown;
}

/** Base of all errors that certfront throws on purpose. */
export class CertfrontError extends Error {
  override name = "CertfrontError";
  readonly code: string;
  readonly tenant: string | undefined;
  readonly advice: string | undefined;

  constructor(message: string, details: CertfrontErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code;
    this.tenant = details.tenant;
    this.advice = details.advice;
  }
}

/**
 * What went wrong, in its own words. Where a host has several addresses Node.js throws an AggregateError without any: each address' own is
 * told.
 */
export function wordsOf(error: unknown): string {
  const { message, errors } = (error ?? {}) as { readonly message?: unknown; readonly errors?: unknown };
  if (Array.isArray(errors) && errors.length > 0) return [...new Set(errors.map(wordsOf))].join("; ");
  return typeof message === "string" && message !== "" ? message : String(error);
}

/** One thing wrong in what a user configured. */
export interface ConfigProblem {
  /** Where, as the user would write it: `tenants[3].http`. */
  readonly path: string;
  /** What is wrong and what would be right. */
  readonly message: string;
  readonly tenant?: string;
}

/** Bad configuration: carries every problem found, never only the first. Nothing was changed. */
export class ConfigError extends CertfrontError {
  override name = "ConfigError";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map((p) => `  ${p.path}: ${p.message}${p.tenant ? ` (tenant ${p.tenant})` : ""}`);
    super(`${problems.length} problem${problems.length === 1 ? "" : "s"} in the configuration:\n${lines.join("\n")}`, {
      code: "CONFIG_INVALID",
      advice: "Correct every line above and run again; nothing was changed.",
    });
    this.problems = problems;
  }
}
