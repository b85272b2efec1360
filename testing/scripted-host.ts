import { generateKeyPairSync } from "node:crypto";
import type * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { type AcmeAccountOptions, AcmeCertificateAuthority } from "../acme/acme-certificate-authority";
import type { CaSettings } from "../core/ca/certificate-authority";
import { createThrowawayCa } from "../local/process/parts/throwaway-ca";

export interface Asked {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** What a JWS says in its protected header, and in its payload: undefined where that is empty (POST-as-GET). */
  readonly header: Record<string, unknown>;
  readonly payload: Record<string, unknown> | undefined;
}

export interface Answer {
  readonly status?: number;
  /** undefined: without this one, which it would have. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** As JSON; a text as it is, with the JSON type all the same where `headers` name no other. */
  readonly body?: unknown;
  /** It never comes. */
  readonly hangs?: boolean;
}

type Answers = Readonly<Record<string, Answer | ((asked: Asked) => Answer | Promise<Answer>)>>;

const DIRECTORY = {
  newNonce: "/new-nonce",
  newAccount: "/new-account",
  newOrder: "/new-order",
  revokeCert: "/revoke-cert",
  keyChange: "/key-change",
  renewalInfo: "/renewal-info",
};

/**
 * An HTTPS server that gives the answer written down for a path, and keeps what it was asked. Nonces are `nonce-1`, `nonce-2`, … and it
 * checks none, nor any signature. For what an ACME client sends and how it takes what it reads; testing/fake-ca.ts really issues.
 */
export class ScriptedHost {
  readonly origin: string;
  readonly directory: string;
  readonly asked: Asked[] = [];
  /** PEM. */
  readonly accountKey = newKey();
  private readonly clients: AcmeCertificateAuthority[] = [];
  private answers: Answers = {};
  private nonces = 0;

  private constructor(
    private readonly server: https.Server,
    /** PEM of the CA that signed its certificate. */
    readonly trust: string,
  ) {
    this.origin = `https://localhost:${(server.address() as AddressInfo).port}`;
    this.directory = `${this.origin}/directory`;
  }

  static async start(): Promise<ScriptedHost> {
    const ca = createThrowawayCa("Scripted host's listener");
    const { certificate, key } = ca.issue(["localhost"]);
    // Connections end when a client ends them.
    const server = https.createServer({ cert: certificate, key, keepAliveTimeout: 0 });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const host = new ScriptedHost(server, ca.certificate);
    server.on("request", (request, response) => void host.serve(request, response));
    host.script({});
    return host;
  }

  /** A client of this server, `some-ca`; it is closed with the server. */
  client(options: Partial<AcmeAccountOptions> = {}, settings: Partial<CaSettings> = {}): AcmeCertificateAuthority {
    const client = new AcmeCertificateAuthority(
      { name: "some-ca", directory: this.directory, caaIdentities: [], ...settings },
      { accountKey: this.accountKey, trust: this.trust, ...options },
    );
    this.clients.push(client);
    return client;
  }

  /** From now on an ACME server with one account, and these answers by path; what was asked before is forgotten. */
  script(answers: Answers): void {
    this.asked.length = 0;
    this.nonces = 0;
    this.answers = {
      "/directory": { body: DIRECTORY },
      "/new-nonce": {},
      "/new-account": { status: 201, headers: { location: "/account/1" }, body: { status: "valid" } },
      ...answers,
    };
  }

  /** Its directory, changed. */
  directoryWith(changes: object): Answer {
    return { body: { ...DIRECTORY, ...changes } };
  }

  /** What it was asked at a path. */
  askedAt(path: string): readonly Asked[] {
    return this.asked.filter((one) => one.path === path);
  }

  /** Connections that are open now. */
  connections(): Promise<number> {
    return new Promise((resolve, reject) =>
      this.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );
  }

  closeClients(): void {
    for (const client of this.clients.splice(0)) client.close();
  }

  async stop(): Promise<void> {
    this.closeClients();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = "", url: path = "", headers } = request;
    const body = Buffer.concat(chunks).toString();
    const jws = body.startsWith("{") ? JSON.parse(body) : {};
    const asked = { method, path, headers, body, header: decoded(jws.protected) ?? {}, payload: decoded(jws.payload) };
    this.asked.push(asked);
    const found = this.answers[path] ?? { status: 404, body: "" };
    const answer = typeof found === "function" ? await found(asked) : found;
    if (answer.hangs) return;
    // As CAs do: with the directory comes none, so the first request waits for the one that it asks for.
    const nonce = method === "GET" ? {} : { "replay-nonce": `nonce-${++this.nonces}` };
    const given = { "content-type": "application/json", ...nonce, ...answer.headers };
    response.writeHead(answer.status ?? 200, JSON.parse(JSON.stringify(given)));
    const { body: content = {} } = answer;
    response.end(method === "HEAD" ? undefined : typeof content === "string" ? content : JSON.stringify(content));
  }
}

/** An account key, PEM. */
export function newKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

function decoded(part: string | undefined): Record<string, unknown> | undefined {
  return part ? JSON.parse(Buffer.from(part, "base64url").toString()) : undefined;
}
