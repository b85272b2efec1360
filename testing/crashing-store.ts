import type { Store } from "../core/record/store";

/** A process that is gone: nothing that it still tries has any effect. */
export class CrashError extends Error {}

const WRITES: ReadonlySet<string | symbol> = new Set([
  "createTenant",
  "saveTenant",
  "putOrderSecret",
  "deleteOrderSecret",
  "putCertificate",
  "putFrontItem",
  "putBucket",
  "putOutage",
]);

export interface Crash {
  readonly store: Store;
  /** Writes so far, by name. */
  readonly writes: string[];
  /** True once the process is gone. */
  crashed(): boolean;
}

/**
 * A store whose process dies at its `write`th write (1 is the first): `before` it took effect, or right `after`. From then on
 * every call throws.
 */
export function crashingStore(inner: Store, write: number, when: "before" | "after"): Crash {
  const writes: string[] = [];
  let dead = false;
  const store = new Proxy(inner, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return async (...args: unknown[]) => {
        if (dead) throw new CrashError(`crashed before ${String(name)}`);
        if (!WRITES.has(name)) return member.apply(target, args);
        writes.push(String(name));
        const last = writes.length === write;
        if (last && when === "before") dead = true;
        if (dead) throw new CrashError(`crashed before ${String(name)}`);
        const result: unknown = await member.apply(target, args);
        if (last) dead = true;
        if (dead) throw new CrashError(`crashed after ${String(name)}`);
        return result;
      };
    },
  });
  return { store, writes, crashed: () => dead };
}
