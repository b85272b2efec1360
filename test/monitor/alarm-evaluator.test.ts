import { HOUR, MINUTE } from "../../core/base/clock";
import { AlarmEvaluator } from "../../local/aws/cloudwatch/alarm-evaluator";
import { parseAlarmRule } from "../../local/aws/cloudwatch/alarm-rule";
import { judge } from "../../local/aws/cloudwatch/judge";
import { MetricStore } from "../../local/aws/cloudwatch/metric-store";
import type { AlarmInputs, AlarmState, MetricAlarmInputs } from "../../local/aws/cloudwatch/types";
import { ManualClock } from "../../testing/manual-clock";

const THREE_OF_THREE = {
  evaluationPeriods: 3,
  datapointsToAlarm: 3,
  threshold: 10,
  comparisonOperator: "GreaterThanOrEqualToThreshold",
};
const TWO_OF_THREE = { ...THREE_OF_THREE, datapointsToAlarm: 2 };

/** `X`: breaching, `0`: not breaching, `-`: missing; oldest first. */
const values = (picture: string) =>
  [...picture.replaceAll(" ", "")].map((mark) => (mark === "-" ? undefined : mark === "X" ? 10 : 0));

describe("an alarm's state", () => {
  /** The tables of CloudWatch's "Configuring how CloudWatch alarms treat missing data"; `kept`: the present state. */
  test.each([
    ["3 of 3", THREE_OF_THREE, "0 - X - X", { missing: "OK", ignore: "OK", breaching: "OK", notBreaching: "OK" }],
    ["3 of 3", THREE_OF_THREE, "- - - - 0", { missing: "OK", ignore: "OK", breaching: "OK", notBreaching: "OK" }],
    [
      "3 of 3",
      THREE_OF_THREE,
      "- - - - -",
      { missing: "INSUFFICIENT_DATA", ignore: "kept", breaching: "ALARM", notBreaching: "OK" },
    ],
    [
      "3 of 3",
      THREE_OF_THREE,
      "0 X X - X",
      { missing: "ALARM", ignore: "ALARM", breaching: "ALARM", notBreaching: "ALARM" },
    ],
    [
      "3 of 3",
      THREE_OF_THREE,
      "- - X - -",
      { missing: "ALARM", ignore: "kept", breaching: "ALARM", notBreaching: "OK" },
    ],
    [
      "2 of 3",
      TWO_OF_THREE,
      "0 - X - X",
      { missing: "ALARM", ignore: "ALARM", breaching: "ALARM", notBreaching: "ALARM" },
    ],
    [
      "2 of 3",
      TWO_OF_THREE,
      "0 0 X 0 X",
      { missing: "ALARM", ignore: "ALARM", breaching: "ALARM", notBreaching: "ALARM" },
    ],
    ["2 of 3", TWO_OF_THREE, "0 - X - -", { missing: "OK", ignore: "kept", breaching: "ALARM", notBreaching: "OK" }],
    ["2 of 3", TWO_OF_THREE, "- - - - 0", { missing: "OK", ignore: "OK", breaching: "ALARM", notBreaching: "OK" }],
    ["2 of 3", TWO_OF_THREE, "- - - X -", { missing: "ALARM", ignore: "kept", breaching: "ALARM", notBreaching: "OK" }],
  ] as const)("%s bad: case %#", (_, rule, picture, expected) => {
    for (const [treatMissingData, state] of Object.entries(expected)) {
      for (const present of ["OK", "ALARM"] as AlarmState[]) {
        const judged = judge({ ...rule, treatMissingData }, values(picture), present);
        expect([treatMissingData, judged.state]).toEqual([treatMissingData, state === "kept" ? present : state]);
      }
    }
  });

  test.each([
    ["GreaterThanOrEqualToThreshold", 10, "ALARM"],
    ["GreaterThanThreshold", 10, "OK"],
    ["LessThanOrEqualToThreshold", 10, "ALARM"],
    ["LessThanThreshold", 10, "OK"],
    ["LessThanThreshold", 9, "ALARM"],
  ])("%s 10 with %d: %s", (comparisonOperator, value, state) => {
    const rule = { evaluationPeriods: 1, threshold: 10, comparisonOperator };
    expect(judge(rule, [undefined, undefined, value], "OK").state).toBe(state);
  });

  test("a comparison that is not known is refused, never taken for OK", () => {
    const rule = { evaluationPeriods: 1, threshold: 10, comparisonOperator: "LessThanLowerThreshold" };
    expect(() => judge(rule, [1], "OK")).toThrow("CloudWatch comparison LessThanLowerThreshold is not known here.");
  });
});

describe("a composite alarm's rule", () => {
  const states: Record<string, AlarmState> = { red: "ALARM", green: "OK", grey: "INSUFFICIENT_DATA" };
  const stateOf = (name: string) => states[name] ?? "INSUFFICIENT_DATA";

  test.each([
    ['ALARM("red")', true],
    ["ALARM(green)", false],
    ["ALARM('red') AND OK(green)", true],
    ["ALARM(green) OR ALARM(red) AND FALSE", false],
    ["(ALARM(green) OR ALARM(red)) AND TRUE", true],
    ["NOT ALARM(green)", true],
    ["NOT (ALARM(red) OR OK(red))", false],
    ["INSUFFICIENT_DATA(grey)", true],
    ['ALARM("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:red")', true],
  ])("%s is %s", (rule, expected) => {
    expect(parseAlarmRule(rule)(stateOf)).toBe(expected);
  });

  test.each(["ALARM(red) AND", "ALARM(red", "(ALARM(red)", "red", "ALARM(red) OK(green)"])("%s is refused", (rule) => {
    expect(() => parseAlarmRule(rule)).toThrow(/^Alarm rule /);
  });
});

