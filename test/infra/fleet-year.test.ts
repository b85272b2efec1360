import { DAY, HOUR, MINUTE } from "../../core/base/clock";
import { alarmDefinitions } from "../../infra/alarms/definitions";
import { AlarmEvaluator } from "../../local/aws/cloudwatch/alarm-evaluator";
import { MetricStore } from "../../local/aws/cloudwatch/metric-store";
import { ALARM_CONTEXT } from "../../testing/alarm-context";
import { FleetModel, type FleetSettings, type Weather } from "../../testing/fleet-model";
import { ManualClock } from "../../testing/manual-clock";
import { Random } from "../../testing/random";
import { tenantFrontGraph } from "../../testing/tenant-front";

/** Of the program's own graph, so that whoever changes a setting runs a year with it. */
async function settingsOf(): Promise<FleetSettings> {
  const graph = await tenantFrontGraph();
  const { minSize, healthCheckGracePeriod, defaultInstanceWarmup, maxInstanceLifetime, ...group } =
    graph.named("fronts-group").inputs;
  const policy = group.instanceMaintenancePolicy as { minHealthyPercentage: number; maxHealthyPercentage: number };
  return {
    minSize: Number(minSize),
    healthCheckGracePeriod: Number(healthCheckGracePeriod),
    defaultInstanceWarmup: Number(defaultInstanceWarmup),
    maxInstanceLifetime: Number(maxInstanceLifetime),
    ...policy,
    deregistrationDelay: Number(graph.named("lb-https").inputs.deregistrationDelay),
    zones: ["a", "b"],
  };
}

/** A year without a fault: a boot takes three to nine minutes. */
function fair(seed: number): Weather {
  const random = new Random(seed);
  return {
    boot: () => Math.round(3 * MINUTE + random.next() * 6 * MINUTE),
    zoneUp: () => true,
    quota: () => 5,
    deaths: () => 0,
  };
}

const during = (day: number, length: number) => (at: number) => at >= day * DAY && at < day * DAY + length;

interface Year {
  /** The fewest that served at any minute. */
  readonly fewest: number;
  /** Minutes with fewer than the least. */
  readonly short: number;
  /** `day 100: unhealthy-fronts ALARM`, in order. */
  readonly rang: readonly string[];
}

/** Every minute of a year, with the alarms on fronts evaluated each five while there is something to see. Days count from 0, the first of the model. */
function yearOf(settings: FleetSettings, weather: Weather): Year {
  const clock = new ManualClock();
  const begun = clock.now();
  const sinceBegun: Weather = {
    boot: (at) => weather.boot(at - begun),
    zoneUp: (zone, at) => weather.zoneUp(zone, at - begun),
    quota: (at) => weather.quota(at - begun),
    deaths: (at) => weather.deaths(at - begun),
  };
  const fleet = new FleetModel(settings, sinceBegun, begun);
  const metrics = new MetricStore({ retentionMs: 2 * HOUR });
  const watched = alarmDefinitions(ALARM_CONTEXT).filter(
    (alarm) => alarm.kind === "metric" && alarm.namespace === "AWS/NetworkELB",
  );
  const rang: string[] = [];
  const evaluator = new AlarmEvaluator(watched, metrics, {
    clock,
    onTransition: (alarm, { to }) => {
      const key = alarm.replace(`${ALARM_CONTEXT.stack}-`, "");
      if (to !== "INSUFFICIENT_DATA") rang.push(`day ${Math.floor((clock.now() - begun) / DAY)}: ${key} ${to}`);
    },
  });
  const dimensions = { LoadBalancer: ALARM_CONTEXT.loadBalancer, TargetGroup: ALARM_CONTEXT.targetGroup };
  let fewest = settings.minSize;
  let short = 0;
  let changedAt = begun;
  for (let minute = 0; minute < (365 * DAY) / MINUTE; minute++) {
    const now = clock.now();
    fleet.tick(now);
    const serving = fleet.serving(now);
    fewest = Math.min(fewest, serving);
    if (serving < settings.minSize) short++;
    const failing = fleet.failing(now);
    if (serving !== settings.minSize || failing > 0) changedAt = now;
    // Alarms look back half an hour; what has been well for longer rings nothing.
    const watch = now - changedAt < HOUR;
    if (watch) {
      metrics.put({ namespace: "AWS/NetworkELB", metric: "HealthyHostCount", dimensions, value: serving, at: now });
      metrics.put({ namespace: "AWS/NetworkELB", metric: "UnHealthyHostCount", dimensions, value: failing, at: now });
    }
    clock.advance(MINUTE);
    if (watch && minute % 5 === 4) evaluator.evaluate();
  }
  return { fewest, short, rang: rang.filter((line) => !line.startsWith("day 0:")) };
}

