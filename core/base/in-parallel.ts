/**
 * Runs `work` on every item, at most `width` at a time. When one throws, no further item is begun, and the first error is thrown
 * after those under way have ended: nothing goes on behind the caller's back.
 * @returns results in the items' order
 */
export async function inParallel<T, R>(
  items: Iterable<T>,
  width: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const failures: unknown[] = [];
  const rest = items[Symbol.iterator]();
  let begun = 0;
  const worker = async (): Promise<void> => {
    while (failures.length === 0) {
      const next = rest.next();
      if (next.done) return;
      const position = begun++;
      try {
        results[position] = await work(next.value, position);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  if (failures.length > 0) throw failures[0];
  return results;
}
