import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { aptMirrors } from "../testing/debian/mirrors";
import { scriptOf } from "./dockerfile";

const HELP = `npm run test:fresh -- [--debian 12|13] [--docker stack|suite] [--keep] [-- command]
Runs the README's two commands (npm ci, npm test) on the last commit in a Debian made anew, which has Node.js and git and nothing
else, and says which packages that installed. With --docker the steps of the Dockerfile's stage instead, and what its container runs. As root, on a Debian; some gigabytes below TMPDIR, left there with --keep.`;

const SUITES: Readonly<Record<string, string>> = { "12": "bookworm", "13": "trixie" };
const THE_README_SAYS = "npm ci && npm test";

function main(): number {
  const { values, positionals } = parseArgs({
    options: {
      debian: { type: "string", default: "13" },
      docker: { type: "string" },
      keep: { type: "boolean", default: false },
      help: { type: "boolean" },
    },
    allowPositionals: true,
  });
  const suite = SUITES[values.debian];
  if (values.help || suite === undefined) {
    console.log(HELP);
    return values.help ? 0 : 2;
  }
  const mirrors = aptMirrors();
  if (process.getuid?.() !== 0 || !mirrors || !existsSync("/usr/sbin/debootstrap"))
    throw new Error("A Debian made anew needs the superuser, apt and the package debootstrap.");
  const root = mkdtempSync(path.join(tmpdir(), `certfront-fresh-${suite}-`));
  chmodSync(root, 0o755); // apt fetches as a user of its own
  try {
    console.log(`Debian ${values.debian} in ${root}`);
    execFileSync("debootstrap", ["--variant=minbase", suite, root, mirrors.main], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    writeFileSync(path.join(root, "etc/apt/apt.conf.d/90mirror"), mirrorSettings());
    within(root, preparation(suite, mirrors.security), "ignore");
    execFileSync("git", ["clone", "-q", path.join(__dirname, ".."), path.join(root, "srv", "certfront")]);
    const before = packages(root);
    const started = Date.now();
    const command = commandOf(values.docker, positionals.join(" "));
    const code = within(root, `cd /srv/certfront && ${command}`, "inherit");
    const installed = packages(root).filter((one) => !before.includes(one));
    console.log(`${installed.length} packages were installed: ${installed.join(" ")}`);
    console.log(
      `${code === 0 ? "Green" : `Red (exit ${code})`} after ${Math.round((Date.now() - started) / 1_000)} s.`,
    );
    return code;
  } finally {
    if (!values.keep) rmSync(root, { recursive: true, force: true });
  }
}

/** @param stage of the Dockerfile, whose base image is a Debian with Node.js, as this one */
function commandOf(stage: string | undefined, typed: string): string {
  if (stage === undefined) return typed || THE_README_SAYS;
  const dockerfile = readFileSync(path.join(__dirname, "..", "Dockerfile"), "utf8");
  return scriptOf(dockerfile, stage, "/srv/certfront", typed || (stage === "stack" ? "--once" : ""));
}

/** A mirror that was frozen on some day is past its time, and whoever uses one has told apt so. */
function mirrorSettings(): string {
  const values = execFileSync("apt-config", ["dump", "Acquire::Check-Valid-Until"], { encoding: "utf8" });
  return `# As on this machine.\n${values}`;
}

function preparation(suite: string, security: string): string {
  const sources = `printf 'deb ${security} ${suite}-security main\\n' >> /etc/apt/sources.list; apt-get -qq update`;
  return `${sources}; apt-get -qq -y --no-install-recommends install git ca-certificates`;
}

/**
 * In namespaces of its own but for the network. The root trusts what this machine trusts, and has its Node.js, as a newcomer has
 * one from nodejs.org.
 */
function within(root: string, command: string, output: "ignore" | "inherit"): number {
  const { PATH: _ours, HOME: _home, TMPDIR: _tmp, ...rest } = process.env;
  const trust = Object.fromEntries(
    Object.entries(rest).filter(([name]) => /CERT|CA_BUNDLE|^npm_config_|_proxy$/i.test(name)),
  );
  const env = {
    ...trust,
    CI: "1",
    HOME: "/root",
    LANG: "C.UTF-8",
    PATH: "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  };
  const args = [
    "--mount",
    "--propagation",
    "private",
    "--pid",
    "--fork",
    "--kill-child",
    "sh",
    "-euc",
    ENTER,
    "enter",
    root,
    command,
  ];
  const { status } = spawnSync("unshare", args, { env, stdio: ["ignore", output, "inherit"] });
  return status ?? 1;
}

const ENTER = `
root="$1"
# A mount of its own: in a plain folder the tests' own namespaces cannot be made.
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"; mount --rbind /sys "$root/sys"; mount --rbind /dev "$root/dev"
cat /etc/resolv.conf > "$root/etc/resolv.conf"
# debootstrap makes none, and every installer does.
[ -e "$root/etc/hosts" ] || printf '127.0.0.1 localhost\n::1 localhost\n' > "$root/etc/hosts"
mkdir -p "$root/etc/ssl/certs"; cat /etc/ssl/certs/ca-certificates.crt > "$root/etc/ssl/certs/ca-certificates.crt"
if [ ! -e "$root/usr/local/bin/node" ]; then
  mkdir -p "$root/usr/local/lib/node_modules"
  cp "$(command -v node || echo /usr/bin/node)" "$root/usr/local/bin/node"
  cp -r /usr/lib/node_modules/npm "$root/usr/local/lib/node_modules/"
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
fi
exec chroot "$root" sh -c "$2"`;

function packages(root: string): string[] {
  const listed = execFileSync("dpkg-query", [`--admindir=${root}/var/lib/dpkg`, "--show"], { encoding: "utf8" });
  return listed.split("\n").flatMap((line) => (line === "" ? [] : [line.split("\t")[0] ?? ""]));
}

process.exitCode = main();
