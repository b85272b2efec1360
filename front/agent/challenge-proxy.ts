import * as fs from "node:fs/promises";
import * as http from "node:http";
import type { AddressInfo } from "node:net";

/** What the challenge responder answers (docs/contracts.md). */
export type ChallengeAnswer = { readonly status: 200; readonly body: string } | { readonly status: 404 };
export type AskResponder = (question: { token: string; host: string; front: string }) => Promise<ChallengeAnswer>;

const PREFIX = "/.well-known/acme-challenge/";
const TOKEN = /^[A-Za-z0-9_-]{1,128}$/;
const HOST = /^[A-Za-z0-9.-]{1,253}$/;

/** Questions under way at the responder; more wait. */
const CONCURRENCY = 16;
/** Waiting questions; more are turned away at once. */
const WAITING = 200;
/** ms an answer is kept: CAs ask from five or six places at once, and a scanner asks for ever. */
const KEEP_FOUND = 30_000;
const KEEP_UNKNOWN = 10_000;
const KEPT = 10_000;
/** Unknown tokens in a minute, from all sources together; past that, only hosts of tenants are asked for. A storm is no Lambda bill. */
const UNKNOWN_PER_MINUTE = 600;

interface Kept {
  readonly answer: ChallengeAnswer;
  readonly until: number;
}

/**
 * Answers HTTP-01 challenges that HAProxy hands on, by asking the responder function. HAProxy has already limited each source and
 * refused whatever is not a token; everything is checked here again.
 */
export class ChallengeProxy {
  private readonly server: http.Server;
  private readonly kept = new Map<string, Kept>();
  private readonly asking = new Map<string, Promise<ChallengeAnswer>>();
  private readonly waiting: (() => void)[] = [];
  private running = 0;
  private unknown = { minute: 0, count: 0 };

  constructor(
    private readonly front: string,
    private readonly ask: AskResponder,
    private readonly isTenant: (host: string) => boolean,
    private readonly now: () => number = Date.now,
  ) {
    this.server = http.createServer((request, response) => void this.answer(request, response));
    this.server.requestTimeout = 10_000;
    this.server.maxConnections = 500;
  }

  /** @param socketPath left over from a killed agent: replaced. HAProxy's own user must be able to connect. */
  async listen(socketPath: string): Promise<void> {
    await fs.rm(socketPath, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(socketPath, resolve);
    });
    await fs.chmod(socketPath, 0o666);
  }

  /** For tests: a TCP port instead of the socket. */
  address(): AddressInfo | string | null {
    return this.server.address();
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { status, body } = await this.resolve(request).catch(() => ({ status: 503 as const, body: "" }));
    response.writeHead(status, {
      "content-type": "application/octet-stream",
      "content-length": Buffer.byteLength(body),
      "cache-control": "no-store",
      ...(status === 503 && { "retry-after": "5" }),
    });
    response.end(request.method === "HEAD" ? undefined : body);
  }

  private async resolve(request: http.IncomingMessage): Promise<{ status: 200 | 404 | 503; body: string }> {
    const token = (request.url ?? "").startsWith(PREFIX) ? (request.url ?? "").slice(PREFIX.length) : "";
    const host = (request.headers.host ?? "").toLowerCase().replace(/:\d+$/, "").replace(/\.$/, "");
    if (!TOKEN.test(token) || !HOST.test(host)) return { status: 404, body: "" };
    const answer = await this.lookUp(token, host);
    return answer === undefined
      ? { status: 503, body: "" }
      : { status: answer.status, body: answer.status === 200 ? answer.body : "" };
  }

  /** undefined: too busy to ask. */
  private async lookUp(token: string, host: string): Promise<ChallengeAnswer | undefined> {
    const key = `${host} ${token}`;
    const kept = this.kept.get(key);
    if (kept && kept.until > this.now()) return kept.answer;
    const underWay = this.asking.get(key);
    if (underWay) return underWay;
    if (this.waiting.length >= WAITING || (this.unknownNow() >= UNKNOWN_PER_MINUTE && !this.isTenant(host))) {
      return undefined;
    }
    const question = this.asked(token, host).finally(() => this.asking.delete(key));
    this.asking.set(key, question);
    const answer = await question;
    this.keep(key, answer);
    return answer;
  }

  private async asked(token: string, host: string): Promise<ChallengeAnswer> {
    if (this.running >= CONCURRENCY) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.running++;
    try {
      return await this.ask({ token, host, front: this.front });
    } finally {
      this.running--;
      this.waiting.shift()?.();
    }
  }

  private keep(key: string, answer: ChallengeAnswer): void {
    if (answer.status === 404) this.unknown.count = this.unknownNow() + 1;
    if (this.kept.size >= KEPT) this.kept.delete(this.kept.keys().next().value ?? "");
    this.kept.set(key, { answer, until: this.now() + (answer.status === 200 ? KEEP_FOUND : KEEP_UNKNOWN) });
  }

  private unknownNow(): number {
    const minute = Math.floor(this.now() / 60_000);
    if (this.unknown.minute !== minute) this.unknown = { minute, count: 0 };
    return this.unknown.count;
  }
}
