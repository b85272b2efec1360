import { CertfrontError } from "../core/base/errors";
import { METRIC_NAMESPACE } from "../core/base/metrics";

/** What the drill needs to know of an alarm; from CloudWatch's DescribeAlarms. */
export interface DrillAlarm {
  readonly name: string;
  readonly state: string;
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: readonly { readonly Name: string; readonly Value: string }[];
  readonly statistic: string;
  readonly periodSeconds: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly threshold: number;
  readonly comparison: string;
  /** Where it rings by itself; empty for one that only pages through a composite alarm. */
  readonly actions: readonly string[];
}

/** The values that make an alarm ring, as its own metric would have had them. */
export interface DrillPlan {
  readonly alarm: DrillAlarm;
  readonly value: number;
  /** ms; one for each period that must be bad. */
  readonly timestamps: readonly number[];
  /** About how long enough of the values stay in the alarm's window, ms. */
  readonly ringsForMs: number;
}

/** The named alarm, or else the one that is over soonest. Throws CertfrontError when none can be drilled. */
export function chooseAlarm(alarms: readonly DrillAlarm[], stack: string, wanted: string | undefined): DrillAlarm {
  if (wanted !== undefined) {
    const found = alarms.find(({ name }) => name === wanted || name === `${stack}-${wanted}`);
    if (!found)
      throw new CertfrontError(`There is no alarm ${wanted}.`, {
        code: "USAGE",
        advice: `Those that a drill can ring: ${alarms
          .filter(drillable)
          .map(({ name }) => name)
          .join(", ")}.`,
      });
    if (!drillable(found))
      throw new CertfrontError(`${found.name} cannot be made to ring by adding a value.`, {
        code: "USAGE",
        advice: "It watches for silence, or a metric of AWS's own. Choose another one.",
      });
    if (found.state === "ALARM") throw ringsAlready(found.name);
    return found;
  }
  const candidates = alarms.filter((alarm) => drillable(alarm) && alarm.state !== "ALARM");
  const [soonest] = candidates.sort((a, b) => windowSeconds(a) - windowSeconds(b) || (a.name < b.name ? -1 : 1));
  if (soonest) return soonest;
  if (alarms.some(drillable)) throw ringsAlready("Every alarm that could be drilled");
  throw new CertfrontError(`No alarm of the stack ${stack} was found.`, {
    code: "NO_ALARMS",
    advice: "Is it the right stack and region? `pulumi up` makes the alarms.",
  });
}

/**
 * Periods shorter than this get SPARE values in the future too (CloudWatch takes them up to two hours ahead): else the values stand side by
 * side in the alarm's window for a single evaluation, and one that CloudWatch shows late would be missed.
 */
const SHORT_PERIOD_SECONDS = 300;
const SPARE = 3;

/** The values to put at `now`: beyond the threshold by a tenth, in as many periods as the alarm asks for. */
export function planDrill(alarm: DrillAlarm, now: number): DrillPlan {
  const beyond = Math.max(Math.abs(alarm.threshold) * 0.1, 0.01);
  const periodMs = alarm.periodSeconds * 1_000;
  const spare = alarm.periodSeconds < SHORT_PERIOD_SECONDS ? SPARE : 0;
  const first = now - (alarm.datapointsToAlarm - 1) * periodMs;
  return {
    alarm,
    value: alarm.comparison.startsWith("Less") ? alarm.threshold - beyond : alarm.threshold + beyond,
    timestamps: Array.from({ length: alarm.datapointsToAlarm + spare }, (_, index) => first + index * periodMs),
    ringsForMs: (alarm.evaluationPeriods - alarm.datapointsToAlarm + 1 + spare) * periodMs,
  };
}

/** One more value must be able to make it ring: a maximum that is too high, a minimum that is too low, a sum that is too large. */
function drillable({ namespace, statistic, comparison }: DrillAlarm): boolean {
  // AWS refuses values for metrics of its own namespaces.
  if (namespace !== METRIC_NAMESPACE) return false;
  return comparison.startsWith("Greater") ? ["Maximum", "Sum"].includes(statistic) : statistic === "Minimum";
}

function windowSeconds({ periodSeconds, evaluationPeriods }: DrillAlarm): number {
  return periodSeconds * evaluationPeriods;
}

/** The error for an alarm that a drill could not be told from. */
export function ringsAlready(which: string): CertfrontError {
  return new CertfrontError(`${which} rings already, so a drill would prove nothing.`, {
    code: "RINGS_ALREADY",
    advice: "See to the alarm first, or choose another one with --alarm.",
  });
}
