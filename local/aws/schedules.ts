import { DAY, HOUR, MINUTE } from "../../core/base/clock";
import { CertfrontError } from "../../core/base/errors";

/** `aws.scheduler.Schedule`, what matters here. */
export interface Schedule {
  readonly name: string;
  /** ms. */
  readonly intervalMs: number;
  readonly functionName: string;
  /** Role that the scheduler takes to call it. */
  readonly role: string;
  readonly input: string;
}

const UNITS: Readonly<Record<string, number>> = { minute: MINUTE, hour: HOUR, day: DAY };

/** `rate(1 minute)` in ms. @throws CertfrontError for the other forms (cron, at) */
export function intervalOf(expression: string): number {
  const [, count, unit = ""] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const unitMs = UNITS[unit];
  if (count === undefined || unitMs === undefined) {
    throw new CertfrontError(`The schedule "${expression}" is not a rate.`, {
      code: "LOCAL_RESOURCE",
      advice: "The local stack runs rate(…) schedules; teach local/aws/schedules.ts the other forms.",
    });
  }
  return Number(count) * unitMs;
}

/** Calls each schedule's function: at once, then at its interval, whether the last call is done or not. */
export class Scheduler {
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly paused = new Set<string>();

  constructor(private readonly call: (schedule: Schedule) => Promise<void>) {}

  start(schedules: readonly Schedule[]): void {
    for (const schedule of schedules) {
      const run = () => {
        if (!this.paused.has(schedule.functionName)) void this.call(schedule);
      };
      run();
      this.timers.push(setInterval(run, schedule.intervalMs));
    }
  }

  /** Disables every schedule of a function, as somebody may on AWS. */
  pause(functionName: string): void {
    this.paused.add(functionName);
  }

  resume(functionName: string): void {
    this.paused.delete(functionName);
  }

  stop(): void {
    for (const timer of this.timers) clearInterval(timer);
  }
}
