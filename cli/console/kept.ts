/** An answer that holds for a while: all who ask meanwhile share it, and a failure is not kept. */
export class Kept<T> {
  private present: Promise<T> | undefined;
  private until = 0;

  /** @param forMs how long it holds from when it was asked for, ms */
  constructor(private readonly forMs: number) {}

  get(read: () => Promise<T>): Promise<T> {
    if (this.present && performance.now() < this.until) return this.present;
    this.until = performance.now() + this.forMs;
    const reading = read();
    reading.catch(() => {
      if (this.present === reading) this.present = undefined;
    });
    this.present = reading;
    return reading;
  }
}
