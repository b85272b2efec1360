import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { FrontLog } from "../../front/agent/front-log";
import { tellOfOpenMetadata } from "../../front/agent/metadata-rule";
import { frontUserData, INSTANCE_SETTINGS } from "../../front/cloud-init";
import type { FrontSettings } from "../../front/settings";
import { describeWith } from "../../testing/left-out";

const ROOT = path.join(__dirname, "..", "..");
const ADDRESSES = ["169.254.169.254", "fd00:ec2::254"];

/** A network of its own with the metadata's addresses in it; this machine's is never touched. */
const NETWORK = `
ip link set lo up; ip addr add ${ADDRESSES[0]}/32 dev lo; ip addr add ${ADDRESSES[1]}/128 dev lo nodad
ip addr add 169.254.169.123/32 dev lo
`;

function inNetwork(script: string, ...args: readonly string[]): string {
  const shell = ["sh", "-euc", `${NETWORK}${script}`, "network", ...args];
  return execFileSync("unshare", ["--net", "--mount", "--propagation", "private", ...shell], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function network(): { readonly unavailable: string } | object {
  try {
    inNetwork("nft list ruleset");
    return {};
  } catch (error) {
    return { unavailable: `A network of its own with nftables cannot be had: ${(error as Error).message.trim()}` };
  }
}

const settings = { ...INSTANCE_SETTINGS, region: "eu-west-1" } as unknown as FrontSettings;
const agent = { bucket: "b", key: "agent.js", sha256: "ab".repeat(32) };

describeWith(network(), "an instance's metadata", () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(path.join(tmpdir(), "certfront-metadata-"));
    const userData = parse(frontUserData({ settings, agent, dnsSuffix: "amazonaws.com" })) as {
      write_files: Record<string, string>[];
    };
    const rule = userData.write_files.find((file) => file.path === "/etc/certfront/metadata.nft");
    writeFileSync(path.join(directory, "metadata.nft"), rule?.content ?? "");
    const users = [
      "certfront:x:4001:4001::/:/bin/sh",
      "haproxy:x:4002:4002::/:/bin/sh",
      "guest:x:4003:4003::/:/bin/sh",
    ];
    const passwd = readFileSync("/etc/passwd", "utf8").replace(/^(certfront|haproxy|guest):.*\n/gm, "");
    writeFileSync(path.join(directory, "passwd"), `${passwd}${users.join("\n")}\n`);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** `user address answer` of each. `load`: what comes before, with the rule's file as `$1`. */
  function whoReaches(load: string, addresses: readonly string[]): string[] {
    const listener = `
      const at = process.argv.slice(1);
      let left = at.length;
      for (const host of at)
        require("net").createServer((socket) => socket.end("hello")).listen(80, host, () => --left || console.log());`;
    const script = `
mount --bind "$2/passwd" /etc/passwd
${load}
node="$3" listener="$4"; set -- "$1" ${addresses.join(" ")}; shift
mkfifo "${directory}/ready"
"$node" -e "$listener" "$@" > "${directory}/ready" & pid=$!
read -r _ < "${directory}/ready"; rm "${directory}/ready"
ask() {
  setpriv --reuid "$1" --clear-groups timeout 2 bash -c 'exec 3<>"/dev/tcp/$0/80" && head -c 5 <&3' "$2" 2>/dev/null || echo nothing
}
asked=""
for user in root certfront haproxy guest; do for address in "$@"; do
  { answer=$(ask "$user" "$address"); echo "$user $address $answer"; } & asked="$asked $!"
done; done
wait $asked
kill "$pid"`;
    const file = path.join(directory, "metadata.nft");
    return inNetwork(script, file, directory, process.execPath, listener).trim().split("\n").sort();
  }
  const each = (answers: Record<string, string>, addresses = ADDRESSES) =>
    Object.entries(answers)
      .flatMap(([user, answer]) => addresses.map((address) => `${user} ${address} ${answer}`))
      .sort();

  it("is reached by root and the agent, and by nobody else", () => {
    expect(whoReaches('nft -f "$1"', ADDRESSES)).toEqual(
      each({ root: "hello", certfront: "hello", haproxy: "nothing", guest: "nothing" }),
    );
  });

  it("stays so when the rule is loaded again, and is the only address that it is about", () => {
    const clock = ["169.254.169.123"];
    const [imds = ""] = ADDRESSES;
    expect(whoReaches('nft -f "$1"; nft -f "$1"', [imds, ...clock])).toEqual(
      [
        ...each({ root: "hello", certfront: "hello", haproxy: "nothing", guest: "nothing" }, [imds]),
        ...each({ root: "hello", certfront: "hello", haproxy: "hello", guest: "hello" }, clock),
      ].sort(),
    );
  });

  it("would be reached by everybody without it", () => {
    expect(whoReaches("", ADDRESSES.slice(0, 1))).toEqual(
      each({ root: "hello", certfront: "hello", haproxy: "hello", guest: "hello" }, ADDRESSES.slice(0, 1)),
    );
  });
});

describe("the unit that loads the rule", () => {
  const unit = readFileSync(path.join(ROOT, "front", "units", "certfront-metadata.service"), "utf8");
  const agentUnit = readFileSync(path.join(ROOT, "front", "units", "certfront-agent.service"), "utf8");

  it("comes before the network and all that serves, and nothing of it needs this one", () => {
    expect(unit).toMatch(/^Before=network-pre\.target$/m);
    expect(agentUnit).not.toMatch(/^Requires=.*certfront-metadata/m);
  });

  it.each([
    ["where the rule is in force", INSTANCE_SETTINGS, ROOT, 0],
    ["where it is not", INSTANCE_SETTINGS, "/nowhere", 1],
    ["where there are no metadata", {}, "/nowhere", 0],
  ])("is missed in the front's log: %s", (_where, own, inForce, warnings) => {
    const lines: string[] = [];
    const log = new FrontLog({ logGroup: "", front: "front-0", region: "" }, (line) => lines.push(line));
    tellOfOpenMetadata(own as FrontSettings, log, inForce);
    const warning = {
      level: "WARN",
      message: "the instance's metadata are open to every user but HAProxy's",
      advice: "Put the package nftables into the image (customAmi), and see journalctl -u certfront-metadata.",
      front: "front-0",
    };
    expect(lines.map((line) => JSON.parse(line))).toEqual(Array(warnings).fill(warning));
  });
});
