import { AwsError } from "../error";
import type { Outcome } from "./environment";

export interface AsyncSettings {
  /** Lambda's MaximumRetryAttempts, 0 to 2. */
  readonly retries: number;
  /** Queue that gets the event when all attempts failed. */
  readonly deadLetterArn?: string;
}

export interface AsyncHost {
  invoke(name: string, payload: string): Promise<Outcome>;
  settings(name: string): AsyncSettings;
  deadLetter(name: string, queueArn: string, payload: string, failure: string): void;
  onFailure(name: string, attempt: number, failure: string): void;
  /** Waits between attempts are divided by this. */
  readonly timeScale: number;
}

/** Waits before the first and second retry of an event whose function failed, ms (AWS Lambda developer guide, "Asynchronous invocation"). */
const RETRY_WAITS = [60_000, 120_000];
/** First wait after a throttled attempt, ms; doubles up to five minutes. */
const THROTTLE_WAIT = 1_000;
const THROTTLE_WAIT_LIMIT = 300_000;

/** Lambda's event queue: takes events at once, runs them, tries failed ones again, then hands them to the dead-letter queue. */
export class AsyncInvocations {
  private readonly timers = new Set<NodeJS.Timeout>();
  private stopped = false;

  constructor(private readonly host: AsyncHost) {}

  accept(name: string, payload: string): void {
    void this.attempt(name, payload, 0);
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.timers) clearTimeout(timer);
  }

  private async attempt(name: string, payload: string, failures: number): Promise<void> {
    for (let wait = THROTTLE_WAIT; ; wait = Math.min(wait * 2, THROTTLE_WAIT_LIMIT)) {
      if (this.stopped) return;
      try {
        const outcome = await this.host.invoke(name, payload);
        if (outcome.error) this.failed(name, payload, failures, outcome.payload);
        return;
      } catch (error) {
        if (!(error instanceof AwsError && error.code === "TooManyRequestsException")) {
          this.failed(name, payload, failures, String(error));
          return;
        }
      }
      await this.pause(wait);
    }
  }

  private failed(name: string, payload: string, failures: number, failure: string): void {
    if (this.stopped) return;
    const { retries, deadLetterArn } = this.host.settings(name);
    this.host.onFailure(name, failures + 1, failure);
    if (failures < retries) {
      void this.pause(RETRY_WAITS[failures] ?? 0).then(() => this.attempt(name, payload, failures + 1));
    } else if (deadLetterArn !== undefined) {
      this.host.deadLetter(name, deadLetterArn, payload, failure);
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.timers.delete(timer);
        resolve();
      }, ms / this.host.timeScale);
      this.timers.add(timer);
    });
  }
}
