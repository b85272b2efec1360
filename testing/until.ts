/**
 * Waits until `condition` gives something that is neither false nor undefined, and returns it.
 * @throws Error naming `what` and the last thrown problem, after `withinMs`
 */
export async function until<T>(
  what: string,
  condition: () => Promise<T | false | undefined> | T | false | undefined,
  withinMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  let problem: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value !== false && value !== undefined) return value;
    } catch (error) {
      problem = error;
    }
    if (Date.now() > deadline) {
      throw new Error(`Not within ${withinMs} ms: ${what}${problem ? ` (last: ${(problem as Error).message})` : ""}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
