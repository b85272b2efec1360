import { atLeast, type HaproxyBuild } from "./haproxy-build";

/** Mozilla's intermediate profile without its finite-field suites, which no client of today needs and which cost a stranger nothing to ask for. */
const TLS12_CIPHERS = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
].join(":");
const TLS13_CIPHERS = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
const CLASSICAL_GROUPS = "X25519:P-256:P-384";

/** Options of the :443 `bind` line for this TLS library. */
export function tlsOptions(build: HaproxyBuild): string {
  return `ssl-min-ver TLSv1.2 curves ${groups(build)} ciphers ${TLS12_CIPHERS} ciphersuites ${TLS13_CIPHERS}`;
}

/** Post-quantum first, for today's recordings are tomorrow's plain text. A library that does not know a group refuses the list. */
function groups({ tls }: HaproxyBuild): string {
  const [library = "", version = ""] = tls.split(" ");
  const postQuantum = library === "AWS-LC" || (library === "OpenSSL" && atLeast(version, 3, 5));
  return postQuantum ? `X25519MLKEM768:${CLASSICAL_GROUPS}` : CLASSICAL_GROUPS;
}
