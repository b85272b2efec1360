import type { TenantRecord } from "../core/record/record";
import { certificateSummary } from "./records";

export const reason = { code: "CA_REJECTED", sentence: "No." } as const;
export const certificate = certificateSummary("a.example", { notAfter: Date.UTC(2027, 1, 1) });
export const renewal = { renewAt: Date.UTC(2027, 0, 1), source: "ari", inRound: true } as const;
export const order = { id: "1", ca: "first-ca", names: ["a.example"], startedAt: 0 };
/** All that a record may know of a tenant that had trouble. */
export const trouble: Partial<TenantRecord> = {
  state: "renewing",
  lane: "renewal",
  reason,
  failures: 3,
  certificate,
  renewal,
  order,
  nextActionAt: Date.UTC(2027, 0, 1),
  avoidCas: [{ ca: "first-ca", until: Date.UTC(2027, 0, 1) }],
  refusedNames: [{ name: "a.example", reason, until: Date.UTC(2027, 0, 1) }],
  search: { ca: "first-ca", stage: "ordering", good: [], open: [["a.example"]], orders: 1 },
  caFailures: 3,
  revoked: ["other"],
};
