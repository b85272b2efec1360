import { type FrontPaths, type FrontSettings, frontPaths } from "../settings";
import { writeAtomic } from "./atomic-file";
import { trustedSince } from "./client-trust";
import { certificatesOf, type HeldCertificate, type HeldTenant, servedNamesOf } from "./held-tenant";
import { policyOf } from "./policy";

/** What one tenant adds to the start-up files; the same as what it has at run time. */
export function policyOfHeld(held: HeldTenant, settings: FrontSettings): ReturnType<typeof policyOf> {
  const since = (name: string) => trustedSince(held, name);
  return policyOf(held.tenant, servedNamesOf(held), settings.defaultUpstream, since, held.waitsFor);
}

export function crtListLine(certificate: HeldCertificate): string {
  return [certificate.file, certificate.options, ...certificate.names].filter((word) => word !== "").join(" ");
}

/**
 * Writes the crt-list and the maps that HAProxy reads when it starts. At run time HAProxy is changed through its socket, so these
 * matter at its next start only, and are written a little later than the change, as a whole (run.ts).
 */
export async function writeStartupFiles(settings: FrontSettings, held: Iterable<HeldTenant>): Promise<void> {
  const paths: FrontPaths = frontPaths(settings);
  // The first line of a crt-list also answers for names it does not list; this one belongs to nobody, and strict-sni hides it.
  const crtList = [`${paths.defaultCertificate} !*`];
  const hosts: string[] = [];
  const exceptions: string[] = [];
  for (const one of held) {
    const policy = policyOfHeld(one, settings);
    for (const [name, fields] of policy.hosts) hosts.push(`${name} ${fields}`);
    for (const prefix of policy.exceptions) exceptions.push(`${prefix} 1`);
    crtList.push(...certificatesOf(one).map(crtListLine));
  }
  const lines = (of: readonly string[]): string => of.map((line) => `${line}\n`).join("");
  await writeAtomic(paths.crtList, lines(crtList));
  await writeAtomic(paths.policyMap, lines(hosts));
  await writeAtomic(paths.exceptionMap, lines(exceptions));
}

/** The health gate as it is after HAProxy's next start. */
export async function writeReady(settings: FrontSettings, ready: boolean): Promise<void> {
  await writeAtomic(frontPaths(settings).readyMap, `ready ${ready ? 1 : 0}\n`);
}
