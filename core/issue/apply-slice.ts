import { SECOND } from "../base/clock";
import type { Applied } from "./apply";
import type { IssuerPorts } from "./ports";

/** ms between two looks whether a newer list has come. */
const LOOK = 1 * SECOND;

/**
 * One invocation's part of applying a list. A long list takes several, and a deployment does not wait for them: a newer list that
 * comes meanwhile ends them, and none of them writes after it.
 * @param list.continues it goes on where an invocation before had no time left
 * @param until ms since the epoch; nothing is written after it
 * @param write told before each tenant whether it may go on
 * @returns undefined where a newer list has come
 */
export async function applySlice(
  { sha256, continues = false }: { readonly sha256: string; readonly continues?: boolean },
  until: number,
  { store, clock, pause }: Pick<IssuerPorts, "store" | "clock" | "pause">,
  write: (goesOn: () => Promise<boolean>) => Promise<Applied>,
): Promise<Applied | undefined> {
  const before = await store.appliedList();
  if (continues && before?.sha256 !== sha256) return undefined;
  await store.putAppliedList({ sha256, writingUntil: until });
  // What writes from an older list notices within one look.
  if (before && before.sha256 !== sha256 && before.writingUntil > clock.now()) await pause(2 * LOOK);
  const isNewest = everySoOften(LOOK, clock, async () => (await store.appliedList())?.sha256 === sha256);
  const applied = await write(async () => clock.now() < until && (await isNewest()));
  if (!(await isNewest())) return undefined;
  await store.putAppliedList({ sha256, writingUntil: 0 });
  return applied;
}

/** Asks anew when the answer is older than that; all who ask meanwhile share one answer. */
function everySoOften<T>(ms: number, clock: IssuerPorts["clock"], ask: () => Promise<T>): () => Promise<T> {
  let asked = Number.NEGATIVE_INFINITY;
  let answer: Promise<T> | undefined;
  return () => {
    if (answer === undefined || clock.now() - asked >= ms) {
      asked = clock.now();
      answer = ask();
    }
    return answer;
  };
}
