import type { DashboardContext } from "../infra/alarms/dashboard-body";

/** The stack `test` as the program would tell its alarms and its dashboard of it. */
export const ALARM_CONTEXT: DashboardContext = {
  stack: "test",
  region: "eu-west-1",
  pulumiStack: "local",
  called: "local",
  frontGroup: "test-fronts",
  minFronts: 2,
  functions: { issuer: "test-issuer", monitor: "test-monitor" },
  deadLetterQueue: "test-dead-letters",
  loadBalancer: "net/test/1",
  targetGroup: "targetgroup/test/1",
  logGroups: { issuer: "issuer", monitor: "monitor", fronts: "fronts" },
  alarmArn: (name) => `arn:aws:cloudwatch:eu-west-1:000000000000:alarm:${name}`,
};
