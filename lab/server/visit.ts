import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import type { Exchange } from "../scenario/scenario";

/** The lab's one account. It protects nothing. */
export const ACCOUNT = { user: "alice", password: "s3cret" };
export const COOKIE = "lab";

/** What a request says of its sender. */
export interface Visit {
  readonly secure: boolean;
  readonly certificate: string | undefined;
  readonly credentials: Exchange["credentials"];
  readonly cookie: string | undefined;
}

/** Who tells about TLS: this process where it ends it itself, a front by headers that no client can forge. */
export type TlsSource = "front" | "own";

export function visitOf({ headers, socket }: IncomingMessage, source: TlsSource): Visit {
  const { secure, certificate } = source === "own" ? ownTls(socket) : frontTls(headers);
  return { secure, certificate, credentials: credentialsOf(headers.authorization), cookie: cookieOf(headers.cookie) };
}

function ownTls(socket: IncomingMessage["socket"]): Pick<Visit, "secure" | "certificate"> {
  if (!(socket instanceof TLSSocket)) return { secure: false, certificate: undefined };
  return { secure: true, certificate: socket.authorized ? subjectOf(socket) : undefined };
}

function subjectOf(socket: TLSSocket): string | undefined {
  const { CN } = socket.getPeerCertificate().subject ?? {};
  return Array.isArray(CN) ? CN[0] : CN;
}

/** front/haproxy-headers.ts removes what a client sent of these, and says what is true. */
function frontTls(headers: IncomingMessage["headers"]): Pick<Visit, "secure" | "certificate"> {
  const verified = headers["x-ssl-client-verify"] === "SUCCESS";
  const name = headers["x-ssl-client-cn"] ?? headers["x-ssl-client-subject"];
  return {
    secure: headers["x-forwarded-proto"] === "https",
    certificate: verified ? String(name ?? "without a name").replace(/^"|"$/g, "") : undefined,
  };
}

function credentialsOf(authorization: string | undefined): Visit["credentials"] {
  if (authorization === undefined) return "none";
  const [, basic] = /^Basic\s+(\S+)$/i.exec(authorization) ?? [];
  if (basic === undefined) return "other";
  const said = Buffer.from(basic, "base64").toString();
  return said === `${ACCOUNT.user}:${ACCOUNT.password}` ? "right" : "wrong";
}

/** Old Java clients send `$Version=0; lab=…; $Path=/` (RFC 2109), wget may quote. */
function cookieOf(header: string | undefined): string | undefined {
  const pairs = (header ?? "").split(";").map((pair) => pair.trim().split("="));
  return pairs.find(([name]) => name === COOKIE)?.[1]?.replace(/^"|"$/g, "");
}
