import { arn } from "../../aws/account";
import { localThreshold } from "../../aws/differences";
import type { Kind } from "./kind";
import { physicalName } from "./kind";

/** Alarms and the dashboard: the local CloudWatch evaluates and shows them. */
export const monitoringKinds: Readonly<Record<string, Kind>> = {
  "aws:cloudwatch/metricAlarm:MetricAlarm": {
    realise(alarm, { alarms, region, timeScale, frontCount }, node) {
      const name = physicalName(alarm, node);
      const metricName = alarm.text("metricName");
      alarms.set(name, {
        name,
        alarmDescription: alarm.optionalText("alarmDescription") ?? "",
        namespace: alarm.text("namespace"),
        metricName,
        dimensions: alarm.map("dimensions"),
        statistic: alarm.text("statistic"),
        period: timeScale.alarmPeriod(alarm.number("period")),
        evaluationPeriods: alarm.number("evaluationPeriods"),
        datapointsToAlarm: alarm.number("datapointsToAlarm", alarm.number("evaluationPeriods")),
        threshold: localThreshold(metricName, alarm.number("threshold"), timeScale, frontCount),
        comparisonOperator: alarm.text("comparisonOperator"),
        treatMissingData: alarm.optionalText("treatMissingData") ?? "missing",
      });
      return { id: name, name, arn: arn("cloudwatch", region, `alarm:${name}`) };
    },
  },
  "aws:cloudwatch/compositeAlarm:CompositeAlarm": {
    realise(alarm, { alarms, region }, node) {
      const name = physicalName(alarm, node, "alarmName");
      alarms.set(name, {
        name,
        alarmDescription: alarm.optionalText("alarmDescription") ?? "",
        alarmRule: alarm.text("alarmRule"),
      });
      return { id: name, alarmName: name, arn: arn("cloudwatch", region, `alarm:${name}`) };
    },
  },
  "aws:cloudwatch/dashboard:Dashboard": {
    live: true,
    realise(dashboard, { dashboards }) {
      const name = dashboard.text("dashboardName");
      dashboards.set(name, dashboard.text("dashboardBody"));
      return { id: name, dashboardArn: `arn:aws:cloudwatch::dashboard/${name}` };
    },
  },
};
