import { HOUR } from "../core/base/clock";
import { METRICS } from "../core/base/metrics";
import { REASON_CODES } from "../core/record/reason";
import { TENANT_STATES } from "../core/record/record";
import { ROUND } from "../core/renewal/policy";
import { alarmDefinitions } from "../infra/alarms/definitions";
import { REWRITE_MS } from "../lambdas/expiry-monitor/served-state";
import { ALARM_CONTEXT } from "../testing/alarm-context";

/**
 * AWS' list prices in us-east-1, US dollars, without free tiers, savings plans or taxes. As published in the second half of 2025;
 * eu-west-1 is up to a tenth dearer.
 */
export const PRICES = {
  loadBalancerHour: 0.0225,
  addressHour: 0.005,
  instanceHour: { "c7g.medium": 0.0363, "r7g.medium": 0.0536 },
  diskGbMonth: 0.08,
  readMillion: 0.125,
  writeMillion: 0.625,
  tableGbMonth: 0.25,
  backupGbMonth: 0.2,
  lambdaGbSecond: 0.0000133334,
  lambdaMillion: 0.2,
  scheduleMillion: 1,
  metricMonth: 0.3,
  alarmMonth: 0.1,
  compositeAlarmMonth: 0.5,
  logGb: 0.5,
  /** Of a group for infrequent access. */
  rareLogGb: 0.25,
  keyMonth: 1,
  /** Out of, and into, an instance by its public address, or to another zone. */
  regionalGb: 0.01,
  balancerGb: 0.006,
  keyCallMillion: 3,
} as const;

/** How much is done. What is not read from the code is an assumption, said in docs/costs.md. */
const HOURS = 730;
const MINUTES = HOURS * 60;
/** 90-day certificates, renewed after 60 days. */
const ISSUANCES_PER_TENANT = HOURS / 24 / 60;
/** A round through all tenants (core/issue/renewal-round.ts). */
const ARI_CHECKS_PER_TENANT = (HOURS * HOUR) / ROUND;
/** A tenant's record is written with its entries in two indexes: 2 units for the item, 2 for `due`, 1 for `tenants`. */
const RECORD_WRITE_UNITS = 5;
/** What is as it was is not written (core/issue/ask-when.ts): the first window of each certificate is news, and one more. */
const ARI_WRITES_PER_ISSUANCE = 2;
/** The record, what fronts have, the certificate with its predecessor, and a share of the page that names the tenant. */
const READS_PER_ARI_CHECK = 6.2;
/** A full handshake with two certificates, and the connection around it. */
const HANDSHAKE_KB = 4.8;
/** Of the load balancer: the monitor asks each name at each. */
const ADDRESSES = 2;
/** 24 a day: of processes of the issuer, one a day each, that live for some hours. */
const DATA_KEYS = (HOURS / 24) * 24;
/** A front lives seven days; the next one opens the fronts' ring of data keys, and each that is not in it yet: less than a day's. */
const FRONT_STARTS = HOURS / 24 / 7;
const CALLS_A_START = 25;
/** A new ring for every 20 data keys, by each front; 200 KB at most. */
const RING_WRITE_UNITS = (DATA_KEYS / 20) * 200;
/** Some eight steps on the way, order, limits, certificate and the fronts' item. */
const ISSUANCE_WRITE_UNITS = 8 * RECORD_WRITE_UNITS + 28;
/** Record, fronts' item, two past certificates, what was seen served, index entries. */
const GB_PER_TENANT = 25 / 1024 / 1024;

export interface Scenario {
  readonly tenants: number;
  readonly fronts: number;
  readonly instanceType: keyof typeof PRICES.instanceHour;
}

/** Two fronts each: one would do for the load, a second for a zone's failure. 100,000 certificates are 2.9 GB (docs/decisions/instances.md), of 8. */
export const SCENARIOS: readonly Scenario[] = [
  { tenants: 100, fronts: 2, instanceType: "c7g.medium" },
  { tenants: 10_000, fronts: 2, instanceType: "c7g.medium" },
  { tenants: 100_000, fronts: 2, instanceType: "r7g.medium" },
];

