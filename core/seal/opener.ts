import { isSealed, type KeyContext, open, type Purpose, parseEnvelope, SealError } from "./envelope";

/** KMS's Decrypt. Throws SealError where the data key is not of this stack's KMS key or of another context. */
export type Unwrap = (wrapped: string, context: KeyContext) => Promise<Buffer>;

/** Data keys kept: a year of them, for each is unwrapped for some hundred tenants. */
const KEPT = 4_096;

/** Opens sealed keys: what a front may do and nobody else. */
export class Opener {
  /** Calls of KMS so far. */
  calls = 0;
  private readonly dataKeys = new Map<string, Promise<Buffer>>();

  constructor(
    private readonly stack: string,
    private readonly unwrap: Unwrap,
  ) {}

  /**
   * A tenant's private key in PEM, to be held against its certificate. One that is stored in PEM, as before keys were sealed, is given back as it is.
   * @throws SealError where it is not that tenant's, or was changed
   */
  async privateKey(key: string, tenant: string): Promise<string> {
    return isSealed(key) ? this.open(key, "tenant-keys", tenant) : key;
  }

  /** @throws SealError */
  async ticketKey(key: string): Promise<string> {
    return isSealed(key) ? this.open(key, "ticket-keys", "") : key;
  }

  private async open(sealed: string, purpose: Purpose, tenant: string): Promise<string> {
    const envelope = parseEnvelope(sealed, tenant);
    if (envelope.purpose !== purpose) throw new SealError(`The stored key was sealed for ${envelope.purpose}.`, tenant);
    return open(
      envelope,
      tenant,
      await this.dataKey(envelope.wrapped, { stack: this.stack, purpose, day: envelope.day }),
    );
  }

  private dataKey(wrapped: string, context: KeyContext): Promise<Buffer> {
    const name = `${context.purpose} ${context.day} ${wrapped}`;
    const kept = this.dataKeys.get(name);
    if (kept) return kept;
    this.calls++;
    const key = this.unwrap(wrapped, context);
    this.dataKeys.set(name, key);
    key.catch(() => this.dataKeys.delete(name));
    const [oldest] = this.dataKeys.keys();
    if (this.dataKeys.size > KEPT && oldest !== undefined) this.dataKeys.delete(oldest);
    return key;
  }
}
