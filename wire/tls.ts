import type { X509Certificate } from "node:crypto";
import * as tls from "node:tls";
import { SECOND } from "../core/base/clock";

export interface HandshakeTarget {
  readonly address: string;
  readonly port: number;
  /** SNI. */
  readonly name: string;
  /** PEM of the root to which the certificate must chain; absent: whatever is served is taken, and looked at by the caller. */
  readonly trust?: string;
}

/** What a TLS handshake with one name at one address gave. */
export type HandshakeResult =
  | {
      readonly status: "served";
      readonly leaf: X509Certificate;
      /** `TLSv1.3`, `TLSv1.2`. */
      readonly protocol: string;
    }
  | { readonly status: "refused"; readonly detail: string };

/** Never throws. */
export type Handshake = (target: HandshakeTarget) => Promise<HandshakeResult>;

const TIME_LIMIT = 5 * SECOND;

/** A complete handshake as a browser makes it; nothing is sent after it. */
export const tlsHandshake: Handshake = ({ address, port, name, trust }) =>
  new Promise((resolve) => {
    const socket = tls.connect({
      host: address,
      port,
      servername: name,
      minVersion: "TLSv1.2",
      ALPNProtocols: ["h2", "http/1.1"],
      ...(trust === undefined ? { rejectUnauthorized: false } : { ca: trust }),
    });
    const end = (result: HandshakeResult): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const refused = (detail: string): void => end({ status: "refused", detail });
    const timer = setTimeout(() => refused(`no handshake within ${TIME_LIMIT / SECOND} s`), TIME_LIMIT);
    // Stays: a reset after the certificate was read must not become an uncaught error.
    socket.on("error", (error) => refused(explained(error)));
    socket.once("close", () => refused("the connection was closed in the handshake"));
    socket.once("secureConnect", () => {
      const leaf = socket.getPeerX509Certificate();
      if (leaf === undefined) return refused("no certificate was served");
      end({ status: "served", leaf, protocol: socket.getProtocol() ?? "unknown" });
    });
  });

/** OpenSSL's own words are for machines: `…SSL alert number 112…` is a front that has no certificate for the name. */
function explained(error: NodeJS.ErrnoException): string {
  if (error.message.includes("unrecognized name")) return "the front has no certificate for this name";
  return error.code ?? error.message;
}
