import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";

/** What a front instance has before its user data ran, near enough: systemd is installed but is not process 1 here. */
const BARE = ["cloud-init", "systemd", "ca-certificates", "openssl", "util-linux"];
/** What a front instance has afterwards, and the tools that look at it from outside. */
const TOOLS = ["haproxy", "nodejs", "testssl.sh", "nginx-light", "procps", "bsdextrautils", "dnsutils"];

/** `bare`: a Debian 13 cloud image as it boots first. `tools`: with HAProxy, Node.js, testssl.sh and nginx. */
export type TrixieLayer = "bare" | "tools";

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Directories of this machine to show at the same path inside. */
  readonly binds?: readonly string[];
  /** Milliseconds after which everything inside is killed; default 5 minutes. */
  readonly timeoutMs?: number;
}

export interface RunResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A Debian 13 in a directory. Each `fresh()` is a copy-on-write view of it that forgets on `close()`; processes in it share
 * this machine's network and nothing else of its file system but the binds.
 */
export interface TrixieRoot {
  readonly layer: TrixieLayer;
  fresh(): TrixieView;
}

/** One throw-away view. Files written by one command are there for the next, until `close()`. */
export interface TrixieView {
  /** Ends with the command's own code; never throws for it. */
  run(command: string, options?: RunOptions): Promise<RunResult>;
  /** A long-running command; killing the child with SIGKILL ends everything that it started inside. */
  spawn(argv: readonly string[], options?: RunOptions): ChildProcess;
  close(): void;
}

/**
 * The Debian 13 root under `.cache/`, made on first use (a minute and some 700 MB) with debootstrap from the mirror that this
 * machine's own apt uses. Safe to call from several processes at once.
 * @returns or why it cannot be had here, in a sentence
 */
export function trixieRoot(root: string, layer: TrixieLayer): TrixieRoot | { readonly unavailable: string } {
  const mirrors = process.getuid?.() === 0 ? aptMirrors() : undefined;
  if (mirrors === undefined) return { unavailable: "A Debian 13 root needs the superuser and a Debian with apt." };
  if (!existsSync("/usr/sbin/debootstrap")) return { unavailable: "A Debian 13 root needs the package debootstrap." };
  const home = path.join(root, ".cache", "trixie");
  mkdirSync(home, { recursive: true });
  const build = buildScript(mirrors);
  try {
    execFileSync("flock", [path.join(home, "lock"), "sh", "-euc", build, "trixie", home, layer], {
      stdio: ["ignore", "pipe", "pipe"],
      encoding: "utf8",
      maxBuffer: 64 << 20,
    });
  } catch (error) {
    const output = error as { stdout?: string; stderr?: string };
    const last = `${output.stdout ?? ""}\n${output.stderr ?? ""}`.trim().split("\n").slice(-5).join("\n");
    return { unavailable: `The Debian 13 root could not be made: ${last}` };
  }
  const lower = layer === "bare" ? `${home}/bare` : `${home}/tools:${home}/bare`;
  return { layer, fresh: () => view(lower) };
}

function view(lower: string): TrixieView {
  const directory = mkdtempSync(path.join(tmpdir(), "certfront-trixie-"));
  for (const part of ["upper", "work", "root"]) mkdirSync(path.join(directory, part));
  const start = (argv: readonly string[], options: RunOptions = {}) =>
    spawn(
      "unshare",
      // The mounts belong to the processes: when they end, nothing is left to unmount.
      [
        ...["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"],
        ...["sh", "-euc", ENTER, "enter", directory, lower, (options.binds ?? []).join("\n"), ...argv],
      ],
      { env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LANG: "C.UTF-8", HOME: "/root", ...options.env } },
    );
  return {
    spawn: start,
    run: (command, options = {}) => finished(start(["sh", "-c", command], options), options.timeoutMs ?? 300_000),
    close: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function finished(child: ChildProcess, timeoutMs: number): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const output = { stdout: "", stderr: "" };
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
    child.stdin?.end();
    const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ code, ...output });
    });
  });
}

/** Mounts the view and goes in: directory, lower layers, binds (one per line), then the command. */
const ENTER = `
dir="$1" lower="$2" binds="$3"; shift 3
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$dir/upper,workdir=$dir/work" "$dir/root"
mount -t proc proc "$dir/root/proc"
mount -t tmpfs tmpfs "$dir/root/dev" -o mode=755
for node in null zero full random urandom tty; do touch "$dir/root/dev/$node"; mount --bind "/dev/$node" "$dir/root/dev/$node"; done
ln -s /proc/self/fd "$dir/root/dev/fd"; ln -s /proc/self/fd/1 "$dir/root/dev/stdout"; ln -s /proc/self/fd/2 "$dir/root/dev/stderr"
mkdir -p "$dir/root/dev/shm"
cat /etc/resolv.conf > "$dir/root/etc/resolv.conf"; cat /etc/hosts > "$dir/root/etc/hosts"
printf '%s\\n' "$binds" | while read -r bind; do
  [ -z "$bind" ] || { mkdir -p "$dir/root$bind"; mount --bind "$bind" "$dir/root$bind"; }
done
exec chroot "$dir/root" "$@"`;

/** Makes the layers that are missing: `$1` is the directory, `$2` the layer. Under a lock. */
function buildScript(mirrors: { readonly main: string; readonly security: string }): string {
  const sources = [
    `deb ${mirrors.main} trixie main`,
    `deb ${mirrors.main} trixie-updates main`,
    `deb ${mirrors.security} trixie-security main`,
  ].join("\\n");
  const install = "env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install";
  return `
home="$1" bare="$1/bare"
if [ ! -e "$home/bare.complete" ]; then
  rm -rf "$bare"
  debootstrap --variant=minbase trixie "$bare" ${mirrors.main}
  printf '#!/bin/sh\\nexit 101\\n' > "$bare/usr/sbin/policy-rc.d"; chmod 755 "$bare/usr/sbin/policy-rc.d"
  printf '${sources}\\n' > "$bare/etc/apt/sources.list"
  cp /etc/resolv.conf "$bare/etc/resolv.conf"
  chroot "$bare" apt-get -qq update
  chroot "$bare" ${install} ${BARE.join(" ")}
  touch "$home/bare.complete"
fi
[ "$2" = tools ] || exit 0
if [ ! -e "$home/tools.complete" ]; then
  rm -rf "$home/tools" "$home/work" "$home/root"; mkdir -p "$home/tools" "$home/work" "$home/root"
  unshare --mount --propagation private sh -euc '
    mount -t overlay overlay -o "lowerdir=$1/bare,upperdir=$1/tools,workdir=$1/work" "$1/root"
    mount -t proc proc "$1/root/proc"
    chroot "$1/root" ${install} ${TOOLS.join(" ")}' tools "$home"
  touch "$home/tools.complete"
fi`;
}

/** The mirrors that this machine's apt uses; undefined on anything but Debian. */
function aptMirrors(): { readonly main: string; readonly security: string } | undefined {
  if (!existsSync("/usr/bin/apt-get") || !existsSync("/etc/debian_version")) return undefined;
  const listed = execFileSync(
    "apt-get",
    ["indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"],
    { encoding: "utf8" },
  );
  const lines = listed.split("\n").map((line) => line.split(" "));
  const archive = lines.find(([uri, release]) => uri?.includes("debian") && /^[a-z]+$/.test(release ?? ""))?.[0];
  const security = lines.find(([, release]) => release?.endsWith("-security"))?.[0];
  return archive ? { main: archive, security: security ?? archive } : undefined;
}
