import { CertfrontError } from "../../core/base/errors";

/** Reads the variables that the Pulumi program sets (docs/contracts.md); every error names the variable. */
export class Environment {
  constructor(private readonly variables: NodeJS.ProcessEnv) {}

  required(name: string): string {
    const value = this.variables[name];
    if (!value) throw invalid(name, "is not set");
    return value;
  }

  optional(name: string): string | undefined {
    return this.variables[name] || undefined;
  }

  /** @throws CertfrontError where it is set to something that is not a positive number */
  positiveNumber(name: string, otherwise: number): number {
    const text = this.optional(name);
    const value = text === undefined ? otherwise : Number(text);
    if (!Number.isFinite(value) || value <= 0) throw invalid(name, "is not a positive number");
    return value;
  }

  json(name: string): unknown {
    try {
      return JSON.parse(this.required(name));
    } catch (error) {
      if (error instanceof SyntaxError) throw invalid(name, "is not JSON");
      throw error;
    }
  }

  strings(name: string): string[] {
    const value = this.json(name);
    if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
      throw invalid(name, "is not a JSON array of strings");
    }
    return value;
  }
}

export function invalid(name: string, what: string): CertfrontError {
  return new CertfrontError(`The environment variable ${name} ${what}.`, {
    code: "ENVIRONMENT_INVALID",
    advice: "It is set by the Pulumi program: run pulumi up again.",
  });
}
