import type { FrontCertificate, FrontItem } from "../../core/record/record";
import { isSealed, SealError } from "../../core/seal/envelope";
import type { Opener } from "../../core/seal/opener";
import { namesOf } from "../../core/tenant/tenant";
import type { FrontPaths } from "../settings";
import { readIfThere } from "./atomic-file";
import { certificatesOf, type HeldCertificate, type HeldTenant } from "./held-tenant";
import { isKeysUnreachable } from "./key-opener";
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
 * @param keys opens the stored ones' keys
 * @param problems gets what stood in the way of a stored one
 * @throws KeysUnreachableError where a key is needed that this front has not, and KMS does not open it
 */
export async function nextCertificates(
  item: FrontItem,
  previous: HeldTenant | undefined,
  paths: FrontPaths,
  keys: Pick<Opener, "privateKey">,
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
  const attempt = async (
    stored: FrontCertificate | undefined,
    verify: (opened: FrontCertificate) => VerifiedCertificate,
  ): Promise<VerifiedCertificate | undefined> => {
    if (!stored) return undefined;
    try {
      if (previous?.sealed && !isSealed(stored.key)) {
        throw new SealError("The stored key is in PEM, and was sealed before.", item.domain);
      }
      return verify({ ...stored, key: await openedKey(stored, item, keys) });
    } catch (error) {
      if (isKeysUnreachable(error)) return asServed(stored, previous, error);
      refused.push(error);
      return undefined;
    }
  };

  const present = await attempt(item.certificate, (opened) => verifiedCertificate(opened, item, previous, now));
  take(present ?? (previous?.certificate && (await asHeld(previous.certificate))));
  // One that has expired since it was stored had its time.
  for (const stored of item.further ?? []) {
    if (stored.summary.notAfter > now) take(await attempt(stored, (opened) => verifiedStored(opened, now)));
  }
  if (refused.length > 0) {
    const good = certificatesOf(previous).filter(({ summary }) => !item.revoked?.includes(summary.fingerprint));
    for (const one of good) take(await asHeld(one));
  }
  problems.push(...refused);
  return found;
}

/** @throws SealError where the key is not this tenant's */
function openedKey(
  { key, summary }: FrontCertificate,
  item: FrontItem,
  keys: Pick<Opener, "privateKey">,
): Promise<string> {
  const { issuedTo = item.domain } = summary;
  // What came with a name has that name; anything else was moved here.
  if (issuedTo !== item.domain && !namesOf(item.tenant).some((name) => summary.names.includes(name))) {
    throw new SealError(`The stored key was sealed for ${issuedTo}.`, item.domain);
  }
  return keys.privateKey(key, issuedTo);
}

/** What is served already needs no key: policy goes on changing while KMS does not answer. */
async function asServed(
  { summary }: FrontCertificate,
  previous: HeldTenant | undefined,
  error: unknown,
): Promise<VerifiedCertificate> {
  const held = certificatesOf(previous).find((one) => one.summary.fingerprint === summary.fingerprint);
  const same = held && (await asHeld(held));
  if (!same) throw error;
  return same;
}

async function asHeld({ file, summary }: HeldCertificate): Promise<VerifiedCertificate | undefined> {
  const pem = await readIfThere(file);
  return pem === undefined ? undefined : { pem, summary };
}
