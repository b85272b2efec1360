import { BlockList, isIP, isIPv4 } from "node:net";
import { isHostname } from "./domain-name";

/** Where a tenant's requests go, as configuration and fronts read it alike. */
export interface Upstream {
  /** `http://host:port`, always with its port, so that nobody downstream has to know defaults. */
  readonly url: string;
  /** Name, IPv4 or IPv6 address (without brackets). */
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/** Where fronts run: on a machine of their own, or with everything else on this one, as the local stack does. */
export interface Surroundings {
  /** Only then is a loopback address somebody else's than the front's own. */
  readonly oneMachine: boolean;
}

const SHAPE = "must be http://host:port or https://host:port";

/** The only reader of an upstream: what configuration accepts here, every front accepts. */
export function readUpstream(
  value: unknown,
  surroundings: Surroundings,
): { readonly upstream: Upstream } | { readonly problem: string } {
  if (typeof value !== "string" || !/^[\x21-\x7e]{1,300}$/.test(value) || !URL.canParse(value))
    return { problem: SHAPE };
  const url = new URL(value);
  const tls = url.protocol === "https:";
  if (!tls && url.protocol !== "http:") return { problem: SHAPE };
  if (url.username || url.password) return { problem: "must not carry credentials; they would lie on every front" };
  if (url.pathname !== "/" || url.search || url.hash || /[?#]/.test(value)) {
    return { problem: "must have no path or query; requests keep theirs" };
  }
  if (url.port === "0") return { problem: `${SHAPE}; there is no port 0` };
  // The URL parser has already brought decimal, octal and hexadecimal addresses to one form.
  const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  const literal = isIP(host) !== 0;
  if (!literal && !isHostname(host)) return { problem: `${SHAPE}; the host is not a valid name` };
  const reach = literal ? addressProblem(host, surroundings) : nameProblem(host, surroundings);
  if (reach !== undefined) return { problem: reach };
  if (tls && literal) {
    return { problem: "must name a host, not an address: its certificate is verified by name. Or use http://" };
  }
  const port = Number(url.port) || (tls ? 443 : 80);
  const bracketed = host.includes(":") ? `[${host}]` : host;
  return { upstream: { url: `${url.protocol}//${bracketed}:${port}`, host, port, tls } };
}

/** Names that every system, or every instance of a cloud, resolves to itself or to its metadata. */
const METADATA_NAMES = ["instance-data", "instance-data.ec2.internal", "metadata", "metadata.google.internal"];
const LOOPBACK_NAMES = ["localhost", "localhost.localdomain", "localhost6", "ip6-localhost", "ip6-loopback"];

function nameProblem(host: string, { oneMachine }: Surroundings): string | undefined {
  if (METADATA_NAMES.includes(host)) return METADATA;
  // RFC 6761 §6.3: every name below localhost is loopback.
  const loopback = LOOPBACK_NAMES.includes(host) || host.endsWith(".localhost");
  return loopback && !oneMachine ? ITSELF : undefined;
}

const METADATA = "is a link-local address (the cloud's metadata service)";
const ITSELF = "is the front itself, not a server behind it";
const NOBODY = "is no server's address (unspecified, multicast or reserved)";

/**
 * Why no upstream may have this address, whether it was written or looked up.
 * @param address IPv4 or IPv6 in any spelling, with or without a zone (`fe80::1%eth0`)
 */
export function addressProblem(address: string, surroundings: Surroundings): string | undefined {
  const bare = address.replace(/%.*$/, "");
  const found = isIPv4(bare) ? ruleOf(bare, "ipv4") : (ruleOf(bare, "ipv6") ?? embeddedRule(bare));
  if (found === undefined || (found === ITSELF && surroundings.oneMachine)) return undefined;
  return found;
}

const RULES: readonly { readonly says: string; readonly ranges: readonly string[] }[] = [
  // fd00:ec2::/32 is AWS' own: metadata at ::254, DNS at ::253, time at ::123.
  { says: METADATA, ranges: ["169.254.0.0/16", "fe80::/10", "fd00:ec2::/32"] },
  { says: ITSELF, ranges: ["127.0.0.0/8", "0.0.0.0/8", "::1/128", "::/128"] },
  { says: NOBODY, ranges: ["224.0.0.0/4", "240.0.0.0/4", "ff00::/8", "100::/64"] },
];

const lists = RULES.map(({ says, ranges }) => {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", prefix] = range.split("/");
    list.addSubnet(network, Number(prefix), isIPv4(network) ? "ipv4" : "ipv6");
  }
  return { says, list };
});

function ruleOf(address: string, family: "ipv4" | "ipv6"): string | undefined {
  return lists.find(({ list }) => list.check(address, family))?.says;
}

/** Where IPv6 carries an IPv4 address: mapped, compatible, translated (RFC 4291 §2.5.5, 2765, 6052, 8215), and 6to4 (RFC 3056). */
function embeddedRule(address: string): string | undefined {
  const groups = groupsOf(address);
  const head = (length: number): string => groups.slice(0, length).join(":");
  const ipv4 = (high = 0, low = 0): string => [high >> 8, high & 255, low >> 8, low & 255].join(".");
  const last = ipv4(groups[6], groups[7]);
  const mapped = head(5) === "0:0:0:0:0" && (groups[5] === 0xffff || groups[5] === 0);
  const translated = head(4) === "0:0:0:0" && groups[4] === 0xffff && groups[5] === 0;
  const nat64 = groups[0] === 0x64 && groups[1] === 0xff9b;
  if (mapped || translated || nat64) return ruleOf(last, "ipv4");
  return groups[0] === 0x2002 ? ruleOf(ipv4(groups[1], groups[2]), "ipv4") : undefined;
}

/** The eight groups of an IPv6 address, in whatever spelling. */
function groupsOf(address: string): number[] {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [before = "", after] = canonical.split("::");
  const numbers = (part: string): number[] => (part === "" ? [] : part.split(":").map((group) => parseInt(group, 16)));
  if (after === undefined) return numbers(before);
  const [left, right] = [numbers(before), numbers(after)];
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}

/** Whether a CA at these directories can only be reached on this machine, and with it the stack. */
export function onThisMachine(directories: readonly (string | undefined)[]): boolean {
  return (
    directories.length > 0 &&
    directories.every((directory) => {
      if (directory === undefined || !URL.canParse(directory)) return false;
      const host = new URL(directory).hostname.replace(/^\[|\]$/g, "");
      return host === "localhost" || (isIP(host) !== 0 && addressProblem(host, { oneMachine: false }) === ITSELF);
    })
  );
}