describe("a year of the fleet, by a model of the group", () => {
  let settings: FleetSettings;
  beforeAll(async () => {
    settings = await settingsOf();
  });

  it("without a fault: both fronts serve at every minute, through 104 replacements, and nothing rings", () => {
    expect(yearOf(settings, fair(1))).toEqual({ fewest: 2, short: 0, rang: [] });
  });

  it("with a day of failed boots, a zone lost and a day without quota: never fewer than one, and nothing pages", () => {
    const [noBoot, lost, noQuota] = [during(102, DAY), during(200, 6 * HOUR), during(300, DAY)];
    const usual = fair(2);
    const year = yearOf(settings, {
      boot: (at) => (noBoot(at) ? undefined : usual.boot(at)),
      zoneUp: (zone, at) => zone !== "a" || !lost(at),
      quota: (at) => (noQuota(at) ? 2 : 5),
      // A front dies in the middle of the day on which AWS has none to give.
      deaths: (at) => (at === 300 * DAY + 6 * HOUR ? 1 : 0),
    });
    expect(year.fewest).toBe(settings.minSize - 1);
    // The zone until its front is replaced, and the dead front until there is quota again.
    expect(year.short).toBeLessThan((DAY + HOUR) / MINUTE);
    expect(year.rang).toEqual(RANG);
  });

  it("with two other weathers: never fewer than one", () => {
    for (let seed = 10; seed < 12; seed++) {
      const random = new Random(seed);
      const days = Array.from({ length: 3 }, () => random.integer(10, 350)).sort((a, b) => a - b);
      const [noBoot = 0, lost = 0, noQuota = 0] = days;
      const usual = fair(seed);
      const { fewest } = yearOf(settings, {
        boot: (at) => (during(noBoot, DAY)(at) ? undefined : usual.boot(at)),
        zoneUp: (zone, at) => zone !== "ab"[seed % 2] || !during(lost, 12 * HOUR)(at),
        quota: (at) => (during(noQuota, DAY)(at) ? 2 : 5),
        deaths: () => 0,
      });
      expect([seed, days, fewest >= settings.minSize - 1]).toEqual([seed, days, true]);
    }
  });

  it("shows what the settings are for: without the warm-up a day of failed boots takes every front", () => {
    const { defaultInstanceWarmup: _none, ...without } = settings;
    const usual = fair(3);
    const noBoot = during(100, 8 * DAY);
    const year = yearOf(without, { ...usual, boot: (at) => (noBoot(at) ? undefined : usual.boot(at)) });
    expect(year.fewest).toBe(0);
    expect(year.rang).toContainEqual(expect.stringMatching(/no-healthy-front ALARM/));
    expect(yearOf(settings, { ...usual, boot: (at) => (noBoot(at) ? undefined : usual.boot(at)) }).fewest).toBe(2);
  });
});

/** Boots that fail are seen at once; a lost zone is made good before anything rings; too few fronts are a warning, for one serves. */
const RANG: readonly string[] = [
  "day 102: unhealthy-fronts ALARM",
  "day 103: unhealthy-fronts OK",
  "day 300: too-few-fronts ALARM",
  "day 300: unhealthy-fronts ALARM",
  "day 301: too-few-fronts OK",
  "day 301: unhealthy-fronts OK",
];
