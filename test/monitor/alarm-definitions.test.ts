import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { METRICS } from "../../core/base/metrics";
import { dashboardBody } from "../../infra/alarms/dashboard-body";
import { alarmDefinitions } from "../../infra/alarms/definitions";
import { LOG_QUERY_NAMES, logQueries } from "../../infra/alarms/log-queries";
import { ORIGIN, runbookOf } from "../../infra/alarms/runbook";
import { SEVERITIES } from "../../infra/alarms/texts";
import type { AlarmContext, MetricAlarm } from "../../infra/alarms/types";
import { parseAlarmRule } from "../../local/aws/cloudwatch/alarm-rule";

/** Names as long as AWS allows, so that limits are met at their worst. */
const CONTEXT: AlarmContext = {
  stack: "s".repeat(40),
  pulumiStack: "p".repeat(40),
  called: "c".repeat(40),
  runbookUrl: `https://${"r".repeat(112)}`,
  frontGroup: "g".repeat(60),
  minFronts: 2,
  functions: { issuer: "i".repeat(64), monitor: "m".repeat(64) },
  deadLetterQueue: "q".repeat(80),
  loadBalancer: "net/lb/0123",
  targetGroup: "targetgroup/tg/0123",
  logGroups: { issuer: "/i".padEnd(50, "i"), monitor: "/m".padEnd(50, "m"), fronts: "/f".padEnd(50, "f") },
};
const ALARMS = alarmDefinitions(CONTEXT);
const METRIC_ALARMS = ALARMS.filter((alarm): alarm is MetricAlarm => alarm.kind === "metric");
/** Characters of an alarm's description. */
const CLOUDWATCH_TAKES = 1_024;
const OPERATIONS = readFileSync(path.join(__dirname, "../../docs/operations.md"), "utf8");

describe("every alarm", () => {
  test.each(ALARMS.map((alarm) => [alarm.key, alarm] as const))(
    "%s says what it means, what to look at first and what happens if ignored",
    (key, alarm) => {
      const { alarmDescription } = alarm;
      const filled = alarmDescription.replaceAll("REGION", "ap-southeast-2");
      expect(filled.length).toBeLessThanOrEqual(CLOUDWATCH_TAKES);
      expect(alarmDescription).toMatch(
        /^\*\*What it means\.\*\* .+\n\n\*\*Look first\.\*\* [\s\S]+\n\n\*\*If ignored\.\*\* .+\n\nRunbook: /,
      );
      expect(alarmDescription.endsWith(`\n\nRunbook: ${CONTEXT.runbookUrl}#${key}`)).toBe(true);
      expect(OPERATIONS).toContain(`\n### ${key}\n`);
    },
  );

  test.each(METRIC_ALARMS.map((alarm) => [alarm.key, alarm] as const))(
    "%s is one that CloudWatch accepts",
    (_, alarm) => {
      const { period, evaluationPeriods, datapointsToAlarm } = alarm;
      expect(period % 60).toBe(0);
      // Periods under an hour may look back a day, longer ones a week.
      expect(period * evaluationPeriods).toBeLessThanOrEqual(period < 3600 ? 86_400 : 604_800);
      expect(datapointsToAlarm).toBeLessThanOrEqual(evaluationPeriods);
      expect(alarm.name.length).toBeLessThanOrEqual(255);
    },
  );

  test("watches a metric that something emits", () => {
    const emitted = new Set<string>(Object.values(METRICS));
    for (const { namespace, metricName, dimensions } of METRIC_ALARMS) {
      if (namespace !== "certfront") continue;
      expect(emitted).toContain(metricName);
      expect(dimensions).toEqual({ stack: CONTEXT.stack });
    }
  });
});

test("silence breaches only where somebody is to speak all the time", () => {
  const breaching = METRIC_ALARMS.filter(({ treatMissingData }) => treatMissingData === "breaching").map(
    ({ key }) => key,
  );
  expect(breaching).toEqual(["monitor-silent", "reconcile-silent", "no-healthy-front"]);
});

test("the composite pages for exactly the alarms that page, and they do not notify themselves", () => {
  const composite = ALARMS.find((alarm) => alarm.kind === "composite");
  const rule = parseAlarmRule(composite?.alarmRule ?? "");
  for (const { name, severity, notifies } of METRIC_ALARMS) {
    expect(rule((alarm) => (alarm === name ? "ALARM" : "OK"))).toBe(severity === "page");
    expect(notifies).toBe(severity === "warn");
  }
  expect(composite).toMatchObject({ key: "page", severity: "page", notifies: true });
  expect(ALARMS.at(-1)).toBe(composite);
});

