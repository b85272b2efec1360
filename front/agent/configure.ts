import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { promisify } from "node:util";
import * as z from "zod/mini";
import { CertfrontError } from "../../core/base/errors";
import { type HaproxyBuild, parseHaproxyBuild } from "../haproxy-build";
import { haproxyConfig } from "../haproxy-config";
import { type FrontSettings, frontPaths } from "../settings";
import { otherOwner, prepareAs } from "./as-owner";
import { readIfThere, writeAtomic } from "./atomic-file";
import { defaultCertificate } from "./default-certificate";
import { writePages } from "./pages";
import { writeReady, writeStartupFiles } from "./startup-files";
import { TenantFiles } from "./tenant-files";
import { ensureTicketKeyFile } from "./ticket-keys";
import { readUpstreamFile, serverLines } from "./upstream-file";

/**
 * Writes everything HAProxy needs to start: on a new machine an empty front, else the last good set, without what is damaged. Safe
 * at any time; it runs before every start of HAProxy. Where root runs it, all but haproxy.cfg is read and written as the owner of the
 * agent's folder, and haproxy.cfg is made of checked values only: nothing of the agent becomes root.
 */
export async function configure(settings: FrontSettings): Promise<{ tenants: number }> {
  await fs.mkdir(settings.directory, { recursive: true, mode: 0o700 });
  for (const file of [settings.haproxyConfig, settings.socket]) await fs.mkdir(path.dirname(file), { recursive: true });
  const build = await haproxyBuild();
  const owner = await otherOwner(settings.directory);
  const prepared: unknown = owner ? JSON.parse(await prepareAs(owner, settings)) : await prepare(settings);
  const { tenants, upstreams } = PREPARED.parse(prepared);
  await writeAtomic(settings.haproxyConfig, haproxyConfig(settings, build, serverLines(upstreams)), 0o644);
  return { tenants };
}

/** What comes of the agent's folder. */
const PREPARED = z.object({ tenants: z.number(), upstreams: z.optional(z.unknown()) });

/** Everything under the agent's folder, with the rights of whoever runs it. */
export async function prepare(settings: FrontSettings): Promise<{ tenants: number; upstreams?: unknown }> {
  const paths = frontPaths(settings);
  await fs.chmod(settings.directory, 0o700);
  for (const directory of [paths.certificates, paths.tenants, paths.departed, paths.clientCas]) {
    await fs.mkdir(directory, { recursive: true, mode: 0o700 });
  }
  await writePages(settings);
  await ensureTicketKeyFile(paths.ticketKeys);
  if ((await readIfThere(paths.defaultCertificate)) === undefined) {
    await writeAtomic(paths.defaultCertificate, defaultCertificate());
  }
  if ((await readIfThere(paths.readyMap)) === undefined) await writeReady(settings, false);
  const files = new TenantFiles(settings);
  const held = await files.all();
  const departed = (await files.departures()).map(({ previous }) => previous);
  await writeStartupFiles(settings, held, departed);
  return { tenants: held.length, upstreams: await readUpstreamFile(paths.upstreams) };
}

async function haproxyBuild(): Promise<HaproxyBuild> {
  try {
    const { stdout } = await promisify(execFile)("haproxy", ["-vv"], {
      env: { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin:/usr/local/sbin` },
    });
    return parseHaproxyBuild(stdout);
  } catch (error) {
    throw new CertfrontError("HAProxy cannot be run on this machine.", {
      code: "HAPROXY_MISSING",
      advice: "Install the package haproxy, 2.6 or newer.",
      cause: error,
    });
  }
}
