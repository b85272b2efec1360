import type { Reason } from "../record/reason";

/** The steps of a tenant that people watch, in order. */
export const STEPS = [
  "dns",
  "caa",
  "token",
  "order",
  "accepted",
  "validated",
  "finalized",
  "issued",
  "stored",
] as const;
export type Step = (typeof STEPS)[number];

/** Names of the issuer's counters and gauges (core/base/metrics.ts). */
export type IssuerMetric =
  | "ordersCreated"
  | "ordersFailed"
  | "certificatesIssued"
  | "issuanceSeconds"
  | "caLimitUsedMax"
  | "tenantsDue";

/** Told what happens; logs and counts it. Must not throw. Never given a secret. */
export interface Observer {
  /** @param ms since work on this tenant began in this invocation */
  step(tenant: string, step: Step, ms: number): void;
  setback(tenant: string, reason: Reason, nextActionAt: number, error?: unknown): void;
  metric(name: IssuerMetric, value: number): void;
}
