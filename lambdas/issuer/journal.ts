import type { Logger } from "@aws-lambda-powertools/logger";
import { type Clock, systemClock } from "../../core/base/clock";
import { METRICS } from "../../core/base/metrics";
import type { IssuerMetric, Observer, Step } from "../../core/issue/observer";
import type { FrontMetric } from "../../core/record/front-metrics";
import type { Reason } from "../../core/record/reason";
import { emfDocuments, type MetricUnit, type MetricValue } from "../../wire/aws/emf";

type Metric = IssuerMetric | FrontMetric | "reconcileHeartbeat";

const UNITS: Record<Metric, MetricUnit> = {
  ordersCreated: "Count",
  ordersFailed: "Count",
  certificatesIssued: "Count",
  issuanceSeconds: "Seconds",
  caLimitUsedMax: "None",
  tenantsDue: "Count",
  reconcileHeartbeat: "Count",
  frontHeartbeat: "Count",
  frontCertificates: "Count",
  frontRevisionLagSeconds: "Seconds",
  frontSyncFailures: "Count",
  frontSelfCheckMismatches: "Count",
};

/** Logs each step of a tenant as one line, and gathers an invocation's metrics into one. */
export class Journal implements Observer {
  private values: MetricValue[] = [];

  constructor(
    private readonly stack: string,
    private readonly logger: Logger,
    private readonly clock: Clock = systemClock,
    private readonly write: (line: string) => void = toStandardOutput,
  ) {}

  step(tenant: string, step: Step, ms: number): void {
    this.logger.info("tenant step", { tenant, step, ms });
  }

  setback(tenant: string, reason: Reason, nextActionAt: number, error?: unknown): void {
    const fields = { tenant, reason: reason.code, sentence: reason.sentence, nextActionAt };
    if (reason.code === "INTERNAL")
      this.logger.error("tenant failed", { ...fields, ...(error instanceof Error && { error }) });
    else
      this.logger.info("tenant waits", { ...fields, ...(reason.problemType && { problemType: reason.problemType }) });
  }

  metric(name: Metric, value: number): void {
    this.values.push({ name: METRICS[name], unit: UNITS[name], value });
  }

  /** At the end of each invocation. */
  publish(): void {
    for (const document of emfDocuments(this.stack, this.values, this.clock.now()))
      this.write(JSON.stringify(document));
    this.values = [];
  }
}

/** Past Lambda's patched console, which would wrap the line and so hide the metrics from CloudWatch. */
function toStandardOutput(line: string): void {
  process.stdout.write(`${line}\n`);
}
