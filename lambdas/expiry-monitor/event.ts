import { CertfrontError } from "../../core/base/errors";
import type { Remaining } from "./check-shards";
import { SHARDS } from "./monitor-table";

export type MonitorRequest =
  | { readonly operation: "sweep" }
  | { readonly operation: "check"; readonly remaining: Remaining };

/** @throws CertfrontError for anything that the schedule or the monitor itself does not send */
export function parseEvent(event: unknown): MonitorRequest {
  const { operation, shards, cursor } = (event ?? {}) as Record<string, unknown>;
  if (operation === "sweep") return { operation };
  const valid =
    operation === "check" &&
    Array.isArray(shards) &&
    shards.every((shard) => Number.isInteger(shard) && shard >= 0 && shard < SHARDS) &&
    (cursor === undefined || typeof cursor === "string");
  if (!valid) {
    throw new CertfrontError(
      `The expiry monitor does not know what to do with operation ${JSON.stringify(operation)}.`,
      {
        code: "EVENT_INVALID",
        advice: 'Send {"operation": "sweep"}.',
      },
    );
  }
  return {
    operation,
    remaining: { shards: shards as number[], ...(cursor !== undefined && { cursor: cursor as string }) },
  };
}
