import { createHmac } from "node:crypto";
import type { Tenant } from "./tenant";

/** Beside a name, or one of its parents up to the registered domain: whoever has the parent has what is below it. */
export const PROOF_LABEL = "_certfront";

/** 128 bits: nobody finds a second owner with the same value. */
const HEX_DIGITS = 32;

/**
 * What an owner puts into a TXT record to show that a domain is theirs. Another owner's is another one, and so is the same owner's at another stack.
 * Public, as all of DNS: it proves by where it stands, not by being known.
 * @param stack `<project>-<name>`, which is fixed at the first deployment
 */
export function ownershipValue(stack: string, owner: string): string {
  const mac = createHmac("sha256", `certfront ownership ${stack}`).update(owner).digest("hex");
  return `certfront=${mac.slice(0, HEX_DIGITS)}`;
}

/** Whether a tenant of another customer's had this one's names before: only where both say whose they are. */
export function isAnothers(before: Pick<Tenant, "owner">, now: Pick<Tenant, "owner">): boolean {
  return before.owner !== undefined && now.owner !== undefined && before.owner !== now.owner;
}

/** Where the record for a name belongs: at the topmost of the tenant's names that it lies below, so that one does for all of those. */
export function proofName(name: string, names: readonly string[]): string {
  const above = names.filter((one) => one === name || name.endsWith(`.${one}`));
  return `${PROOF_LABEL}.${above.reduce((top, one) => (one.length < top.length ? one : top), name)}`;
}

/** For all of the tenant's names, each once. */
export function proofNames(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => proofName(name, names)))];
}
