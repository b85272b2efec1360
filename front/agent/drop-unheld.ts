import * as path from "node:path";
import type { FrontSettings } from "../settings";
import { certificatesOf, type HeldTenant } from "./held-tenant";
import { fileStem } from "./policy";
import { hostOf, policyOfHeld } from "./startup-files";
import type { TenantLoader } from "./tenant-loader";

/**
 * Takes out of HAProxy what no tenant holds, such as one removed while HAProxy was down. Only after a complete load: never on a guess.
 * @param served all that is to be served
 * @param failing domains that the table has and this front could not bring to what it says: what HAProxy serves of them stays
 */
export async function dropUnheld(
  loader: TenantLoader,
  served: Iterable<HeldTenant>,
  failing: ReadonlySet<string>,
  settings: FrontSettings,
): Promise<void> {
  const files = new Set<string>();
  const hosts = new Set<string>();
  const exceptions = new Set<string>();
  for (const held of served) {
    for (const { file } of certificatesOf(held)) files.add(file);
    const policy = policyOfHeld(held, settings);
    for (const host of policy.hosts.keys()) hosts.add(host);
    for (const prefix of policy.exceptions) exceptions.add(prefix);
  }
  const missingIn = (of: Iterable<string>, known: Set<string>): string[] => [...of].filter((one) => !known.has(one));
  const { mirror } = loader;
  const stems = new Set([...failing].flatMap(stemsOf));
  for (const file of mirror.certificates.keys()) if (stems.has(stemOf(file))) files.add(file);
  for (const [host, fields] of mirror.policies) if (failing.has(ownerOf(fields))) hosts.add(host);
  for (const prefix of mirror.exceptions) {
    if (failing.has(ownerOf(mirror.policies.get(hostOf(prefix)) ?? ""))) exceptions.add(prefix);
  }
  for (const file of missingIn(mirror.certificates.keys(), files)) await loader.dropCertificate(file);
  for (const host of missingIn(mirror.policies.keys(), hosts)) await loader.dropPolicy(host);
  for (const prefix of missingIn(mirror.exceptions, exceptions)) await loader.dropException(prefix);
}

/** The domain that a line of the policy map belongs to. */
export const ownerOf = (fields: string): string => fields.slice(0, fields.indexOf("|"));

/** None of a domain that is none, which an item of the table may name: nothing is served of it. */
function stemsOf(domain: string): string[] {
  try {
    return [fileStem(domain)];
  } catch {
    return [];
  }
}

/** Certificates are called `<stem>~<hash>.pem` (next-certificate.ts). */
const stemOf = (file: string): string => path.basename(file).replace(/~[0-9a-f]+\.pem$/, "");
