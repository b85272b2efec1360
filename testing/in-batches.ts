/** Runs `one` for every item, `width` at a time. Rejects with the first problem. */
export async function inBatches<T>(
  items: readonly T[],
  width: number,
  one: (item: T, index: number) => Promise<unknown>,
): Promise<void> {
  const left = items.entries();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const [index, item] of left) await one(item, index);
    }),
  );
}
