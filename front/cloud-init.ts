import { readFileSync } from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { CertfrontError } from "../core/base/errors";
import type { FrontSettings } from "./settings";

/** EC2 takes no more, before base64. */
export const USER_DATA_LIMIT_BYTES = 16_384;

/** Where the agent's bundle lies on an instance. */
export const AGENT_BUNDLE_PATH = "/opt/certfront/agent.js";

const SETTINGS_PATH = "/etc/certfront/front.json";
const BUNDLE_FILE_PATH = "/etc/certfront/bundle.json";
const PACKAGES = ["haproxy", "nodejs", "openssl", "libssl3t64", "ca-certificates", "nftables", "unattended-upgrades"];

/** What every instance has in common: where its units look for things, and whose HAProxy is, so that the agent may speak to it. */
export const INSTANCE_SETTINGS = {
  front: "",
  directory: "/var/lib/certfront",
  haproxyConfig: "/etc/haproxy/haproxy.cfg",
  socket: "/run/haproxy/certfront.sock",
  bind: "0.0.0.0",
  syncSeconds: 2,
  user: "haproxy",
  group: "haproxy",
} as const satisfies Partial<FrontSettings>;

/** The agent's bundle in the artifacts bucket. */
export interface AgentArtifact {
  readonly bucket: string;
  readonly key: string;
  /** Of the bundle's bytes, lower-case hex; a front runs nothing else. */
  readonly sha256: string;
}

export interface FrontUserDataOptions {
  readonly settings: FrontSettings;
  readonly agent: AgentArtifact;
  /** What the names of AWS' services end with in this partition: amazonaws.com, amazonaws.com.cn, amazonaws.eu. */
  readonly dnsSuffix: string;
  /** The image has the packages, and may have the bundle at AGENT_BUNDLE_PATH: no package mirror is needed at boot. */
  readonly customImage?: boolean;
  /** Install AWS's SSM agent, for Session Manager. */
  readonly sessionManager?: boolean;
}

/**
 * The cloud-init user data that turns a bare Debian 13 instance into a front. It boots into: users and units written,
 * packages installed, the bundle fetched and verified, HAProxy configured and started, the agent started.
 * @throws CertfrontError USER_DATA_TOO_LARGE
 */
export function frontUserData(options: FrontUserDataOptions): string {
  const { settings, agent, dnsSuffix } = options;
  const config = {
    package_update: !options.customImage,
    // Named packages come in their newest version, also those that the image has.
    packages: options.customImage ? [] : PACKAGES,
    apt: { conf: 'Acquire::Retries "5";\nAPT::Install-Recommends "false";\n' },
    ssh_pwauth: false,
    users: [{ name: "certfront", system: true, no_create_home: true, shell: "/usr/sbin/nologin", lock_passwd: true }],
    write_files: [
      file(SETTINGS_PATH, `${JSON.stringify(settings, null, 1)}\n`),
      file(
        BUNDLE_FILE_PATH,
        `${JSON.stringify({ ...agent, region: settings.region, dnsSuffix, path: AGENT_BUNDLE_PATH })}\n`,
      ),
      file("/usr/local/lib/certfront/fetch-bundle.js", unit("fetch-bundle.js")),
      file("/etc/systemd/system/certfront-bundle.service", unit("certfront-bundle.service")),
      file("/etc/systemd/system/certfront-agent.service", unit("certfront-agent.service")),
      file("/etc/systemd/system/haproxy.service.d/certfront.conf", unit("haproxy.conf")),
      file("/etc/certfront/metadata.nft", unit("metadata.nft")),
      file("/etc/systemd/system/certfront-metadata.service", unit("certfront-metadata.service")),
      file("/usr/sbin/policy-rc.d", unit("policy-rc.d"), "0755"),
      file("/etc/apt/apt.conf.d/60certfront", unit("unattended-upgrades.conf")),
      file("/etc/systemd/journald.conf.d/certfront.conf", unit("journald.conf")),
      file("/etc/sysctl.d/60-certfront.conf", unit("sysctl.conf")),
    ],
    runcmd: [
      "install -d -m 755 /opt/certfront",
      "install -d -o certfront -g certfront -m 700 /var/lib/certfront",
      "sysctl -q --system",
      "systemctl mask --now ssh.service ssh.socket",
      "systemctl restart systemd-journald",
      ...(options.sessionManager ? [installSsmAgent(settings.region, dnsSuffix)] : []),
      "systemctl daemon-reload",
      "systemctl enable certfront-metadata.service certfront-bundle.service haproxy.service certfront-agent.service",
      // First and by itself: without nftables it fails, and the front comes up all the same.
      "systemctl restart certfront-metadata.service",
      "systemctl restart --no-block certfront-bundle.service haproxy.service certfront-agent.service",
    ],
  };
  const text = `#cloud-config\n# A certfront front. Change the program, not this.\n${stringify(config, { lineWidth: 0 })}`;
  const size = Buffer.byteLength(text);
  if (size > USER_DATA_LIMIT_BYTES) {
    throw new CertfrontError(`The fronts' user data has ${size} bytes, EC2 takes ${USER_DATA_LIMIT_BYTES}.`, {
      code: "USER_DATA_TOO_LARGE",
      advice: "Shorten the default upstream or the names of table and functions.",
    });
  }
  return text;
}

/**
 * The settings and the bundle in what frontUserData made, for a stack that runs it without an instance.
 * @throws CertfrontError USER_DATA_UNKNOWN when it is not a front's user data
 */
export function readFrontUserData(userData: string): { settings: FrontSettings; agent: AgentArtifact } {
  const config = parse(userData) as { write_files?: { path: string; content: string }[] } | null;
  const content = (name: string): unknown => {
    const found = config?.write_files?.find((entry) => entry.path === name);
    if (found) return JSON.parse(found.content);
    throw new CertfrontError(`The user data writes no ${name}.`, { code: "USER_DATA_UNKNOWN" });
  };
  const { bucket, key, sha256 } = content(BUNDLE_FILE_PATH) as AgentArtifact;
  return { settings: content(SETTINGS_PATH) as FrontSettings, agent: { bucket, key, sha256 } };
}

/** @param permissions 0644, as cloud-init makes them, unless said */
const file = (name: string, content: string, permissions?: string) => ({
  path: name,
  ...(permissions && { permissions }),
  content,
});

/** Without its comments: EC2's 16 KB are for what an instance needs. */
const unit = (name: string): string =>
  readFileSync(path.join(__dirname, "units", name), "utf8").replace(/^(#(?!!)|\/\/ ).*\n/gm, "");

/** Not in Debian: AWS publishes it per region. */
function installSsmAgent(region: string, dnsSuffix: string): string {
  const host = `s3.${region}.${dnsSuffix}`;
  const url = `https://${host}/amazon-ssm-${region}/latest/debian_$(dpkg --print-architecture)/amazon-ssm-agent.deb`;
  const fetchToFile = `node -e 'fetch(process.argv[1]).then(async(r)=>{if(!r.ok)throw r.status;require("fs").writeFileSync("/run/ssm.deb",Buffer.from(await r.arrayBuffer()))})' "${url}"`;
  return `${fetchToFile} && dpkg -i /run/ssm.deb && rm /run/ssm.deb`;
}
