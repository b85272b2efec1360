/** A test on several fronts at once, for one that mostly waits. An error says on which of them. */
export async function sideBySide<T extends { readonly name: string }>(
  fronts: readonly T[],
  test: (front: T) => Promise<unknown>,
): Promise<void> {
  const ends = await Promise.allSettled(fronts.map(test));
  for (const [index, end] of ends.entries()) {
    if (end.status === "fulfilled") continue;
    const error = end.reason as Error;
    error.message = `on ${fronts[index]?.name}: ${error.message}`;
    throw error;
  }
}
