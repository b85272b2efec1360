import type { AlarmState, MetricAlarmInputs } from "./types";

type Rule = Pick<
  MetricAlarmInputs,
  "evaluationPeriods" | "datapointsToAlarm" | "threshold" | "comparisonOperator" | "treatMissingData"
>;

/**
 * An alarm's state for the values in its evaluation range (oldest first, undefined: no data), as CloudWatch's "Configuring how
 * CloudWatch alarms treat missing data" has it: real values are used as far as there are any, missing ones are filled in only
 * up to the number of evaluation periods.
 */
export function judge(
  rule: Rule,
  range: readonly (number | undefined)[],
  present: AlarmState,
): { state: AlarmState; reason: string } {
  const needed = rule.datapointsToAlarm ?? rule.evaluationPeriods;
  const real = range.filter((value) => value !== undefined);
  const used = real.slice(-rule.evaluationPeriods);
  const breaching = used.filter((value) => breaches(rule, value)).length;
  const missing = rule.evaluationPeriods - used.length;
  const treat = rule.treatMissingData ?? "missing";

  if (treat === "breaching" || treat === "notBreaching") {
    const bad = breaching + (treat === "breaching" ? missing : 0);
    return bad >= needed
      ? { state: "ALARM", reason: reasonOf(rule, used, bad, missing) }
      : { state: "OK", reason: reasonOf(rule, used, bad, missing) };
  }
  if (used.length === 0) {
    return treat === "ignore"
      ? { state: present, reason: "No data; the state is kept." }
      : { state: "INSUFFICIENT_DATA", reason: "No data." };
  }
  if (breaching >= needed) return { state: "ALARM", reason: reasonOf(rule, used, breaching, missing) };
  // Could the missing values still make it an alarm? `ignore` then keeps the state, `missing` trusts what there is.
  if (missing > 0 && breaching > 0 && breaching + missing >= needed) {
    if (treat === "ignore") return { state: present, reason: "Too few data; the state is kept." };
    if (breaching === used.length) return { state: "ALARM", reason: reasonOf(rule, used, breaching, missing) };
  }
  return { state: "OK", reason: reasonOf(rule, used, breaching, missing) };
}

function breaches({ comparisonOperator, threshold }: Rule, value: number): boolean {
  switch (comparisonOperator) {
    case "GreaterThanOrEqualToThreshold":
      return value >= threshold;
    case "GreaterThanThreshold":
      return value > threshold;
    case "LessThanThreshold":
      return value < threshold;
    case "LessThanOrEqualToThreshold":
      return value <= threshold;
    default:
      throw new Error(`CloudWatch comparison ${comparisonOperator} is not known here.`);
  }
}

/** In CloudWatch's manner: the numbers that decided. */
function reasonOf(rule: Rule, used: readonly number[], bad: number, missing: number): string {
  const of = rule.evaluationPeriods;
  const values = used.map((value) => Number(value.toPrecision(4))).join(", ");
  const gaps = missing > 0 ? `; ${missing} missing` : "";
  const comparison = rule.comparisonOperator.startsWith("Less") ? "below" : "at or above";
  return `${bad} of ${of} data points ${comparison} ${Number(rule.threshold.toPrecision(4))} [${values}${gaps}].`;
}
