import type { FrontItem } from "../../core/record/record";
import { namesOf } from "../../core/tenant/tenant";
import type { FrontPaths } from "../settings";
import { readIfThere } from "./atomic-file";
import { certificatesOf, type HeldCertificate, type HeldTenant } from "./held-tenant";
import {
  type NextCertificate,
  nextCertificate,
  type VerifiedCertificate,
  verifiedCertificate,
  verifiedStored,
} from "./next-certificate";

/**
 * All that a tenant is served with next, no name twice: the stored certificates, else those being served, in either case with the
 * tenant's present names and options.
 * @param problems gets what stood in the way of a stored one
 */
export async function nextCertificates(
  item: FrontItem,
  previous: HeldTenant | undefined,
  paths: FrontPaths,
  now: number,
  problems: unknown[],
): Promise<readonly NextCertificate[]> {
  const lacking = new Set(namesOf(item.tenant));
  const found: NextCertificate[] = [];
  const take = (verified: VerifiedCertificate | undefined): void => {
    const next = verified && nextCertificate(item.tenant, verified, paths, lacking);
    if (!next) return;
    found.push(next);
    for (const name of next.certificate.names) lacking.delete(name);
  };
  const refused: unknown[] = [];
  const attempt = (stored: () => VerifiedCertificate | undefined): VerifiedCertificate | undefined => {
    try {
      return stored();
    } catch (error) {
      refused.push(error);
      return undefined;
    }
  };

  const present = attempt(() => verifiedCertificate(item, previous, now));
  take(present ?? (previous?.certificate && (await asHeld(previous.certificate))));
  // One that has expired since it was stored had its time.
  for (const stored of item.further ?? []) {
    if (stored.summary.notAfter > now) take(attempt(() => verifiedStored(stored, now)));
  }
  if (refused.length > 0) {
    const good = certificatesOf(previous).filter(({ summary }) => !item.revoked?.includes(summary.fingerprint));
    for (const one of good) take(await asHeld(one));
  }
  problems.push(...refused);
  return found;
}

async function asHeld({ file, summary }: HeldCertificate): Promise<VerifiedCertificate | undefined> {
  const pem = await readIfThere(file);
  return pem === undefined ? undefined : { pem, summary };
}
