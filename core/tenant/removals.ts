import { CertfrontError } from "../base/errors";

/** Removed at once without a word. One is always a tenant that leaves; more than this, or a tenth, is likelier a list that was cut off. */
const MOST = 5;
const LARGEST_SHARE = 0.1;
/** Names in a message; all of a hundred thousand would hide the rest of it. */
const SHOWN = 20;

/**
 * A list that removes many tenants at once is taken for a mistake until somebody says how many are meant: their sites would be gone within seconds.
 * @param removed their domains
 * @param before how many tenants there were
 * @param allowed `allowRemovals`: how many may go
 * @throws CertfrontError naming them, with the way to mean it
 */
export function checkRemovals(removed: readonly string[], before: number, allowed: number): void {
  const few = removed.length <= 1 || (removed.length <= MOST && removed.length <= before * LARGEST_SHARE);
  const emptied = removed.length === before;
  if ((few && !emptied) || removed.length <= allowed) return;
  const share = Math.round((100 * removed.length) / before);
  throw new CertfrontError(
    `This list removes ${removed.length} of ${before} tenant${before === 1 ? "" : "s"} (${share} %): ${someOf(removed)}. Nothing was changed.`,
    {
      code: "REMOVALS_REFUSED",
      advice: `If it is meant: pulumi config set allowRemovals ${removed.length} && pulumi up, then pulumi config rm allowRemovals. Without it, no more than ${MOST} tenants and no more than a tenth go at once, and never the last.`,
    },
  );
}

/** `a, b, c and 17 more`. */
export function someOf(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return more > 0 ? `${names.slice(0, SHOWN).join(", ")} and ${more} more` : names.join(", ");
}