describe("alarms over time", () => {
  const ALARM: MetricAlarmInputs = {
    name: "lag",
    namespace: "certfront",
    metricName: "Lag",
    dimensions: { stack: "s" },
    statistic: "Maximum",
    period: 60,
    evaluationPeriods: 2,
    threshold: 10,
    comparisonOperator: "GreaterThanOrEqualToThreshold",
    treatMissingData: "notBreaching",
  };
  const COMPOSITE: AlarmInputs = { alarmName: "page", alarmRule: 'ALARM("lag")' };

  function setUp(alarms: readonly AlarmInputs[]) {
    const clock = new ManualClock();
    const metrics = new MetricStore();
    const told: string[] = [];
    const evaluator = new AlarmEvaluator(alarms, metrics, {
      clock,
      onTransition: (alarm, { from, to }) => told.push(`${alarm}: ${from} → ${to}`),
    });
    const minute = (value?: number, dimensions: Record<string, string> = { stack: "s" }) => {
      if (value !== undefined)
        metrics.put({ namespace: "certfront", metric: "Lag", dimensions, value, at: clock.now() });
      clock.advance(MINUTE);
      evaluator.evaluate();
    };
    return { clock, evaluator, told, minute };
  }

  test("rings after as many bad periods as it asks for, is quiet again after a good one, and the composite follows at once", () => {
    const { evaluator, told, minute, clock } = setUp([COMPOSITE, ALARM]);
    for (const value of [0, 20, 20, 20, 0]) minute(value);
    expect(told).toEqual([
      "lag: INSUFFICIENT_DATA → OK",
      "page: INSUFFICIENT_DATA → OK",
      "lag: OK → ALARM",
      "page: OK → ALARM",
      "lag: ALARM → OK",
      "page: ALARM → OK",
    ]);
    const lag = evaluator.alarms().find(({ name }) => name === "lag");
    expect(lag).toMatchObject({ state: "OK", since: clock.now(), composite: false });
    expect(lag?.history.map(({ to, reason }) => [to, reason])).toEqual([
      ["OK", "1 of 2 data points at or above 10 [20, 0]."],
      ["ALARM", "2 of 2 data points at or above 10 [20, 20]."],
      ["OK", "0 of 2 data points at or above 10 [0; 1 missing]."],
    ]);
  });

  test("values of other dimensions are other metrics", () => {
    const { told, minute } = setUp([ALARM]);
    for (let i = 0; i < 5; i += 1) minute(20, { stack: "other" });
    for (let i = 0; i < 5; i += 1) minute(20, { stack: "s", front: "f1" });
    expect(told).toEqual(["lag: INSUFFICIENT_DATA → OK"]);
  });

  test("silence rings where it counts as breaching, after the whole range is empty", () => {
    const { clock, evaluator, told } = setUp([{ ...ALARM, period: 3600, treatMissingData: "breaching" }]);
    evaluator.evaluate();
    expect(told).toEqual(["lag: INSUFFICIENT_DATA → ALARM"]);
    expect(clock.now() % HOUR).toBe(0);
  });
});

describe("the metric store", () => {
  const EMF = JSON.stringify({
    _aws: {
      Timestamp: 1_000_000,
      CloudWatchMetrics: [
        {
          Namespace: "certfront",
          Dimensions: [["stack"], ["stack", "state"]],
          Metrics: [{ Name: "Count" }, { Name: "Seconds" }],
        },
      ],
    },
    stack: "s",
    state: "active",
    Count: 3,
    Seconds: [1, 2, 9],
  });
  const query = { namespace: "certfront", dimensions: { stack: "s" }, periodSeconds: 60, from: 960_000, to: 1_080_000 };

  test("reads the embedded metric format: several dimension sets, several values", () => {
    const metrics = new MetricStore();
    expect(metrics.ingest(EMF)).toBe(8);
    const of = (metric: string, statistic: string) => metrics.statistics({ ...query, metric, statistic });
    expect(of("Count", "Sum")).toEqual([{ at: 960_000, value: 3 }]);
    expect(of("Seconds", "Maximum")[0]?.value).toBe(9);
    expect(of("Seconds", "Minimum")[0]?.value).toBe(1);
    expect(of("Seconds", "Average")[0]?.value).toBe(4);
    expect(of("Seconds", "SampleCount")[0]?.value).toBe(3);
    expect(of("Seconds", "p50")[0]?.value).toBe(2);
    expect(metrics.metrics()).toHaveLength(4);
  });

  test.each([
    ["a line of text", "START RequestId: 1"],
    ["JSON that is no metric", '{"message":"_aws"}'],
    ["broken JSON", '{"_aws": {'],
    [
      "a directive without a namespace",
      '{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Dimensions":[["a"]],"Metrics":[{"Name":"x"}]}]},"x":1}',
    ],
  ])("leaves alone: %s", (_, line) => {
    expect(new MetricStore().ingest(line)).toBe(0);
  });

  test("puts late values where they belong and forgets what is too old", () => {
    const metrics = new MetricStore({ retentionMs: HOUR });
    const put = (at: number, value: number) =>
      metrics.put({ namespace: "certfront", metric: "m", dimensions: { stack: "s" }, value, at });
    put(1_030_000, 2);
    put(970_000, 1);
    expect(metrics.statistics({ ...query, metric: "m", statistic: "Sum" })).toEqual([
      { at: 960_000, value: 1 },
      { at: 1_020_000, value: 2 },
    ]);
    for (let i = 0; i < 1_100; i += 1) put(1_100_000 + i, 1);
    put(1_100_000 + 2 * HOUR, 1);
    expect(metrics.statistics({ ...query, to: 1_200_000, metric: "m", statistic: "Sum" })).toEqual([]);
  });
});
