import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { type DrillAlarm, planDrill } from "../../cli/drill-plan";
import { HOUR, MINUTE } from "../../core/base/clock";
import { METRICS } from "../../core/base/metrics";
import { alarmDefinitions, SHARDS_PER_SWEEP } from "../../infra/alarms/definitions";
import { AwsApi, json } from "../../local/aws/api";
import { AlarmEvaluator } from "../../local/aws/cloudwatch/alarm-evaluator";
import { MetricStore } from "../../local/aws/cloudwatch/metric-store";
import { ALARM_CONTEXT } from "../../testing/alarm-context";
import { certfront as run } from "../../testing/certfront-cli";
import { type CliStack, startCliStack } from "../../testing/cli-stack";
import { ManualClock } from "../../testing/manual-clock";
import { NOW } from "../../testing/sample-tenants";

const clock = new ManualClock(NOW);
let stack: CliStack;
let evaluates: boolean;

beforeAll(async () => {
  stack = await startCliStack(clock);
});
afterAll(() => stack?.stop());
beforeEach(() => {
  evaluates = true;
  // Whatever an earlier test rang is long over.
  clock.advance(12 * HOUR);
  stack.metrics.put({
    namespace: "certfront",
    metric: METRICS.overdueFractionMax,
    dimensions: { stack: "test" },
    value: 0,
    at: clock.now(),
  });
  clock.advance(MINUTE);
  stack.evaluate();
});

/** What the monitor, the issuer and the load balancer say while all is well. */
function putSignsOfLife(): void {
  const put = (namespace: string, metric: string, dimensions: Record<string, string>, value: number) =>
    stack.metrics.put({ namespace, metric, dimensions, value, at: clock.now() });
  put("certfront", METRICS.monitorHeartbeat, { stack: "test" }, SHARDS_PER_SWEEP);
  put("certfront", METRICS.reconcileHeartbeat, { stack: "test" }, 1);
  put("certfront", METRICS.overdueFractionMax, { stack: "test" }, 0);
  const { loadBalancer, targetGroup } = ALARM_CONTEXT;
  put("AWS/NetworkELB", "HealthyHostCount", { LoadBalancer: loadBalancer, TargetGroup: targetGroup }, 2);
}

/** The drill's waiting is the stack's time. */
async function pause(ms: number): Promise<void> {
  clock.advance(ms);
  if (evaluates) stack.evaluate();
}
const certfront = (args: string[], answer = false) => run(args, { env: stack.env, clock, answer, pause });

describe("certfront drill", () => {
  it("rings the alarm that is over soonest and waits until it is OK again", async () => {
    const { code, stdout, stderr } = await certfront(["drill", "--yes"]);
    expect(stderr).toContain("test-front-lag will ring for 4 minutes or a little longer.");
    expect(stderr).toMatch(/test-front-lag: ALARM after \d+ s/);
    expect(stderr).toMatch(/test-front-lag: OK after \d+ s/);
    expect(stdout).toMatch(/^test-front-lag rang, and is OK again, after \d+ s\.$/);
    expect(code).toBe(0);
  });

  it("rings a paging alarm together with the composite that calls people", async () => {
    for (let minute = 0; minute < 180; minute++) {
      putSignsOfLife();
      clock.advance(MINUTE);
    }
    stack.evaluate();
    const { code, stdout, stderr } = await run(["drill", "--alarm", "renewal-overdue-page", "--yes", "--json"], {
      env: stack.env,
      clock,
      pause: async (ms) => {
        putSignsOfLife();
        await pause(ms);
      },
    });
    expect(stderr).toMatch(/test-renewal-overdue-page and test-page: ALARM after \d+ s/);
    expect(stderr).toMatch(/test-renewal-overdue-page and test-page: OK after \d+ s/);
    expect(JSON.parse(stdout)).toMatchObject({ alarm: "test-renewal-overdue-page", rang: true, quiet: true });
    expect(code).toBe(0);
  });

  it("does not take a composite that rings already for the drill's own", async () => {
    await pause(3 * HOUR);
    const { code, stderr } = await certfront(["drill", "--alarm", "renewal-overdue-page", "--yes"]);
    expect(stderr).toContain("test-page rings already");
    expect(code).toBe(3);
  });

  it("says so, and fails, when the alarm does not ring", async () => {
    evaluates = false;
    const { code, stdout, stderr } = await certfront(["drill", "--yes"]);
    expect(stderr).toContain("still waiting for ALARM: test-front-lag is OK");
    expect(stdout).toContain("test-front-lag did NOT ring.");
    expect(code).toBe(1);
  });

  it("does nothing until somebody says yes", async () => {
    const { code, asked } = await certfront(["drill"], false);
    expect(asked).toEqual(["Ring it?"]);
    expect(code).toBe(1);
    await pause(2 * MINUTE);
    expect((await certfront(["drill", "--alarm", "front-lag"], false)).stderr).toContain("test-front-lag will ring");
  });

  it.each([
    ["monitor-silent", "test-monitor-silent cannot be made to ring by adding a value."],
    ["issuer-errors", "test-issuer-errors cannot be made to ring by adding a value."],
    ["nonsense", "There is no alarm nonsense."],
  ])("cannot ring %s, and says why", async (alarm, sentence) => {
    const { code, stderr } = await certfront(["drill", "--alarm", alarm, "--yes"]);
    expect(stderr).toContain(sentence);
    expect(code).toBe(2);
  });

  it("proves nothing with an alarm that rings already", async () => {
    stack.metrics.put({
      namespace: "certfront",
      metric: METRICS.overdueFractionMax,
      dimensions: { stack: "test" },
      value: 0.1,
      at: clock.now(),
    });
    await pause(2 * MINUTE);
    const { code, stderr } = await certfront(["drill", "--alarm", "renewal-overdue", "--yes"]);
    expect(stderr).toContain("test-renewal-overdue rings already");
    expect(code).toBe(3);
  });
});

