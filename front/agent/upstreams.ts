import { createHash } from "node:crypto";
import { readUpstream } from "../../core/tenant/upstream";
import { UPSTREAM_BACKENDS } from "../haproxy-config";
import { UPSTREAM_CONNECTIONS } from "../haproxy-limits";

/** An upstream as HAProxy knows it. One server for all tenants that name the same URL. */
export interface ServerName {
  readonly backend: string;
  /** Begins with its backend's name and a dash: the policy map holds only this. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

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

/** The server's name in the policy map; of an upstream that is none, a name that no server has: its requests get 503. */
export function serverNameOf(upstream: string): string {
  try {
    return serverOf(upstream).name;
  } catch {
    return NO_SERVER;
  }
}

const NO_SERVER = "u0-refused";

function parse(upstream: string): ServerName {
  // Whether the front may connect there is asked of the address, once that is known (upstream-servers.ts).
  const read = readUpstream(upstream, { oneMachine: true });
  if ("problem" in read) throw new RangeError(`not an upstream: ${JSON.stringify(upstream)} ${read.problem}`);
  const { url, host, port, tls } = read.upstream;
  const digest = createHash("sha256").update(url).digest();
  const backend = `u${digest.readUInt32BE(0) % UPSTREAM_BACKENDS}`;
  return { backend, name: `${backend}-${digest.toString("hex", 4, 12)}`, host, port, tls };
}

/** Arguments of a `server` line or of `add server`. @param address IP address of `server.host` */
export function serverArgs(server: ServerName, address: string): string {
  const at = address.includes(":") ? `[${address}]:${server.port}` : `${address}:${server.port}`;
  const check = `weight 0 check inter 5s fastinter 1s downinter 2s fall 3 rise 1 maxconn ${UPSTREAM_CONNECTIONS}`;
  if (!server.tls) return `${at} ${check}`;
  return `${at} ${check} ssl verify required verifyhost ${server.host} sni str(${server.host}) check-ssl check-sni ${server.host} ca-file @system-ca`;
}

/** The URL that `serverOf` makes this server of. */
export const urlOf = ({ tls, host, port }: ServerName): string =>
  `${tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
