/** What to end, in the reverse order of its start. */
export class Stops {
  private readonly pending: (() => Promise<void> | void)[] = [];

  add(stop: () => Promise<void> | void): void {
    this.pending.push(stop);
  }

  /** Notes a part that has just been started. */
  started<Part extends { stop(): Promise<void> | void }>(part: Part): Part {
    this.add(() => part.stop());
    return part;
  }

  /** Ends everything, also when one part fails to end; then throws the first failure. Safe to call twice. */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (const stop of this.pending.reverse().splice(0)) {
      try {
        await stop();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
