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

/** Of a `host/path` prefix. */
export const hostOf = (prefix: string): string => prefix.slice(0, prefix.indexOf("/"));

export function crtListLine(certificate: HeldCertificate): string {
  return [certificate.file, certificate.options, ...certificate.names].filter((word) => word !== "").join(" ");
}

/**
 * Writes the crt-list and the maps that HAProxy reads when it starts. At run time HAProxy is changed through its socket, so these
 * matter at its next start only, and are written a little later than the change, as a whole (run.ts).
 * @param departed what is served on until others have its names: behind all that is held, whose lines go before
 */
export async function writeStartupFiles(
  settings: FrontSettings,
  held: Iterable<HeldTenant>,
  departed: Iterable<HeldTenant> = [],
): Promise<void> {
  const paths: FrontPaths = frontPaths(settings);
  // The first line of a crt-list also answers for names it does not list; this one belongs to nobody, and strict-sni hides it.
  const crtList = [`${paths.defaultCertificate} !*`];
  const hosts = new Map<string, string>();
  const exceptions = new Set<string>();
  const files = new Set<string>();
  const add = (one: HeldTenant, isFree: (host: string) => boolean): void => {
    const policy = policyOfHeld(one, settings);
    // Before the hosts, which are taken once they are set.
    for (const prefix of policy.exceptions) if (isFree(hostOf(prefix))) exceptions.add(prefix);
    for (const [host, fields] of policy.hosts) if (isFree(host)) hosts.set(host, fields);
    for (const certificate of certificatesOf(one).filter(({ file }) => !files.has(file))) {
      files.add(certificate.file);
      crtList.push(crtListLine(certificate));
    }
  };
  for (const one of held) add(one, () => true);
  for (const one of departed) add(one, (host) => !hosts.has(host));
  const lines = (of: readonly string[]): string => of.map((line) => `${line}\n`).join("");
  await writeAtomic(paths.crtList, lines(crtList));
  await writeAtomic(paths.policyMap, lines([...hosts].map(([host, fields]) => `${host} ${fields}`)));
  await writeAtomic(paths.exceptionMap, lines([...exceptions].map((prefix) => `${prefix} 1`)));
}

/** The health gate as it is after HAProxy's next start. */
export async function writeReady(settings: FrontSettings, ready: boolean): Promise<void> {
  await writeAtomic(frontPaths(settings).readyMap, `ready ${ready ? 1 : 0}\n`);
}
