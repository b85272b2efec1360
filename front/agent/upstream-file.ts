import * as net from "node:net";
import * as z from "zod/mini";
import type { UpstreamServer } from "../haproxy-config";
import { readIfThere, writeAtomic } from "./atomic-file";
import { serverArgs, serverOf } from "./upstreams";

const schema = z.array(z.object({ url: z.string(), address: z.string() }));

/** An upstream and where it was last found. */
export interface PlacedUpstream {
  /** `http://host:port` or `https://host:port`. */
  readonly url: string;
  /** IP address. */
  readonly address: string;
}

/** What the agent last wrote; undefined when there is no such file or it is damaged: the agent adds upstreams at run time too. */
export async function readUpstreamFile(file: string): Promise<unknown> {
  return json(await readIfThere(file));
}

/**
 * Server lines for haproxy.cfg. The upstreams are data of another user than the one who configures: each line is made anew from a
 * checked URL and a checked address, and what is neither is left out.
 */
export function serverLines(upstreams: unknown): UpstreamServer[] {
  const parsed = schema.safeParse(upstreams);
  return parsed.success ? parsed.data.flatMap(lineOf) : [];
}

export async function writeUpstreamFile(file: string, upstreams: readonly PlacedUpstream[]): Promise<void> {
  await writeAtomic(file, JSON.stringify(upstreams));
}

function lineOf({ url, address }: PlacedUpstream): UpstreamServer[] {
  if (net.isIP(address) === 0 || address.includes("%")) return [];
  try {
    const server = serverOf(url);
    return [{ backend: server.backend, name: server.name, args: serverArgs(server, address) }];
  } catch {
    return [];
  }
}

function json(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
