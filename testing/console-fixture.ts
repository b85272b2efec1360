import { MINUTE } from "../core/base/clock";
import { METRICS } from "../core/base/metrics";
import { dashboardBody } from "../infra/alarms/dashboard-body";
import { alarmDefinitions, SHARDS_PER_SWEEP } from "../infra/alarms/definitions";
import { AlarmEvaluator } from "../local/aws/cloudwatch/alarm-evaluator";
import { MetricStore } from "../local/aws/cloudwatch/metric-store";
import { type Console, type ConsoleOptions, startConsole } from "../local/console/server";
import { ALARM_CONTEXT } from "./alarm-context";
import { FakeResolver } from "./fake-resolver";
import { ManualClock } from "./manual-clock";
import { MemoryStore } from "./memory-store";
import { heartbeat, NOW } from "./sample-tenants";

const CONTEXT = { ...ALARM_CONTEXT, runbookUrl: "https://runbooks.example/operations.md" };

/** A console over the program's own alarms and dashboard; the store is the double that its contract suite holds equal to DynamoDB. */
export interface TestConsole extends Console {
  readonly clock: ManualClock;
  readonly store: MemoryStore;
  readonly dns: FakeResolver;
  /** Whom the page had looked at again or renewed. */
  readonly renewed: readonly string[];
  /** One value of a metric of the stack, now. */
  put(metric: string, value: number): void;
  /** Lets time pass with two fronts and everything alive that alarms expect to hear of; one round of alarms at the end. */
  live(ms: number): Promise<void>;
}

export async function startTestConsole(options: ConsoleOptions = {}): Promise<TestConsole> {
  const clock = new ManualClock(NOW);
  const store = new MemoryStore(clock);
  const dns = new FakeResolver();
  const renewed: string[] = [];
  const metrics = new MetricStore();
  const evaluator = new AlarmEvaluator(alarmDefinitions(CONTEXT), metrics, { clock });
  const console = await startConsole(
    {
      stack: ALARM_CONTEXT.stack,
      about: "This is a stack of the tests.",
      clock,
      store,
      dns,
      operator: { name: "Example Hosting", support: "help@hosting.example" },
      alarms: async () => evaluator.alarms(),
      dashboardBody: async () => JSON.stringify(dashboardBody(CONTEXT)),
      series: async (queries) => queries.map((query) => metrics.statistics(query)),
      finestSeconds: 10,
      renew: async (domain) => {
        renewed.push(domain);
      },
    },
    options,
  );
  const put: TestConsole["put"] = (metric, value) =>
    metrics.put({ namespace: "certfront", metric, dimensions: { stack: "test" }, value, at: clock.now() });
  const balancer = { LoadBalancer: ALARM_CONTEXT.loadBalancer, TargetGroup: ALARM_CONTEXT.targetGroup };
  const healthy = { namespace: "AWS/NetworkELB", metric: "HealthyHostCount", dimensions: balancer, value: 2 };
  const beat = async () => {
    for (const front of ["front-a", "front-b"])
      await store.putHeartbeat(heartbeat(front, { at: clock.now(), revision: clock.now() }));
  };
  await beat();
  return {
    ...console,
    dns,
    clock,
    store,
    renewed,
    put,
    live: async (ms) => {
      for (const end = clock.now() + ms; clock.now() < end; clock.advance(MINUTE)) {
        put(METRICS.monitorHeartbeat, SHARDS_PER_SWEEP);
        put(METRICS.reconcileHeartbeat, 1);
        metrics.put({ ...healthy, at: clock.now() });
      }
      await beat();
      evaluator.evaluate();
    },
  };
}
