import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { aptMirrors, type Mirrors } from "./mirrors";

/** What a front instance has before its user data ran, near enough: systemd is installed but is not process 1 here. */
const BARE = ["cloud-init", "systemd", "ca-certificates", "openssl", "util-linux"];
/** Kept as files in `bare`, so that each first boot fetches them from the mirror only when there is a newer version. */
const DOWNLOADED = ["haproxy", "nodejs", "unattended-upgrades"];
/** What a front instance has afterwards, and the tools that look at it from outside. */
const TOOLS = ["haproxy", "nodejs", "testssl.sh", "nginx-light", "apache2-utils", "procps"];

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
  /** What the view has changed so far, over what it was made of. Write files here before something runs in it. */
  readonly upper: string;
  /**
   * The arguments of a command that runs `argv` inside, as the very process that is started: signals reach it. It sees the
   * root as it was, not what others changed in this view: two mounts cannot share what is above.
   */
  argv(argv: readonly string[], options?: RunOptions): readonly string[];
  /** Ends with the command's own code; never throws for it. Everything it left running is killed. */
  run(command: string, options?: RunOptions): Promise<RunResult>;
  /** Starts systemd as process 1. Resolves at once: booting goes on. */
  boot(options?: RunOptions): BootedTrixie;
  close(): void;
}

/** A Debian 13 that was booted, as a container is. */
export interface BootedTrixie {
  /** Runs a command inside. */
  run(command: string, options?: RunOptions): Promise<RunResult>;
  /** Everything that systemd wrote to its console. */
  console(): string;
  /** Pulls the plug. */
  stop(): Promise<void>;
}

/**
 * The Debian 13 root under `.cache/`, made on first use (a minute and some 700 MB) with debootstrap from the mirror that this
 * machine's own apt uses. Safe to call from several processes at once.
 * @returns or why it cannot be had here, in a sentence
 */
export function trixieRoot(root: string, layer: TrixieLayer): TrixieRoot | { readonly unavailable: string } {
  const plan = buildPlan(root, layer);
  if (plan.unavailable !== undefined) return { unavailable: plan.unavailable };
  try {
    execFileSync("flock", plan.args, {
      stdio: ["ignore", "pipe", "pipe"],
      encoding: "utf8",
      maxBuffer: 64 << 20,
      env: plan.env,
    });
  } catch (error) {
    const output = error as { stdout?: string; stderr?: string };
    const last = `${output.stdout ?? ""}\n${output.stderr ?? ""}`.trim().split("\n").slice(-5).join("\n");
    return { unavailable: `The Debian 13 root could not be made: ${last}` };
  }
  const { bare, tools } = plan;
  const lower = layer === "bare" ? bare : `${tools}:${bare}`;
  return { layer, fresh: () => view(lower) };
}

/** Begins to make it and returns at once: who needs it waits in `trixieRoot`, and is told there what failed. */
export function beginTrixieRoot(root: string): void {
  const plan = buildPlan(root, "tools");
  if (plan.unavailable === undefined)
    spawn("flock", [...plan.args], { stdio: "ignore", detached: true, env: plan.env }).unref();
}

function buildPlan(root: string, layer: TrixieLayer) {
  const mirrors = process.getuid?.() === 0 ? aptMirrors() : undefined;
  if (mirrors === undefined) return { unavailable: "A Debian 13 root needs the superuser and a Debian with apt." };
  if (!existsSync("/usr/sbin/debootstrap")) return { unavailable: "A Debian 13 root needs the package debootstrap." };
  const home = path.join(root, ".cache", "trixie");
  mkdirSync(home, { recursive: true });
  // Named by what they are made of: a change makes a new one and leaves alone what somebody may be running in.
  const bare = path.join(home, `bare-${digest(BARE, DOWNLOADED)}`);
  const tools = path.join(home, `tools-${digest(BARE, DOWNLOADED, TOOLS)}`);
  const args = [path.join(home, "lock"), "sh", "-euc", buildScript(mirrors), "trixie", bare, tools, layer];
  // A folder of this machine's for temporary files is none inside, and packages' scripts fail without it.
  return { bare, tools, args, env: { ...process.env, TMPDIR: "/tmp" } };
}

function view(lower: string): TrixieView {
  const directory = mkdtempSync(path.join(tmpdir(), "certfront-trixie-"));
  let layers = 0;
  const layer = (name: string): string => {
    for (const part of ["upper", "work", "root", "cgroup"])
      mkdirSync(path.join(directory, name, part), { recursive: true });
    return path.join(directory, name);
  };
  const own = layer("own");
  const entering = (script: string, over: string, argv: readonly string[], { env = {}, binds = [] }: RunOptions) => [
    ...["sh", "-euc", MOUNTS + script, "enter", over, lower, binds.join("\n")],
    ...["env", "-i", ...Object.entries({ ...ENVIRONMENT, ...env }).map(([name, value]) => `${name}=${value}`), ...argv],
  ];
  // The mounts belong to the processes: when they end, nothing is left to unmount.
  const unshare = ["unshare", "--mount", "--propagation", "private"];
  const alone = [...unshare, "--pid", "--fork", "--kill-child"];
  return {
    upper: path.join(own, "upper"),
    argv: (argv, options = {}) => [...unshare, ...entering(CHROOT, layer(`${layers++}`), argv, options)],
    run: (command, options = {}) =>
      finished(start([...alone, ...entering(CHROOT, own, ["sh", "-c", command], options)]), options.timeoutMs),
    boot: (options = {}) =>
      booted(own, [...alone, "--cgroup", "--uts", "--ipc"], entering(INIT, own, INIT_ARGV, options)),
    close: () => rmSync(directory, { recursive: true, force: true }),
  };
}