/** A quantity with its unit: `730 h`, `$0.0225`. */
type Factor = readonly [value: number, label: string];

export interface CostLine {
  readonly part: string;
  readonly factors: readonly Factor[];
  /** US dollars a month. */
  readonly dollars: number;
}

export function costLines({ tenants, fronts, instanceType }: Scenario): CostLine[] {
  const alarms = countAlarms();
  const steps = tenants * ARI_CHECKS_PER_TENANT;
  const issuances = tenants * ISSUANCES_PER_TENANT;
  const million = 1e-6;
  const monitorGb = (tenants * HOURS * ADDRESSES * HANDSHAKE_KB) / 1024 / 1024;
  return [
    line("load balancer", count(HOURS, "h"), price(PRICES.loadBalancerHour)),
    line("public addresses (2 static, 1 per front)", count(2 + fronts), count(HOURS, "h"), price(PRICES.addressHour)),
    line(`fronts (${instanceType})`, count(fronts), count(HOURS, "h"), price(PRICES.instanceHour[instanceType])),
    line("fronts' disks", count(fronts), count(10, "GB"), price(PRICES.diskGbMonth)),
    line("keys: the table's, and the one that tenants' keys are sealed under", count(2), price(PRICES.keyMonth)),
    line(
      "keys: data keys made, and opened by each front and each that starts",
      count((DATA_KEYS * (1 + fronts) + FRONT_STARTS * fronts * CALLS_A_START) * million, "M calls"),
      price(PRICES.keyCallMillion),
    ),
    line(
      "keys: data keys handed on from front to front",
      count(fronts * RING_WRITE_UNITS * million, "M writes"),
      price(PRICES.writeMillion),
    ),
    line("metrics", count(countMetrics()), price(PRICES.metricMonth)),
    line("alarms", count(alarms.metric), price(PRICES.alarmMonth)),
    line("composite alarm", count(alarms.composite), price(PRICES.compositeAlarmMonth)),
    line("schedules", count((MINUTES + HOURS + HOURS / 8) * million, "M calls"), price(PRICES.scheduleMillion)),
    line(
      "table: fronts look for changes every 2 s",
      count(fronts * MINUTES * 30 * 0.5 * million, "M reads"),
      price(PRICES.readMillion),
    ),
    line(
      "table: fronts' ticket keys every 10 s",
      count(fronts * MINUTES * 6 * million, "M reads"),
      price(PRICES.readMillion),
    ),
    line(
      "table: fronts' heartbeats every 10 s",
      count(fronts * MINUTES * 6 * million, "M writes"),
      price(PRICES.writeMillion),
    ),
    line(
      "table: reconcile looks each minute, at the fronts too",
      count(MINUTES * (8 * 0.5 + 2 + fronts) * million, "M reads"),
      price(PRICES.readMillion),
    ),
    line(
      "table: renewal information, writes",
      count(issuances * ARI_WRITES_PER_ISSUANCE * RECORD_WRITE_UNITS * million, "M writes"),
      price(PRICES.writeMillion),
    ),
    line(
      "table: renewal information, reads",
      count(steps * READS_PER_ARI_CHECK * million, "M reads"),
      price(PRICES.readMillion),
    ),
    line("table: issuances", count(issuances * ISSUANCE_WRITE_UNITS * million, "M writes"), price(PRICES.writeMillion)),
    line(
      "table: monitor, reads each hour",
      count(tenants * HOURS * 0.75 * million, "M reads"),
      price(PRICES.readMillion),
    ),
    line(
      "table: monitor, writes",
      count((tenants * HOURS * 3_600_000 * million) / REWRITE_MS, "M writes"),
      price(PRICES.writeMillion),
    ),
    line("table: storage", count(tenants * GB_PER_TENANT, "GB"), price(PRICES.tableGbMonth)),
    line("table: point-in-time recovery", count(tenants * GB_PER_TENANT, "GB"), price(PRICES.backupGbMonth)),
    line("issuer: reconcile, 0.3 s at 1 GB", count(MINUTES), count(0.3, "GB-s"), price(PRICES.lambdaGbSecond)),
    line(
      "issuer: renewal information, 0.05 s at 1 GB",
      count(steps),
      count(0.05, "GB-s"),
      price(PRICES.lambdaGbSecond),
    ),
    line("issuer: issuances, 2 s at 1 GB", count(issuances), count(2, "GB-s"), price(PRICES.lambdaGbSecond)),
    line(
      "monitor: 0.02 s a tenant at 0.5 GB, hourly",
      count(tenants * HOURS),
      count(0.01, "GB-s"),
      price(PRICES.lambdaGbSecond),
    ),
    line("monitor's handshakes: through the load balancer", count(monitorGb, "GB"), price(PRICES.balancerGb)),
    line("monitor's handshakes: by public addresses", count(monitorGb, "GB"), price(PRICES.regionalGb)),
    line("monitor's handshakes: to the other zone, half", count(monitorGb, "GB"), price(PRICES.regionalGb)),
    line(
      "calls of functions",
      count((MINUTES * 1.1 + 3 * HOURS + steps / 25 + issuances) * million, "M calls"),
      price(PRICES.lambdaMillion),
    ),
    line("logs: functions' runs, and metrics", count(MINUTES * 2.5 * million, "GB"), price(PRICES.logGb)),
    line("logs: fronts", count(MINUTES * fronts * 0.1 * million, "GB"), price(PRICES.rareLogGb)),
    line("logs: tenants' steps", count((steps * 0.3 + issuances * 3) * million, "GB"), price(PRICES.logGb)),
  ];
}

