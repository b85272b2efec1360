import type { Clock } from "../../../core/base/clock";
import { type AlarmRule, namedIn, parseAlarmRule } from "./alarm-rule";
import { judge } from "./judge";
import type { MetricStore } from "./metric-store";
import type {
  AlarmInputs,
  AlarmState,
  AlarmTransition,
  CompositeAlarmInputs,
  ConsoleAlarm,
  MetricAlarmInputs,
  SeriesQuery,
} from "./types";

export interface AlarmEvaluatorOptions {
  readonly clock: Clock;
  /** Told of every change of state, in order. */
  readonly onTransition?: (alarm: string, transition: AlarmTransition) => void;
}

interface Alarm {
  readonly name: string;
  readonly description: string;
  readonly composite: boolean;
  readonly threshold?: number;
  readonly parts?: readonly string[];
  readonly evaluate: (now: number, present: AlarmState) => { state: AlarmState; reason: string };
  state: AlarmState;
  reason: string;
  since: number;
  /** Newest first. */
  readonly history: AlarmTransition[];
}

const HISTORY_KEPT = 200;

/**
 * What CloudWatch makes of alarms and metrics: M of N data points, missing data, composite rules. `evaluate` is one round
 * (CloudWatch has one each minute); nothing runs by itself.
 */
export class AlarmEvaluator {
  private readonly all: Alarm[] = [];
  private readonly byName = new Map<string, Alarm>();

  constructor(
    definitions: readonly AlarmInputs[],
    private readonly metrics: Pick<MetricStore, "statistics">,
    private readonly options: AlarmEvaluatorOptions,
  ) {
    // Composite alarms last: they look at the states of the others.
    const ordered = [...definitions].sort((a, b) => Number("alarmRule" in a) - Number("alarmRule" in b));
    for (const definition of ordered) this.add(definition);
  }

  /** One round. */
  evaluate(): void {
    const now = this.options.clock.now();
    for (const alarm of this.all) {
      const { state, reason } = alarm.evaluate(now, alarm.state);
      if (state !== alarm.state) this.move(alarm, state, reason, now);
      alarm.reason = reason;
    }
  }

  /** As CloudWatch would list them. */
  alarms(): ConsoleAlarm[] {
    return this.all.map(({ evaluate: _, ...seen }) => ({ ...seen, history: [...seen.history] }));
  }

  stateOf(name: string): AlarmState {
    return this.byName.get(name)?.state ?? "INSUFFICIENT_DATA";
  }

  private add(definition: AlarmInputs): void {
    const composite = "alarmRule" in definition;
    const name = (composite ? (definition.alarmName ?? definition.name) : definition.name) ?? "";
    const alarm: Alarm = {
      name,
      description: definition.alarmDescription ?? "",
      composite,
      ...(composite ? { parts: namedIn(definition.alarmRule) } : { threshold: definition.threshold }),
      evaluate: composite ? this.compositeEvaluation(definition) : this.metricEvaluation(definition),
      state: "INSUFFICIENT_DATA",
      reason: "Unchecked: Initial alarm creation",
      since: this.options.clock.now(),
      history: [],
    };
    this.all.push(alarm);
    this.byName.set(name, alarm);
  }

  private move(alarm: Alarm, to: AlarmState, reason: string, at: number): void {
    const transition: AlarmTransition = { at, from: alarm.state, to, reason };
    alarm.state = to;
    alarm.since = at;
    alarm.history.unshift(transition);
    alarm.history.length = Math.min(alarm.history.length, HISTORY_KEPT);
    this.options.onTransition?.(alarm.name, transition);
  }

  private compositeEvaluation(definition: CompositeAlarmInputs): Alarm["evaluate"] {
    const rule: AlarmRule = parseAlarmRule(definition.alarmRule);
    return () => {
      const ringing = this.all
        .filter(({ composite, state }) => !composite && state === "ALARM")
        .map(({ name }) => name);
      return rule((name) => this.stateOf(name))
        ? { state: "ALARM", reason: `The rule holds; in alarm: ${ringing.join(", ") || "none"}.` }
        : { state: "OK", reason: "The rule does not hold." };
    };
  }

  private metricEvaluation(definition: MetricAlarmInputs): Alarm["evaluate"] {
    const periodMs = definition.period * 1000;
    return (now, present) => judge(definition, this.window(definition, periodMs, now), present);
  }

  /** One value or nothing for each period of the evaluation range, oldest first. */
  private window(definition: MetricAlarmInputs, periodMs: number, now: number): (number | undefined)[] {
    const periods = definition.evaluationPeriods + EXTRA_PERIODS;
    // Whole minutes, as CloudWatch's own rounds; finer where time runs faster.
    const step = Math.min(60_000, periodMs);
    const to = Math.floor(now / step) * step;
    const from = to - periods * periodMs;
    const query: SeriesQuery = {
      namespace: definition.namespace,
      metric: definition.metricName,
      dimensions: definition.dimensions ?? {},
      statistic: definition.statistic,
      periodSeconds: periodMs / 1000,
      from,
      to,
    };
    const values = new Array<number | undefined>(periods).fill(undefined);
    for (const point of this.metrics.statistics(query)) values[Math.round((point.at - from) / periodMs)] = point.value;
    return values;
  }
}

/** CloudWatch looks further back than the evaluation periods, so that a late value is not taken for a missing one. */
export const EXTRA_PERIODS = 2;
