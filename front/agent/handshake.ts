import { tlsHandshake } from "../../wire/tls";
import type { FrontSettings } from "../settings";

/**
 * SHA-256 of the certificate this front serves for a name, lower-case hex, by a real handshake: which one it is, is asked; whether it is
 * a good one was verified before it was loaded.
 * @throws Error saying what the connection ended with
 */
async function servedFingerprint(
  { bind, httpsPort }: Pick<FrontSettings, "bind" | "httpsPort">,
  name: string,
): Promise<string> {
  const seen = await tlsHandshake({ address: localAddress(bind), port: httpsPort, name });
  if (seen.status !== "served") throw new Error(seen.detail);
  return seen.leaf.fingerprint256.replaceAll(":", "").toLowerCase();
}

/** @throws Error where this front serves another certificate for the name, or none */
export async function proveServed(
  settings: Pick<FrontSettings, "bind" | "httpsPort">,
  name: string,
  fingerprint: string,
): Promise<void> {
  const served = await servedFingerprint(settings, name);
  if (served === fingerprint) return;
  throw new Error(`${name} is served with certificate ${served.slice(0, 16)}… instead of the stored one`);
}

/** Where a listener bound to `bind` is reached from this machine. */
function localAddress(bind: string): string {
  if (bind === "0.0.0.0" || bind === "*") return "127.0.0.1";
  return bind === "::" ? "::1" : bind;
}
