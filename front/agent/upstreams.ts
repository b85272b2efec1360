import { createHash } from "node:crypto";
import { UPSTREAM_BACKENDS, type UpstreamServer } from "../haproxy-config";
import { readIfThere, writeAtomic } from "./atomic-file";

/** An upstream as HAProxy knows it. One server for all tenants that name the same URL. */
export interface ServerName {
  readonly backend: string;
  /** Begins with its backend's name and a dash: the policy map holds only this. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

const HOST = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$|^\[[0-9a-fA-F:]+\]$/;

const known = new Map<string, ServerName>();
/** Upstreams remembered; every look at all tenants asks for each. */
const REMEMBERED = 100_000;

/** @param upstream `http://host:port` or `https://host:port`. Throws RangeError on anything else. */
export function serverOf(upstream: string): ServerName {
  const before = known.get(upstream);
  if (before) return before;
  const server = parse(upstream);
  if (known.size >= REMEMBERED) known.clear();
  known.set(upstream, server);
  return server;
}

function parse(upstream: string): ServerName {
  const url = URL.canParse(upstream) ? new URL(upstream) : undefined;
  const origin = url && !url.username && !url.password && url.pathname === "/" && !url.search && !url.hash;
  if (!origin || !["http:", "https:"].includes(url.protocol) || !HOST.test(url.hostname)) {
    throw new RangeError(`not an upstream: ${JSON.stringify(upstream)}`);
  }
  const tls = url.protocol === "https:";
  const port = Number(url.port) || (tls ? 443 : 80);
  const digest = createHash("sha256").update(`${url.protocol}//${url.hostname}:${port}`).digest();
  const backend = `u${digest.readUInt32BE(0) % UPSTREAM_BACKENDS}`;
  return {
    backend,
    name: `${backend}-${digest.toString("hex", 4, 12)}`,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port,
    tls,
  };
}

/** Arguments of a `server` line or of `add server`. @param address IP address of `server.host` */
export function serverArgs(server: ServerName, address: string): string {
  const at = address.includes(":") ? `[${address}]:${server.port}` : `${address}:${server.port}`;
  const check = "weight 0 check inter 5s fastinter 1s downinter 2s fall 3 rise 1 maxconn 1000";
  if (!server.tls) return `${at} ${check}`;
  return `${at} ${check} ssl verify required verifyhost ${server.host} sni str(${server.host}) check-ssl check-sni ${server.host} ca-file @system-ca`;
}

/** Server lines for haproxy.cfg as the agent last wrote them; none when there is no such file or it is damaged. */
export async function readUpstreamLines(file: string): Promise<UpstreamServer[]> {
  try {
    return JSON.parse((await readIfThere(file)) ?? "[]") as UpstreamServer[];
  } catch {
    return [];
  }
}

export async function writeUpstreamLines(file: string, lines: readonly UpstreamServer[]): Promise<void> {
  await writeAtomic(file, JSON.stringify(lines));
}
