import { systemClock } from "../../core/base/clock";
import { AlarmEvaluator } from "../aws/cloudwatch/alarm-evaluator";
import type { ConsoleAlarm } from "../aws/cloudwatch/types";
import type { LocalCloud } from "../engine/cloud";

/** The stack's CloudWatch: measures what AWS itself would, and evaluates the program's alarms. */
export class Monitoring {
  private readonly evaluator: AlarmEvaluator;
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(private readonly cloud: LocalCloud) {
    this.evaluator = new AlarmEvaluator([...cloud.alarms.values()], cloud.metrics, {
      clock: systemClock,
      onTransition: (name, { from, to, reason }) => cloud.progress.tell({ kind: "alarm", name, from, to, reason }),
    });
  }

  /** Measures at once; evaluates from the first full period on, so that silence means silence. */
  start(): void {
    const { timeScale } = this.cloud;
    const periodMs = timeScale.alarmPeriod(60) * 1_000;
    this.measure();
    this.timers.push(setInterval(() => this.measure(), Math.min(periodMs / 2, 5_000)));
    this.timers.push(
      setTimeout(() => {
        this.evaluator.evaluate();
        this.timers.push(setInterval(() => this.evaluator.evaluate(), Math.min(periodMs / 2, 5_000)));
      }, 2 * periodMs),
    );
  }

  stop(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }

  /** As CloudWatch would list them. */
  alarms(): ConsoleAlarm[] {
    return this.evaluator.alarms();
  }

  /** Metrics that AWS makes without being asked. */
  private measure(): void {
    const { metrics, targetGroups, balancers, queues } = this.cloud;
    const at = Date.now();
    for (const LoadBalancer of balancers.values()) {
      for (const { group, dimension: TargetGroup } of targetGroups.values()) {
        const { healthy, unhealthy } = group.counts();
        const put = (metric: string, value: number) =>
          metrics.put({ namespace: "AWS/NetworkELB", metric, dimensions: { LoadBalancer, TargetGroup }, value, at });
        put("HealthyHostCount", healthy);
        put("UnHealthyHostCount", unhealthy);
      }
    }
    for (const [QueueName, value] of queues) {
      metrics.put({
        namespace: "AWS/SQS",
        metric: "ApproximateNumberOfMessagesVisible",
        dimensions: { QueueName },
        value,
        at,
      });
    }
  }
}
