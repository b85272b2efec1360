import { setTimeout as wait } from "node:timers/promises";

/** What an honest client saw while something else went on. */
export interface Visits {
  readonly count: number;
  /** What was not the answer it came for. */
  readonly errors: readonly (number | string)[];
  /** ms. */
  readonly median: number;
  /** ms. */
  readonly worst: number;
}

const PAUSE_MS = 50;
const FEWEST = 5;

/**
 * Visits again and again, one visit after another.
 * @param visit a status, or what went wrong
 * @returns ends it, after five visits at the least
 */
export function keepVisiting(visit: () => Promise<number | string>): () => Promise<Visits> {
  const times: number[] = [];
  const errors: (number | string)[] = [];
  let over = false;
  const running = (async () => {
    while (!over || times.length < FEWEST) {
      const start = performance.now();
      const answer = await visit();
      times.push(performance.now() - start);
      if (answer !== 200) errors.push(answer);
      await wait(PAUSE_MS);
    }
  })();
  return async () => {
    over = true;
    await running;
    times.sort((a, b) => a - b);
    const at = (part: number): number => Math.round(times[Math.floor((times.length - 1) * part)] ?? 0);
    return { count: times.length, errors, median: at(0.5), worst: at(1) };
  };
}
