import { wrap } from "./acme-stage";

/** What is called at the same time: each call lasts a turn of the event loop at least. */
export function callsAtOnce<T extends object>(target: T): { readonly counted: T; readonly most: Map<keyof T, number> } {
  const running = new Map<keyof T, number>();
  const most = new Map<keyof T, number>();
  const counted = wrap(target, async (call, _args, run) => {
    const now = (running.get(call) ?? 0) + 1;
    running.set(call, now);
    most.set(call, Math.max(most.get(call) ?? 0, now));
    await new Promise(setImmediate);
    return run().finally(() => running.set(call, (running.get(call) ?? 1) - 1));
  });
  return { counted, most };
}
