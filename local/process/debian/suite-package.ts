import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

type Fetched = { readonly folder: string } | { readonly unavailable: string };

/**
 * Unpacks a package of another Debian suite beside this one, without installing anything: `apt-get download` with sources and
 * state of its own, from the mirror that this machine's apt uses, then `dpkg -x`. Kept under `.cache/`; needs no superuser.
 * @param root the repository's root
 * @param suite `sid`, `trixie`, …
 * @returns the folder with the package's files (`usr/bin/…`), or why it cannot be had here, in a sentence
 */
export function suitePackage(root: string, suite: string, packageName: string): Fetched {
  return fetched(root, suite, packageName, "deb", (work, apt) => {
    apt("-qq", "download", packageName);
    const archive = fs.readdirSync(work).find((name) => name.endsWith(".deb"));
    if (archive === undefined) return undefined;
    execFileSync("dpkg", ["-x", archive, "unpacked"], { cwd: work, stdio: "ignore" });
    return path.join(work, "unpacked");
  });
}

/** The same of a package's upstream source, as its authors packed it. */
export function suiteSource(root: string, suite: string, packageName: string): Fetched {
  return fetched(root, suite, `${packageName}-source`, "deb-src", (work, apt) => {
    apt("-qq", "source", "--download-only", packageName);
    const archive = fs.readdirSync(work).find((name) => /\.orig\.tar\.\w+$/.test(name));
    if (archive === undefined) return undefined;
    fs.mkdirSync(path.join(work, "unpacked"));
    execFileSync("tar", ["-xf", archive, "--strip-components=1", "-C", "unpacked"], { cwd: work, stdio: "ignore" });
    return path.join(work, "unpacked");
  });
}

/** @param fetch downloads into `work` and unpacks; gives the folder that holds all, undefined: there was nothing */
function fetched(
  root: string,
  suite: string,
  name: string,
  kind: "deb" | "deb-src",
  fetch: (work: string, apt: (...args: string[]) => void) => string | undefined,
): Fetched {
  const home = path.join(root, ".cache", "debian", suite);
  const folder = path.join(home, name);
  if (fs.existsSync(folder)) return { folder };
  const mirror = debianMirror();
  if (mirror === undefined) return { unavailable: `${name} of Debian ${suite} needs a Debian machine with apt.` };
  fs.mkdirSync(home, { recursive: true });
  const work = fs.mkdtempSync(path.join(home, "fetch-"));
  try {
    const options = privateState(work, mirror, suite, kind);
    const apt = (...args: string[]) =>
      void execFileSync("apt-get", [...options, ...args], { cwd: work, stdio: ["ignore", "ignore", "pipe"] });
    apt("-qq", "update");
    const unpacked = fetch(work, apt);
    if (unpacked === undefined) return { unavailable: `Debian ${suite} gave no ${name}.` };
    // Only a complete folder ever has the name; another process may have been faster.
    if (!fs.existsSync(folder)) fs.renameSync(unpacked, folder);
    return { folder };
  } catch (error) {
    if (fs.existsSync(folder)) return { folder };
    const text = String((error as { stderr?: Buffer }).stderr ?? error).trim();
    return { unavailable: `${name} of Debian ${suite} could not be fetched: ${text}` };
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

/** apt's options that keep it from this machine's own lists, sources and package database. */
function privateState(work: string, mirror: string, suite: string, kind: "deb" | "deb-src"): string[] {
  const state = path.join(work, "state");
  fs.mkdirSync(path.join(state, "lists", "partial"), { recursive: true });
  fs.mkdirSync(path.join(work, "cache", "archives", "partial"), { recursive: true });
  fs.writeFileSync(path.join(state, "status"), "");
  const signedBy = fs.existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : "";
  fs.writeFileSync(path.join(work, "sources.list"), `${kind} ${signedBy}${mirror} ${suite} main\n`);
  const settings = {
    "Dir::Etc::SourceList": path.join(work, "sources.list"),
    "Dir::Etc::SourceParts": "/dev/null",
    "Dir::State": state,
    "Dir::State::Lists": path.join(state, "lists"),
    "Dir::State::Status": path.join(state, "status"),
    "Dir::Cache": path.join(work, "cache"),
    "Acquire::Languages": "none",
    // The folder may lie where the sandbox user cannot go.
    "APT::Sandbox::User": "root",
  };
  return Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
}

/** Debian's own signing keys; without the file, apt's trusted keys are used. */
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** The mirror of Debian's main archive that this machine's apt uses; undefined on anything but Debian. */
function debianMirror(): string | undefined {
  if (!fs.existsSync("/usr/bin/apt-get") || !fs.existsSync("/etc/debian_version")) return undefined;
  const listed = execFileSync(
    "apt-get",
    ["indextargets", "--format", "$(REPO_URI) $(CODENAME)", "Created-By: Packages"],
    { encoding: "utf8" },
  );
  // `bookworm` is the main archive, `bookworm-security` and `nodistro` of other publishers are not.
  const codename = /^VERSION_CODENAME=(.*)$/m.exec(fs.readFileSync("/etc/os-release", "utf8"))?.[1];
  return listed
    .split("\n")
    .map((line) => line.split(" "))
    .find(([, name]) => name === codename)?.[0];
}