test("the table of docs/operations.md is the list of alarms", () => {
  const condition = ({ statistic, metricName, comparisonOperator, threshold }: MetricAlarm) =>
    `${statistic} of ${metricName} ${comparisonOperator.startsWith("Less") ? "<" : "≥"} ${Number(threshold.toFixed(4))}`;
  const within = ({ period, evaluationPeriods, datapointsToAlarm }: MetricAlarm) =>
    `${datapointsToAlarm} of ${evaluationPeriods} × ${period < 3600 ? `${period / 60} min` : `${period / 3600} h`}`;
  const rows = METRIC_ALARMS.map(
    (alarm) =>
      `| [${alarm.key}](#${alarm.key}) | ${alarm.severity} | ${condition(alarm)} | ${within(alarm)} | ${alarm.treatMissingData} |`,
  );
  const table = OPERATIONS.split("\n").filter((line) => line.startsWith("| ["));
  expect(table).toEqual([...rows, "| [page](#page) | page | any alarm that pages | at once | |"]);
});

test("docs/operations.md has no chapter for an alarm that is gone", () => {
  const chapters = [...OPERATIONS.matchAll(/^### (.+)$/gm)].map(([, key]) => key);
  expect([...chapters].sort()).toEqual(Object.keys(SEVERITIES).sort());
});

test("every prepared query that an alarm names exists under that name", () => {
  const names = new Set(logQueries(CONTEXT).map(({ name }) => name));
  expect(names.size).toBe(Object.keys(LOG_QUERY_NAMES).length);
  const named = ALARMS.flatMap(({ alarmDescription }) =>
    [...alarmDescription.matchAll(/Logs Insights query `([^`]+)`/g)].map(([, name]) => name ?? ""),
  );
  expect(named.length).toBeGreaterThan(8);
  for (const name of named) expect(names).toContain(name);
});

test("the queries look for messages that the functions really log", () => {
  const sources = (folder: string) =>
    readdirSync(path.join(__dirname, "../..", folder))
      .map((file) => readFileSync(path.join(__dirname, "../..", folder, file), "utf8"))
      .join("\n");
  const written = { monitor: sources("lambdas/expiry-monitor"), issuer: sources("lambdas/issuer") };
  let messages = 0;
  for (const { logGroupNames, queryString } of logQueries(CONTEXT)) {
    const by = logGroupNames.includes(CONTEXT.logGroups.monitor) ? written.monitor : written.issuer;
    const filter = queryString.split("\n")[0] ?? "";
    for (const [, list = ""] of filter.matchAll(/message (?:=|in) (\[[^\]]+\]|"[^"]+")/g)) {
      for (const [message] of list.matchAll(/"[^"]+"/g)) {
        expect(by).toContain(message);
        messages += 1;
      }
    }
  }
  expect(messages).toBe(8);
});

describe("the dashboard", () => {
  const body = dashboardBody({
    ...CONTEXT,
    region: "eu-west-1",
    alarmArn: (name) => `arn:aws:cloudwatch:eu-west-1:1:alarm:${name}`,
  });

  test("begins with the state of every alarm, the one that pages first", () => {
    const [first] = body.widgets;
    expect(first?.type).toBe("alarm");
    const arns = first?.properties.alarms ?? [];
    expect(arns).toHaveLength(ALARMS.length);
    expect(arns[0]).toBe(`arn:aws:cloudwatch:eu-west-1:1:alarm:${CONTEXT.stack}-page`);
  });

  test("fits the grid: no widget outside, no two on one place", () => {
    const taken = new Set<string>();
    for (const { x, y, width, height } of body.widgets) {
      expect(x + width).toBeLessThanOrEqual(24);
      for (let column = x; column < x + width; column += 1) {
        for (let row = y; row < y + height; row += 1) {
          expect(taken).not.toContain(`${column},${row}`);
          taken.add(`${column},${row}`);
        }
      }
    }
  });

  test("draws the thresholds of the alarms beside what they watch", () => {
    const lines = body.widgets.flatMap(({ properties }) => {
      const { annotations, title } = properties as {
        title?: string;
        annotations?: { horizontal: { label: string; value: number }[] };
      };
      return annotations?.horizontal.map(({ label, value }) => [title, label, value]) ?? [];
    });
    expect(lines).toContainEqual(["Largest overdue fraction", "renewal-overdue", 2 / 30]);
    expect(lines).toContainEqual(["Days to the next expiry", "expiry-emergency", 2]);
  });
});

describe("the runbook's address", () => {
  it.each([
    [
      "git+https://github.com/acme/certfront.git",
      "https://github.com/acme/certfront/blob/v1.2.3/docs/operations.md#page",
    ],
    [
      { url: "https://gitlab.com/acme/certfront" },
      "https://gitlab.com/acme/certfront/blob/v1.2.3/docs/operations.md#page",
    ],
    // Where it is not known how pages are addressed, or there is no repository, nothing is made up.
    ["git+https://git.example.com/acme/certfront.git", "docs/operations.md#page (certfront 1.2.3)"],
    [undefined, "docs/operations.md#page (certfront 1.2.3)"],
  ])("of a package from %j is %s", (repository, runbook) => {
    expect(runbookOf({ version: "1.2.3", ...(repository && { repository }) }, "page")).toBe(runbook);
  });

  it("is that of what is installed where the configuration names none", () => {
    const { runbookUrl: _, ...context } = CONTEXT;
    for (const { key, alarmDescription } of alarmDefinitions(context))
      expect(alarmDescription.endsWith(`\n\nRunbook: ${runbookOf(ORIGIN, key)}`)).toBe(true);
  });
});
