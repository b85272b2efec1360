import { type DrillAlarm, planDrill } from "../../cli/drill-plan";
import { HOUR, MINUTE } from "../../core/clock";
import { METRICS } from "../../core/metrics";
import { alarmDefinitions } from "../../infra/alarm-definitions";
import { AlarmEvaluator } from "../../local/cloudwatch/alarm-evaluator";
import { MetricStore } from "../../local/cloudwatch/metric-store";
import { ALARM_CONTEXT } from "../support/alarm-context";
import { certfront as run } from "../support/certfront-cli";
import { type CliStack, startCliStack } from "../support/cli-stack";
import { ManualClock } from "../support/manual-clock";
import { NOW } from "../support/sample-tenants";

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

  it("rings a paging alarm together with the composite that calls people, though no worse one", async () => {
    const answer = await run(["drill", "--alarm", "renewal-overdue", "--yes", "--json"], {
      env: stack.env,
      clock,
      // The monitor finds all well again, after the hour.
      pause: async (ms) => {
        await pause(ms);
        if (clock.now() % (20 * MINUTE) < ms)
          stack.metrics.put({
            namespace: "certfront",
            metric: METRICS.overdueFractionMax,
            dimensions: { stack: "test" },
            value: 0,
            at: clock.now(),
          });
      },
    });
    expect(JSON.parse(answer.stdout)).toMatchObject({ alarm: "test-renewal-overdue", rang: true, quiet: true });
    expect(answer.code).toBe(0);
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
