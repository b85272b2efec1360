import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";

/** A program as it runs. */
export interface Running {
  /** Its file; the first of these that is there. */
  readonly files: readonly string[];
  /** ms since 1970. */
  readonly startedAt: number;
}

const HAPROXY = ["/usr/sbin/haproxy", "/usr/local/sbin/haproxy"];
const KERNELS = "/boot";
/** Clocks of files and processes are compared to the second. */
const SECOND = 1_000;

/**
 * What runs on this front and is not what is installed: security updates replace files and restart nothing that serves. The agent may
 * not look into other processes, so it compares when a file came with when its program started.
 * @param haproxyStartedAt ms; absent while HAProxy is not reachable
 */
export async function outdated(haproxyStartedAt: number | undefined, kernels = KERNELS): Promise<string[]> {
  const agent = { files: [process.execPath], startedAt: performance.timeOrigin };
  const programs = [agent, ...(haproxyStartedAt ? [{ files: HAPROXY, startedAt: haproxyStartedAt }] : [])];
  const found = [...(await Promise.all(programs.map(replaced))).flat(), ...(await newerKernel(kernels))];
  return [...new Set(found)].sort();
}

/** The program and those of its libraries whose files came after it started. */
export async function replaced({ files, startedAt }: Running): Promise<string[]> {
  for (const file of files) {
    if ((await changedAt(file)) === 0) continue;
    const { stdout } = await promisify(execFile)("ldd", [file]);
    const libraries = [...stdout.matchAll(/=> (\/\S+) \(/g)].map(([, library = ""]) => library);
    const changes = await Promise.all([file, ...libraries].map(async (one) => ({ one, at: await changedAt(one) })));
    return changes.filter(({ at }) => at > startedAt + SECOND).map(({ one }) => nameOf(one));
  }
  return [];
}

async function newerKernel(directory: string): Promise<string[]> {
  const bootedAt = Date.now() - os.uptime() * SECOND;
  const names = await fs.readdir(directory).catch(() => []);
  const kernels = names.filter((name) => name.startsWith("vmlinuz-"));
  const times = await Promise.all(kernels.map((name) => changedAt(path.join(directory, name))));
  return times.some((at) => at > bootedAt + SECOND) ? ["kernel"] : [];
}

/** When what stands under this name came to be there: a package's files keep an older time of modification. 0 where there is none. */
async function changedAt(file: string): Promise<number> {
  const stat = await fs.stat(file).catch(() => undefined);
  return stat?.ctimeMs ?? 0;
}

const NAMES: readonly (readonly [RegExp, string])[] = [
  [/^haproxy$/, "HAProxy"],
  [/^lib(ssl|crypto)\.so/, "OpenSSL"],
  [/^(node|libnode\.so.*)$/, "Node.js"],
];

function nameOf(file: string): string {
  const base = path.basename(file);
  return NAMES.find(([pattern]) => pattern.test(base))?.[1] ?? base;
}
