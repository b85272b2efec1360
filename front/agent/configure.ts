import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { promisify } from "node:util";
import { CertfrontError } from "../../core/base/errors";
import { haproxyConfig } from "../haproxy-config";
import { type FrontSettings, frontPaths } from "../settings";
import { readIfThere, writeAtomic } from "./atomic-file";
import { defaultCertificate } from "./default-certificate";
import { writePages } from "./pages";
import { writeReady, writeStartupFiles } from "./startup-files";
import { TenantFiles } from "./tenant-files";
import { ensureTicketKeyFile } from "./ticket-keys";
import { readUpstreamLines } from "./upstreams";

/**
 * Writes everything HAProxy needs to start: on a new machine an empty front, else the last good set, without what is damaged. Safe
 * at any time; it runs before every start of HAProxy.
 */
export async function configure(settings: FrontSettings): Promise<{ tenants: number }> {
  const paths = frontPaths(settings);
  await fs.mkdir(settings.directory, { recursive: true, mode: 0o700 });
  await fs.chmod(settings.directory, 0o700);
  for (const directory of [paths.certificates, paths.tenants, paths.clientCas]) {
    await fs.mkdir(directory, { recursive: true, mode: 0o700 });
  }
  for (const file of [settings.haproxyConfig, settings.socket]) await fs.mkdir(path.dirname(file), { recursive: true });
  await writePages(paths.pages);
  await ensureTicketKeyFile(paths.ticketKeys);
  if ((await readIfThere(paths.defaultCertificate)) === undefined) {
    await writeAtomic(paths.defaultCertificate, defaultCertificate());
  }
  if ((await readIfThere(paths.readyMap)) === undefined) await writeReady(settings, false);
  const held = await new TenantFiles(settings).all();
  await writeStartupFiles(settings, held);
  const upstreams = await readUpstreamLines(paths.upstreams);
  await writeAtomic(settings.haproxyConfig, haproxyConfig(settings, await haproxyVersion(), upstreams), 0o644);
  return { tenants: held.length };
}

/** As `haproxy -v` says it, such as `3.0.11`. */
async function haproxyVersion(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)("haproxy", ["-v"], {
      env: { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin:/usr/local/sbin` },
    });
    return /version ([0-9.]+)/.exec(stdout)?.[1] ?? "unknown";
  } catch (error) {
    throw new CertfrontError("HAProxy cannot be run on this machine.", {
      code: "HAPROXY_MISSING",
      advice: "Install the package haproxy, 2.6 or newer.",
      cause: error,
    });
  }
}
