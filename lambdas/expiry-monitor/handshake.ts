import type { X509Certificate } from "node:crypto";
import * as tls from "node:tls";

/** What a TLS handshake with one name at one address gave. */
export type HandshakeResult =
  | {
      readonly status: "served";
      readonly leaf: X509Certificate;
      /** As served, without the leaf. */
      readonly issuers: readonly X509Certificate[];
      /** `TLSv1.3`, `TLSv1.2`. */
      readonly protocol: string;
    }
  | {
      /** no-connection: nobody answered the TCP connection. refused: the handshake itself failed. */
      readonly status: "no-connection" | "refused";
      readonly detail: string;
    };

export interface HandshakeTarget {
  readonly address: string;
  readonly port: number;
  /** SNI. */
  readonly name: string;
}

/** Never throws. */
export type Handshake = (target: HandshakeTarget) => Promise<HandshakeResult>;

const TIMEOUT_MS = 5_000;

/**
 * One context for all handshakes. No roots: which certificate is served is compared with the stored one, and without roots Node
 * skips building JavaScript objects of the whole chain for each handshake. One key exchange and one cipher suite that every front
 * offers, so that nothing larger is negotiated than the look at a certificate needs.
 */
const context = tls.createSecureContext({
  ca: [],
  minVersion: "TLSv1.2",
  ciphers: "TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256",
  ecdhCurve: "X25519:P-256",
});

/** A complete handshake as a visitor makes it; nothing is sent after it, and it is ended in order, so that no front logs a failure. */
export const tlsHandshake: Handshake = ({ address, port, name }) =>
  new Promise((resolve) => {
    let connected = false;
    const socket = tls.connect({
      host: address,
      port,
      secureContext: context,
      servername: name,
      // Looked at by the caller: a bad certificate is a finding, not an error.
      rejectUnauthorized: false,
    });
    const fail = (detail: string) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ status: connected ? "refused" : "no-connection", detail });
    };
    const timer = setTimeout(() => fail(`no answer within ${TIMEOUT_MS / 1000} s`), TIMEOUT_MS);
    socket.once("connect", () => {
      connected = true;
    });
    // Stays: a reset after the certificate was read is of no interest, and must not become an uncaught error.
    socket.on("error", (error) => fail(explain(error)));
    socket.once("close", () => fail("closed before the handshake was complete"));
    socket.once("secureConnect", () => {
      const leaf = socket.getPeerX509Certificate();
      if (leaf === undefined) return fail("no certificate was served");
      clearTimeout(timer);
      socket.end(() => socket.destroy());
      resolve({ status: "served", leaf, issuers: issuersOf(leaf), protocol: socket.getProtocol() ?? "unknown" });
    });
  });

/** OpenSSL's own words are for machines: `…SSL alert number 112…` is a front that has no certificate for the name. */
function explain(error: NodeJS.ErrnoException): string {
  if (error.message.includes("unrecognized name")) return "the front has no certificate for this name";
  return error.code ?? error.message;
}

function issuersOf(leaf: X509Certificate): X509Certificate[] {
  const issuers: X509Certificate[] = [];
  for (let next = leaf.issuerCertificate; next !== undefined && issuers.length < 10; next = next.issuerCertificate) {
    issuers.push(next);
    if (next.issuerCertificate === next) break;
  }
  return issuers;
}
