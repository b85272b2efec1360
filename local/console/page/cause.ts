import type { TenantView } from "../../../core/status/view";

/** Of what is seen where the issuer gave no reason. */
export const SENTENCES: Readonly<Partial<Record<string, string>>> = {
  EXPIRED: "The certificate has ended.",
  RENEWAL_OVERDUE: "The renewal was due and has not happened.",
  NOT_ON_EVERY_FRONT: "A front does not serve the present certificate.",
};

export function sentenceOf(cause: string, tenant: TenantView): string | undefined {
  const { renewal, fronts } = tenant;
  if (cause === "RENEWAL_OVERDUE" && renewal)
    return `Its renewal was due on ${renewal.at.slice(0, 10)} and has not happened.`;
  const [behind] = fronts.behind;
  if (cause === "NOT_ON_EVERY_FRONT" && behind) return `Not served by ${behind.front}: ${behind.problem}`;
  return SENTENCES[cause];
}