describe("certfront drill on a stack that notifies", () => {
  /** CloudWatch as far as it notifies, which nothing on this machine does: one alarm, OK, then ALARM, then OK. */
  async function cloudWatchThatNotifies(summary: string) {
    let states = 0;
    let asked = 0;
    const api = new AwsApi();
    api.serve("monitoring", async (call) => {
      if (call.operation === "PutMetricData") return json({});
      if (call.operation === "DescribeAlarmHistory")
        return json({ AlarmHistoryItems: asked++ > 0 ? [{ HistorySummary: summary }] : [] });
      const StateValue = ["OK", "OK", "ALARM", "ALARM", "OK"][Math.min(states++, 4)];
      const alarm = {
        ...{
          AlarmName: "test-front-lag",
          StateValue,
          Namespace: "certfront",
          MetricName: "FrontRevisionLagSeconds",
          Statistic: "Maximum",
        },
        ...{
          Period: 60,
          EvaluationPeriods: 10,
          DatapointsToAlarm: 10,
          Threshold: 300,
          ComparisonOperator: "GreaterThanOrEqualToThreshold",
        },
        ...{ ActionsEnabled: true, AlarmActions: ["arn:aws:sns:eu-west-1:000000000000:test"] },
      };
      return json({ MetricAlarms: [alarm], CompositeAlarms: [] });
    });
    const cloudwatch = await api.listen();
    const directory = await fs.mkdtemp(path.join(os.tmpdir(), "certfront-drill-"));
    const endpoints = JSON.parse(
      await fs.readFile(path.join(stack.env.CERTFRONT_LOCAL ?? "", "endpoints.json"), "utf8"),
    );
    await fs.writeFile(path.join(directory, "endpoints.json"), JSON.stringify({ ...endpoints, cloudwatch }));
    const stop = () => Promise.all([api.close(), fs.rm(directory, { recursive: true })]);
    return { env: { ...stack.env, CERTFRONT_LOCAL: directory }, stop };
  }

  it.each([
    [
      "Successfully executed action arn:aws:sns:eu-west-1:000000000000:test",
      "rang, its topic was notified, and is OK again",
      0,
    ],
    ["Failed to execute action arn:aws:sns:eu-west-1:000000000000:test", "rang, but its topic was NOT notified", 1],
  ])("tells %s", async (summary, sentence, expected) => {
    const { env, stop } = await cloudWatchThatNotifies(summary);
    try {
      const { code, stdout, stderr } = await run(["drill", "--yes"], { env, clock, pause });
      expect(stderr).toContain("It notifies arn:aws:sns:eu-west-1:000000000000:test.");
      expect(stderr).toContain(summary);
      expect(stdout).toContain(sentence);
      expect(code).toBe(expected);
    } finally {
      await stop();
    }
  });
});

describe("the values of a drill", () => {
  const definitions = alarmDefinitions(ALARM_CONTEXT).flatMap((one) =>
    one.kind === "metric" && one.namespace === "certfront" ? [one] : [],
  );
  const drillable = definitions.filter((one) =>
    one.comparisonOperator.startsWith("Greater") ? true : one.statistic === "Minimum",
  );

  it.each(drillable.map((one) => [one.key, one] as const))(
    "make %s ring at each of three evaluations in a row",
    (_, definition) => {
      const time = new ManualClock(NOW);
      const metrics = new MetricStore();
      const evaluator = new AlarmEvaluator([definition], metrics, { clock: time });
      const alarm: DrillAlarm = {
        name: definition.name,
        state: "OK",
        namespace: definition.namespace,
        metric: definition.metricName,
        dimensions: [{ Name: "stack", Value: "test" }],
        statistic: definition.statistic,
        periodSeconds: definition.period,
        evaluationPeriods: definition.evaluationPeriods,
        datapointsToAlarm: definition.datapointsToAlarm,
        threshold: definition.threshold,
        comparison: definition.comparisonOperator,
        actions: [],
      };
      const { value, timestamps } = planDrill(alarm, time.now());
      for (const at of timestamps)
        metrics.put({
          namespace: "certfront",
          metric: definition.metricName,
          dimensions: { stack: "test" },
          value,
          at,
        });
      const states = [1, 2, 3].map(() => {
        time.advance(MINUTE);
        evaluator.evaluate();
        return evaluator.stateOf(definition.name);
      });
      expect(states).toEqual(["ALARM", "ALARM", "ALARM"]);
    },
  );
});
