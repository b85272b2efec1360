import { HOUR, SECOND } from "../core/base/clock";
import { SignedClient } from "./signed-client";
import type { TransportOptions } from "./transport";

/** ms for one, its nonce included. */
const LONGEST = 3 * SECOND;
/** How long a CA that said no, or nothing, is not asked by this process. */
const LEFT_ALONE = 1 * HOUR;
const AT_ONCE = 16;

/**
 * Gives authorizations up, which nobody waits for and a CA need not allow. Over connections of its own: a CA that hangs here holds up no
 * order.
 */
export class Deactivations {
  private readonly client: SignedClient;
  private leftAloneUntil = 0;
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly timeoutMs: number;

  constructor(accountKey: string, server: TransportOptions) {
    this.timeoutMs = Math.min(server.timeoutMs, LONGEST);
    this.client = new SignedClient(accountKey, {
      ...server,
      timeoutMs: this.timeoutMs,
      // An account that the CA has lost is made anew by the next order.
      account: { onlyReturnExisting: true },
    });
  }

  /**
   * @param account its URL
   * @throws AcmeError, or Error after three seconds; nothing where the CA is left alone
   */
  async ask(url: string, account: string): Promise<void> {
    while (this.running >= AT_ONCE) await new Promise<void>((resolve) => this.waiting.push(resolve));
    if (Date.now() < this.leftAloneUntil) return this.waiting.shift()?.();
    this.running++;
    this.client.accountUrl = account;
    try {
      await inTime(this.timeoutMs, this.client.updateAuthorization(url, { status: "deactivated" }));
    } catch (error) {
      this.leftAloneUntil = Date.now() + LEFT_ALONE;
      throw error;
    } finally {
      this.running--;
      this.waiting.shift()?.();
    }
  }

  /** Closes the kept-alive connections. */
  close(): void {
    this.client.http.close();
  }
}

async function inTime(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms / SECOND} s`)), ms);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
