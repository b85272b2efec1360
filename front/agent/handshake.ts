import * as tls from "node:tls";
import type { FrontSettings } from "../settings";

/** ms. */
const TIMEOUT = 5_000;

/**
 * SHA-256 of the certificate this front serves for a name, lower-case hex, by a real handshake. Throws what the connection ended with.
 */
export function servedFingerprint(settings: Pick<FrontSettings, "bind" | "httpsPort">, name: string): Promise<string> {
  const host = localAddress(settings.bind);
  return new Promise((resolve, reject) => {
    const connection = tls.connect({
      host,
      port: settings.httpsPort,
      servername: name,
      minVersion: "TLSv1.2",
      ALPNProtocols: ["h2", "http/1.1"],
      // Which certificate it is, is what is asked; whether it is a good one was verified before it was loaded.
      rejectUnauthorized: false,
    });
    const timer = setTimeout(() => connection.destroy(new Error(`no handshake within ${TIMEOUT} ms`)), TIMEOUT);
    connection.once("secureConnect", () => {
      const fingerprint = connection.getPeerX509Certificate()?.fingerprint256 ?? "";
      connection.destroy();
      resolve(fingerprint.replaceAll(":", "").toLowerCase());
    });
    connection.once("error", reject);
    connection.once("close", () => {
      clearTimeout(timer);
      reject(new Error("the connection was closed in the handshake"));
    });
  });
}

/** Where a listener bound to `bind` is reached from this machine. */
function localAddress(bind: string): string {
  if (bind === "0.0.0.0" || bind === "*") return "127.0.0.1";
  return bind === "::" ? "::1" : bind;
}
