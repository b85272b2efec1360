/** Jobs that repeat: each waits its interval after it ended, so that a slow one never runs twice at once. */
export class Schedule {
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly running = new Set<Promise<void>>();
  private stopped = false;

  /** @param onFailure a job that fails runs again all the same */
  constructor(private readonly onFailure: (job: string, error: unknown) => void) {}

  /** Runs the first time at once. @param interval ms */
  every(job: string, interval: number, work: () => Promise<void>): void {
    const again = async (): Promise<void> => {
      try {
        await work();
      } catch (error) {
        this.onFailure(job, error);
      }
      if (!this.stopped) this.timers.set(job, setTimeout(start, interval));
    };
    const start = (): void => {
      const run = again().finally(() => this.running.delete(run));
      this.running.add(run);
    };
    start();
  }

  /** Waits for what is running. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const timer of this.timers.values()) clearTimeout(timer);
    await Promise.all(this.running);
  }
}
