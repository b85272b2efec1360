import { CertfrontError, wordsOf } from "../base/errors";
import { someOf } from "../tenant/removals";

/** So many, and it is the table that fails, not single records: nothing is gained by trying the others. */
const MOST = 20;

/** Tenants whose record could not be written: the others are written all the same, and then it is told of which ones not. */
export class Unwritten {
  private readonly errors = new Map<string, unknown>();

  get size(): number {
    return this.errors.size;
  }

  /** @throws CertfrontError when so many fail that it is the table */
  async past(domain: string, write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      this.errors.set(domain, error);
      if (this.size >= MOST) this.tell();
    }
  }

  /** @throws CertfrontError naming them, if there are any */
  tell(): void {
    const [first] = this.errors.values();
    if (this.size === 0) return;
    const why = wordsOf(first);
    throw new CertfrontError(
      `${this.size} tenant${this.size === 1 ? " was" : "s were"} not written: ${someOf([...this.errors.keys()])}. The first one said: ${why}`,
      {
        code: "TENANTS_NOT_WRITTEN",
        advice:
          "What was served stays served. Run pulumi up again; where it is the same ones, look at their records in the table.",
        cause: first,
      },
    );
  }
}
