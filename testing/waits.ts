/** What is waited for while this is done, at most, ms: whatever any timer of it was set to. */
export async function waitsOf(work: () => Promise<unknown>): Promise<(number | undefined)[]> {
  const timers = jest.spyOn(global, "setTimeout");
  try {
    await work();
    return timers.mock.calls.map(([, ms]) => ms);
  } finally {
    timers.mockRestore();
  }
}
