import type { ReasonCode } from "./reason";
import type { TenantRecord } from "./record";

/** Who has to do something: the customer who owns the domain, the operator of this service, or nobody, for time does it. */
export type Turn = "owner" | "us" | "nobody";

const TURNS: Readonly<Record<ReasonCode, Turn>> = {
  DNS_NXDOMAIN: "owner",
  DNS_NOT_POINTING: "owner",
  DNS_AAAA_STALE: "owner",
  DNS_SERVFAIL: "owner",
  OWNERSHIP_UNPROVEN: "owner",
  CAA_FORBIDS: "owner",
  PROXY_IN_FRONT: "owner",
  PORT80_UNREACHABLE: "us",
  TOKEN_MISMATCH: "us",
  CA_REJECTED: "us",
  ACCOUNT_ERROR: "us",
  INTERNAL: "us",
  RATE_LIMITED: "nobody",
  CA_DOWN: "nobody",
  PAUSED_BY_CA: "us",
  WAITING: "nobody",
  REMOVED: "us",
};

/** Whose turn it is while a tenant has this reason. */
export function turnOf(code: ReasonCode): Turn {
  return TURNS[code];
}

/** Whom a tenant without a certificate waits for; undefined: it is on its way, or there. What its visitors are told goes by this. */
export function waitsFor({
  certificate,
  reason,
}: Pick<TenantRecord, "certificate" | "reason">): "owner" | "us" | undefined {
  if (certificate || !reason) return undefined;
  const turn = turnOf(reason.code);
  return turn === "nobody" ? undefined : turn;
}
