import { randomBytes } from "node:crypto";
import type { Clock } from "../core/base/clock";
import { type DataKey, type KeyContext, SealError } from "../core/seal/envelope";
import { Opener } from "../core/seal/opener";
import { Sealer } from "../core/seal/sealer";

/** KMS in this process: gives a data key out again for the context that it was made for, and for no other. */
export class TestDataKeys {
  private readonly made = new Map<string, { readonly plain: Buffer; readonly context: string }>();
  /** Calls of KMS so far. */
  readonly calls: { readonly operation: "GenerateDataKey" | "Decrypt"; readonly context: KeyContext }[] = [];

  constructor(private readonly stack = "test") {}

  sealer(clock: Clock): Sealer {
    return new Sealer(this.stack, (context) => this.generate(context), clock);
  }

  opener(): Opener {
    return new Opener(this.stack, (wrapped, context) => this.unwrap(wrapped, context));
  }

  /** What no text may hold. */
  plainKeys(): Buffer[] {
    return [...this.made.values()].map(({ plain }) => plain);
  }

  async generate(context: KeyContext): Promise<DataKey> {
    this.calls.push({ operation: "GenerateDataKey", context });
    const [plain, wrapped] = [randomBytes(32), randomBytes(184).toString("base64")];
    this.made.set(wrapped, { plain, context: JSON.stringify(context) });
    return { plain, wrapped };
  }

  async unwrap(wrapped: string, context: KeyContext): Promise<Buffer> {
    this.calls.push({ operation: "Decrypt", context });
    const made = this.made.get(wrapped);
    if (made?.context === JSON.stringify(context)) return made.plain;
    throw new SealError("The stored key was sealed with a data key that is not of this stack.", "");
  }
}

/** The ARN of no key: where nothing is sealed. */
export const NO_SEAL_KEY = "arn:aws:kms:eu-west-1:000000000000:key/none";
