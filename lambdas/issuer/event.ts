import { CertfrontError } from "../../core/base/errors";
import type { Allowed } from "../../core/issue/apply";
import type { SlotClaim } from "../../core/issue/batch-slots";
import { REVOCATION_REASONS, type RevocationReason } from "../../core/issue/operations";
import type { Claim } from "../../core/issue/turn";
import { isObject } from "../../core/tenant/problems";

/** What the issuer can be asked to do (docs/contracts.md, "Events"). */
export type IssuerRequest =
  | ({
      readonly operation: "apply";
      readonly bucket: string;
      readonly key: string;
      readonly sha256: string;
      /** Goes on where an invocation before it had no time left, unless a newer list has come. */
      readonly continues?: boolean;
    } & Allowed)
  | { readonly operation: "reconcile" }
  | { readonly operation: "issue"; readonly claims: readonly Claim[]; readonly slot: SlotClaim }
  | { readonly operation: "status"; readonly domain?: string; readonly cursor?: string }
  | { readonly operation: "revoke"; readonly domain: string; readonly reason: RevocationReason }
  | { readonly operation: "renew"; readonly domain: string }
  | { readonly operation: "account" }
  | { readonly operation: "rotate-ticket-keys"; readonly all?: boolean };

/** @throws CertfrontError saying what is wrong with the event */
export function parseRequest(event: unknown): IssuerRequest {
  const fields = isObject(event) ? event : {};
  const { operation } = fields;
  switch (operation) {
    case "apply":
      return {
        operation,
        bucket: text(fields, "bucket"),
        key: text(fields, "key"),
        sha256: text(fields, "sha256"),
        ...(fields.continues === true && { continues: true }),
        ...allowed(fields),
      };
    case "issue":
      return { operation, claims: claims(fields.claims), slot: slotClaim(fields.slot) };
    case "status":
      return { operation, ...optional(fields, "domain"), ...optional(fields, "cursor") };
    case "revoke":
      return { operation, domain: text(fields, "domain"), reason: revocationReason(fields.reason) };
    case "renew":
      return { operation, domain: text(fields, "domain") };
    case "rotate-ticket-keys":
      if (fields.all !== undefined && typeof fields.all !== "boolean") throw wrong("all must be true or false");
      return { operation, ...(fields.all === true && { all: true }) };
    case "account":
    case "reconcile":
      return { operation };
    default:
      throw wrong(`the operation ${JSON.stringify(operation)} is not known`);
  }
}

type Fields = Readonly<Record<string, unknown>>;

function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== "string" || value === "") throw wrong(`${String(fields.operation)} needs ${name}`);
  return value;
}

function optional<N extends string>(fields: Fields, name: N): { readonly [K in N]?: string } {
  return fields[name] === undefined ? {} : ({ [name]: text(fields, name) } as { readonly [K in N]?: string });
}

function allowed({ allowRemovals, allowTakeovers }: Fields): Allowed {
  if (allowRemovals !== undefined && typeof allowRemovals !== "number") throw wrong("allowRemovals must be a number");
  if (allowTakeovers !== undefined && !Array.isArray(allowTakeovers)) throw wrong("allowTakeovers must be a list");
  return {
    ...(allowRemovals !== undefined && { allowRemovals }),
    ...(allowTakeovers !== undefined && { allowTakeovers: allowTakeovers.map(String) }),
  };
}

function claims(value: unknown): Claim[] {
  if (!Array.isArray(value)) throw wrong("issue needs claims");
  return value.map((claim) => {
    const fields = isObject(claim) ? { operation: "issue", ...claim } : {};
    const inRound = (fields as Fields).inRound === true;
    return { domain: text(fields, "domain"), ...optional(fields, "leaseId"), ...(inRound && { inRound }) };
  });
}

function slotClaim(value: unknown): SlotClaim {
  const fields = isObject(value) ? { operation: "issue", ...value } : {};
  const { slot } = fields as Fields;
  if (typeof slot !== "number") throw wrong("issue needs slot");
  return { slot, holder: text(fields as Fields, "holder") };
}

function revocationReason(value: unknown): RevocationReason {
  if (value === undefined) return "unspecified";
  const known = Object.keys(REVOCATION_REASONS) as RevocationReason[];
  const reason = known.find((candidate) => candidate === value);
  if (!reason) throw wrong(`reason must be one of ${known.join(", ")}`);
  return reason;
}

function wrong(what: string): CertfrontError {
  return new CertfrontError(`The issuer cannot do this: ${what}.`, {
    code: "EVENT_INVALID",
    advice: "Use the certfront command, which sends what the issuer understands.",
  });
}
