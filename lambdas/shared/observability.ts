import { Logger } from "@aws-lambda-powertools/logger";

/** Structured log lines, one JSON object each. Nothing secret may be passed as a field. */
export function createLogger(serviceName: string, stack: string): Logger {
  return new Logger({ serviceName, logLevel: "INFO", persistentKeys: { stack } });
}