const ENVIRONMENT = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LANG: "C.UTF-8", HOME: "/root" };
const INIT_ARGV = ["container=certfront", "/usr/lib/systemd/systemd", "--show-status=1"];

function start([command = "", ...args]: readonly string[]): ChildProcess {
  return spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
}

function booted(directory: string, isolated: readonly string[], init: readonly string[]): BootedTrixie {
  const group = path.basename(path.dirname(directory));
  const inCgroup = (script: string, ...argv: readonly string[]) => [
    ...["unshare", "--mount", "--propagation", "private", "sh", "-euc"],
    `mount -t cgroup2 cgroup2 "$1/cgroup"; group="$1/cgroup/$2"; shift 2; ${script}`,
    ...["in-cgroup", directory, group, ...argv],
  ];
  const machine = start(inCgroup('mkdir "$group"; echo $$ > "$group/cgroup.procs"; exec "$@"', ...isolated, ...init));
  const ended = once(machine, "close");
  let text = "";
  for (const stream of [machine.stdout, machine.stderr]) stream?.on("data", (chunk: Buffer) => (text += chunk));
  const init1 = () => readFileSync(`/proc/${machine.pid}/task/${machine.pid}/children`, "utf8").trim();
  return {
    run: (command, options = {}) =>
      finished(
        start(["nsenter", "--target", init1(), "--all", "--root", "--wd", "sh", "-c", command]),
        options.timeoutMs,
      ),
    console: () => text,
    stop: async () => {
      machine.kill("SIGKILL");
      await ended;
      // Its output ends before its last process does, and that one may still write into the view.
      const empty = 'until grep -q "populated 0" "$group/cgroup.events"; do sleep 0.05; done';
      await finished(start(inCgroup(`${empty}; find "$group" -depth -type d -exec rmdir {} +`)), 10_000);
    },
  };
}

function finished(child: ChildProcess, timeoutMs = 300_000): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const output = { stdout: "", stderr: "" };
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
    const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ code, ...output });
    });
  });
}

/** Mounts the view: `$1` directory, `$2` lower layers, `$3` binds (one per line); the command is left in `$@`. */
const MOUNTS = `
dir="$1" lower="$2" binds="$3" root="$1/root"; shift 3
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$dir/upper,workdir=$dir/work" "$root"
mount -t proc proc "$root/proc"
# The network is this machine's: its settings are not to be changed from inside.
mount --bind "$root/proc/sys" "$root/proc/sys"; mount -o remount,bind,ro "$root/proc/sys"
mount -t tmpfs tmpfs "$root/dev" -o mode=755
for node in null zero full random urandom tty; do touch "$root/dev/$node"; mount --bind "/dev/$node" "$root/dev/$node"; done
ln -s /proc/self/fd "$root/dev/fd"; ln -s /proc/self/fd/1 "$root/dev/stdout"; ln -s /proc/self/fd/2 "$root/dev/stderr"
mkdir -p "$root/dev/shm" "$root/dev/pts"
cat /etc/resolv.conf > "$root/etc/resolv.conf"
printf '%s\\n' "$binds" | while read -r bind; do
  [ -z "$bind" ] || { mkdir -p "$root$bind"; mount --bind "$bind" "$root$bind"; }
done
`;
const CHROOT = 'exec chroot "$root" "$@"';
// The view becomes the root itself: services' own mount namespaces cannot be made in a chroot.
const INIT = `
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"; ln -s pts/ptmx "$root/dev/ptmx"
hostname front
cd "$root"; mkdir -p .machine; pivot_root . .machine
export PATH=/usr/sbin:/usr/bin:/sbin:/bin; umount -l /.machine
exec "$@"`;

const digest = (...lists: readonly (readonly string[])[]): string =>
  createHash("sha256").update(JSON.stringify(lists)).digest("hex").slice(0, 12);

/** Makes the layers that are missing: `$1` is bare's directory, `$2` that of the tools, `$3` the layer. Under a lock. */
function buildScript(mirrors: Mirrors): string {
  const sources = [
    `deb ${mirrors.main} trixie main`,
    `deb ${mirrors.main} trixie-updates main`,
    `deb ${mirrors.security} trixie-security main`,
  ].join("\\n");
  const install = "env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install";
  return `
bare="$1" tools="$2"
if [ ! -e "$bare.complete" ]; then
  rm -rf "$bare"
  debootstrap --variant=minbase trixie "$bare" ${mirrors.main}
  printf '#!/bin/sh\\nexit 101\\n' > "$bare/usr/sbin/policy-rc.d"; chmod 755 "$bare/usr/sbin/policy-rc.d"
  printf '${sources}\\n' > "$bare/etc/apt/sources.list"
  cp /etc/resolv.conf "$bare/etc/resolv.conf"
  chroot "$bare" apt-get -qq update
  chroot "$bare" ${install} ${BARE.join(" ")}
  chroot "$bare" ${install} --download-only ${DOWNLOADED.join(" ")}
  touch "$bare.complete"
fi
[ "$3" = tools ] || exit 0
if [ ! -e "$tools.complete" ]; then
  rm -rf "$tools" "$tools.work" "$tools.root"; mkdir -p "$tools" "$tools.work" "$tools.root"
  unshare --mount --propagation private sh -euc '
    mount -t overlay overlay -o "lowerdir=$1,upperdir=$2,workdir=$2.work" "$2.root"
    mount -t proc proc "$2.root/proc"
    chroot "$2.root" apt-get -qq update
    chroot "$2.root" ${install} ${TOOLS.join(" ")}' tools "$bare" "$tools"
  touch "$tools.complete"
fi`;
}
