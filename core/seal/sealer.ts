import type { Clock } from "../base/clock";
import { type Contents, type DataKey, isSealed, type KeyContext, type Purpose, seal } from "./envelope";
import { idOfKey } from "./key-id";

/** KMS's GenerateDataKey. */
export type GenerateDataKey = (context: KeyContext) => Promise<DataKey>;

/** Bytes of a session ticket key's name, which every ticket carries in the clear. */
const TICKET_NAME = 16;

/**
 * Seals keys before they are stored, and opens none: the issuer has no right to. One data key a process, purpose and day, so that a
 * front unwraps some hundreds where it loads a hundred thousand tenants.
 */
export class Sealer {
  private readonly dataKeys = new Map<Purpose, { readonly day: string; readonly key: Promise<DataKey> }>();

  constructor(
    private readonly stack: string,
    private readonly generate: GenerateDataKey,
    private readonly clock: Clock,
  ) {}

  /**
   * @param key PEM; what is sealed already stays as it is
   * @throws AwsError where KMS gives no data key
   */
  async privateKey(key: string, tenant: string): Promise<string> {
    return isSealed(key) ? key : this.seal(key, { purpose: "tenant-keys", tenant, id: idOfKey(key) });
  }

  /** @param key base64 of HAProxy's 80 bytes; what is sealed already stays as it is */
  async ticketKey(key: string): Promise<string> {
    if (isSealed(key)) return key;
    const id = Buffer.from(key, "base64").subarray(0, TICKET_NAME).toString("hex");
    return this.seal(key, { purpose: "ticket-keys", tenant: "", id });
  }

  private async seal(text: string, contents: Contents): Promise<string> {
    const day = new Date(this.clock.now()).toISOString().slice(0, 10);
    return seal(text, contents, day, await this.dataKey(contents.purpose, day));
  }

  private dataKey(purpose: Purpose, day: string): Promise<DataKey> {
    const present = this.dataKeys.get(purpose);
    if (present?.day === day) return present.key;
    const key = this.generate({ stack: this.stack, purpose, day });
    this.dataKeys.set(purpose, { day, key });
    key.catch(() => this.dataKeys.delete(purpose));
    return key;
  }
}