export function total(lines: readonly CostLine[]): number {
  return lines.reduce((sum, { dollars }) => sum + dollars, 0);
}

/** The part of docs/costs.md that is computed: the summary, then each scenario's arithmetic. */
export function costTables(): string {
  const summary = SCENARIOS.map((scenario) => {
    const sum = total(costLines(scenario));
    return `| ${thousands(scenario.tenants)} | ${scenario.fronts} × ${scenario.instanceType} | $${sum.toFixed(2)} | $${(sum / scenario.tenants).toPrecision(2)} |`;
  });
  const details = SCENARIOS.flatMap((scenario) => {
    const lines = costLines(scenario);
    return [
      "",
      `### ${thousands(scenario.tenants)} tenants`,
      "",
      "| part | arithmetic | $ a month |",
      "|---|---|---:|",
      ...lines.map(
        ({ part, factors, dollars }) =>
          `| ${part} | ${factors.map(([, label]) => label).join(" × ")} | ${dollars.toFixed(2)} |`,
      ),
      `| **total** | | **${total(lines).toFixed(2)}** |`,
    ];
  });
  return ["| tenants | fronts | a month | a tenant a month |", "|---:|---|---:|---:|", ...summary, ...details].join(
    "\n",
  );
}

function line(part: string, ...factors: Factor[]): CostLine {
  return { part, factors, dollars: factors.reduce((product, [value]) => product * value, 1) };
}

function count(value: number, unit?: string): Factor {
  const text = value >= 100 ? thousands(Math.round(value)) : String(Number(value.toPrecision(3)));
  return [value, unit === undefined ? text : `${text} ${unit}`];
}

function price(value: number): Factor {
  return [value, `$${value}`];
}

const thousands = (value: number): string => value.toLocaleString("en-US");

function countAlarms(): { metric: number; composite: number } {
  const kinds = alarmDefinitions(ALARM_CONTEXT).map(({ kind }) => kind);
  return {
    metric: kinds.filter((kind) => kind === "metric").length,
    composite: kinds.filter((kind) => kind === "composite").length,
  };
}

/** At worst, with a tenant in every state for every reason: those two are a metric per value. */
function countMetrics(): number {
  return Object.keys(METRICS).length - 2 + TENANT_STATES.length + REASON_CODES.length;
}
