import { type Clock, SECOND } from "../../core/base/clock";
import { CertfrontError } from "../../core/base/errors";
import { SealError } from "../../core/seal/envelope";
import { Opener } from "../../core/seal/opener";
import { AwsClient, AwsError } from "../../wire/aws/client";
import { unwrapDataKey } from "../../wire/aws/data-keys";
import { KMS } from "../../wire/aws/services";
import type { FrontSettings } from "../settings";

/** KMS does not do what it should: no tenant's fault. */
export class KeysUnreachableError extends CertfrontError {
  override name = "KeysUnreachableError";
  constructor(cause: AwsError) {
    super(`Sealed keys cannot be opened: ${cause.message}`, {
      code: "KEYS_UNREACHABLE",
      advice: "Look at the key's policy and state, and at the network; what is served stays served.",
      cause,
    });
  }
}

export const isKeysUnreachable = (error: unknown): error is KeysUnreachableError =>
  error instanceof KeysUnreachableError;

/** What KMS says of a data key that somebody else wrapped, or for something else. */
const FOREIGN = ["InvalidCiphertextException", "IncorrectKeyException"];
/** After a failure KMS is left alone for this long: thousands of tenants would ask in a row. */
const LEFT_ALONE = 1 * SECOND;

/** Opens this stack's sealed keys with the rights of the front. */
export function keyOpener({ stack, region, sealKey }: FrontSettings, clock: Clock): Opener {
  const kms = new AwsClient(KMS, region ? { region } : {});
  let failed: { readonly at: number; readonly error: KeysUnreachableError } | undefined;
  return new Opener(stack, async (wrapped, context) => {
    if (failed && clock.now() - failed.at < LEFT_ALONE) throw failed.error;
    try {
      return await unwrapDataKey(kms, sealKey, wrapped, { ...context });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      if (FOREIGN.includes(error.type)) {
        throw new SealError("The stored key was sealed with a data key that is not of this stack.", "", error);
      }
      failed = { at: clock.now(), error: new KeysUnreachableError(error) };
      throw failed.error;
    }
  });
}
