import { MINUTE } from "../core/base/clock";

/** Older ones a CA has often forgotten; using one costs a refused request. */
const AGE_LIMIT = 5 * MINUTE;
const KEPT = 64;
/** Asks for new nonces at once: Let's Encrypt allows 20 a second, 10 in one go. */
const FETCHES = 4;

/**
 * Anti-replay nonces (RFC 8555 §6.5): every answer brings one, so asking for one is the exception. Callers that find none
 * wait for whichever comes first, an answer's or one asked for.
 */
export class Nonces {
  private readonly kept: { nonce: string; since: number }[] = [];
  private readonly waiting: { resolve: (nonce: string) => void; reject: (error: unknown) => void }[] = [];
  private fetching = 0;

  /** @param fetchOne asks the CA for one (newNonce) */
  constructor(private readonly fetchOne: () => Promise<string>) {}

  take(): Promise<string> {
    const fresh = this.kept.pop();
    if (fresh && Date.now() - fresh.since < AGE_LIMIT) return Promise.resolve(fresh.nonce);
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.fetchWhereNeeded();
    });
  }

  give(nonce: string): void {
    const next = this.waiting.shift();
    if (next) next.resolve(nonce);
    else if (this.kept.push({ nonce, since: Date.now() }) > KEPT) this.kept.shift();
  }

  private fetchWhereNeeded(): void {
    if (this.fetching >= FETCHES || this.fetching >= this.waiting.length) return;
    this.fetching++;
    this.fetchOne()
      .then(
        (nonce) => this.give(nonce),
        (error) => this.waiting.shift()?.reject(error),
      )
      .finally(() => {
        this.fetching--;
        this.fetchWhereNeeded();
      });
  }
}
