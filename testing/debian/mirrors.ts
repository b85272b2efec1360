import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

export interface Mirrors {
  readonly main: string;
  readonly security: string;
}

/** The mirrors that this machine's apt uses; undefined on anything but Debian. */
export function aptMirrors(): Mirrors | undefined {
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
