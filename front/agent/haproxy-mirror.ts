import { inParallel } from "../../core/base/in-parallel";
import { UPSTREAM_BACKENDS } from "../haproxy-config";
import { type FrontPaths, frontPaths } from "../settings";
import type { Haproxy } from "./haproxy";

/** What HAProxy holds right now, as far as the agent may change it. Read once per HAProxy process, then kept in step. */
export interface HaproxyMirror {
  /** Certificate file → SHA-1 of its leaf; "" where not asked yet. */
  readonly certificates: Map<string, string>;
  readonly crtList: Set<string>;
  /** Client CAs and revocation lists. */
  readonly clientFiles: Set<string>;
  readonly policies: Map<string, string>;
  readonly exceptions: Set<string>;
  /** Server name → address. */
  readonly servers: Map<string, string>;
}

/** Asks for the fingerprint of every certificate, so that nothing is believed about a process that somebody else started. */
export async function readMirror(haproxy: Haproxy, settings: { directory: string }): Promise<HaproxyMirror> {
  const paths: FrontPaths = frontPaths(settings);
  const certificates = new Map<string, string>();
  const files = await haproxy.certificateFiles();
  files.delete(paths.defaultCertificate);
  await inParallel(files, 32, async (file) => {
    certificates.set(file, (await haproxy.fingerprint(file)) ?? "");
  });
  const crtList = await haproxy.crtListFiles(paths.crtList);
  crtList.delete(paths.defaultCertificate);
  const clientFiles = await haproxy.clientFiles();
  const servers = new Map<string, string>();
  for (let index = 0; index < UPSTREAM_BACKENDS; index++) {
    for (const [name, { address }] of await haproxy.servers(`u${index}`))
      if (name !== "cas") servers.set(name, address);
  }
  return {
    certificates,
    crtList,
    clientFiles: new Set([...clientFiles].filter((file) => file.startsWith(`${paths.clientCas}/`))),
    policies: await haproxy.map(paths.policyMap),
    exceptions: new Set((await haproxy.map(paths.exceptionMap)).keys()),
    servers,
  };
}
