import { isSealed, type KeyContext, open, type Purpose, parseEnvelope, SealError } from "./envelope";
import { lockOf, openRing, type RingLock, ringName, sealRing } from "./key-ring";

/** KMS's Decrypt. Throws SealError where the data key is not of this stack's KMS key or of another context. */
export type Unwrap = (wrapped: string, context: KeyContext) => Promise<Buffer>;

/** Data keys kept: more than the tenants of any stack were sealed with, for each is for some hundred of them. */
const KEPT = 8_192;
/** So many data keys in no ring, for each of which the next front would ask KMS, are worth a new one. */
const NEW_RING_AFTER = 20;

/** Opens sealed keys: what a front may do and nobody else. */
export class Opener {
  /** Calls of KMS so far. */
  calls = 0;
  private readonly dataKeys: Readonly<Record<Purpose, Map<string, Promise<Buffer>>>> = {
    "tenant-keys": new Map(),
    "ticket-keys": new Map(),
  };
  /** Names of data keys that another front told of, and that have not opened anything yet. */
  private readonly unproven = new Set<string>();
  /** Those of the ring that was last adopted. Keys of session tickets are in none. */
  private inRing: ReadonlySet<string> = new Set();
  private newest: RingLock | undefined;

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

  /**
   * Takes over the data keys that other fronts have opened, for one call of KMS.
   * @throws SealError where the ring is none of theirs
   */
  async adoptRing(ring: string): Promise<void> {
    const { wrapped, day } = lockOf(ring);
    const keys = openRing(ring, await this.dataKey(wrapped, this.context("tenant-keys", day)));
    for (const [name, key] of keys) {
      if (this.dataKeys["tenant-keys"].has(name)) continue;
      this.unproven.add(name);
      keep(this.dataKeys["tenant-keys"], name, Promise.resolve(key));
    }
    this.inRing = new Set(keys.keys());
  }

  /** The ring that was last adopted is not there any more, or is none. */
  forgetRing(): void {
    this.inRing = new Set();
  }

  /** The data keys of tenants' keys, sealed for other fronts; undefined while the ring that was last adopted has all but a few, or none opened. */
  async newRing(): Promise<string | undefined> {
    const names = [...this.dataKeys["tenant-keys"].keys()];
    if (names.filter((name) => !this.inRing.has(name)).length < NEW_RING_AFTER) return undefined;
    const keys = new Map<string, Buffer>();
    for (const [name, key] of this.dataKeys["tenant-keys"]) {
      const plain = await key.catch(() => undefined);
      if (plain) keys.set(name, plain);
    }
    const lock = this.newest;
    return lock && sealRing(keys, lock, await this.dataKey(lock.wrapped, this.context("tenant-keys", lock.day)));
  }

  private async open(sealed: string, purpose: Purpose, tenant: string): Promise<string> {
    const envelope = parseEnvelope(sealed, tenant);
    if (envelope.purpose !== purpose) throw new SealError(`The stored key was sealed for ${envelope.purpose}.`, tenant);
    const context = this.context(purpose, envelope.day);
    const name = ringName(envelope.wrapped, context);
    const plain = await this.dataKey(envelope.wrapped, context, name);
    try {
      const text = open(envelope, tenant, plain);
      this.unproven.delete(name);
      return text;
    } catch {
      // A front that lies about a data key takes nothing off the air: KMS is asked. Any other opens no more than before.
      if (this.unproven.delete(name)) this.dataKeys[purpose].delete(name);
      return open(envelope, tenant, await this.dataKey(envelope.wrapped, context, name));
    }
  }

  private dataKey(wrapped: string, context: KeyContext, name = ringName(wrapped, context)): Promise<Buffer> {
    const keys = this.dataKeys[context.purpose];
    const kept = keys.get(name);
    if (kept) return kept;
    this.calls++;
    const key = this.unwrap(wrapped, context);
    keep(keys, name, key);
    key.then(
      () => {
        const { purpose, day } = context;
        if (purpose === "tenant-keys" && day >= (this.newest?.day ?? "")) this.newest = { wrapped, day };
      },
      () => keys.delete(name),
    );
    return key;
  }

  private context(purpose: Purpose, day: string): KeyContext {
    return { stack: this.stack, purpose, day };
  }
}

function keep(keys: Map<string, Promise<Buffer>>, name: string, key: Promise<Buffer>): void {
  keys.set(name, key);
  for (const oldest of keys.keys()) {
    if (keys.size <= KEPT) return;
    keys.delete(oldest);
  }
}
