import { DAY, HOUR } from "../core/base/clock";
import {
  caDownForAWeek,
  clockSkew,
  dnsMoved,
  frontStuck,
  type History,
  healthyYear,
  issuerDead,
  LIFETIMES,
  lifetimeName,
  monitorDead,
  revoked,
  revokedAndRefused,
  type Told,
  tell,
} from "../testing/histories";

/**
 * `npm run histories`: tells every story to the program's own alarms and prints what rang, when, and how much lifetime was left.
 * `-- --json` for machines.
 */
async function main(): Promise<void> {
  const troubles = [
    issuerDead(90),
    issuerDead(45),
    issuerDead(160 / 24),
    monitorDead,
    frontStuck,
    dnsMoved,
    revoked,
    revokedAndRefused,
    caDownForAWeek(90),
    caDownForAWeek(45),
    clockSkew(10),
    clockSkew(-10),
  ];
  const results: { history: History; told: Told }[] = [];
  for (const history of [...LIFETIMES.map(healthyYear), ...troubles]) {
    process.stderr.write(`${history.name} …\n`);
    results.push({ history, told: await tell(history) });
  }
  if (process.argv.includes("--json")) {
    process.stdout.write(
      `${JSON.stringify(
        results.map(({ history, told }) => ({ name: history.name, ...told })),
        undefined,
        2,
      )}\n`,
    );
    return;
  }
  const healthy = results.slice(0, LIFETIMES.length);
  process.stdout.write(`${table(results)}\n\n${falseAlarms(healthy)}\n${GRAIN}\n`);
}

/** What the simulation cannot tell finer. */
const GRAIN =
  "Simulated hour by hour, so times are up to an hour off: reconcile-silent, which needs half an hour of silence, shows as the hour it falls into.";

function table(results: readonly { history: History; told: Told }[]): string {
  const rows = results.flatMap(({ history, told }) => {
    const rings = told.rings.length > 0 ? told.rings : [undefined];
    return rings.map((ring, index) => [
      index === 0 ? history.name : "",
      ring ? `${ring.alarm}${ring.to === "OK" ? " (OK again)" : ""}` : "nothing rang",
      ring ? duration(ring.after) : "",
      ring ? `${ring.daysLeft.toFixed(1)} days` : "",
    ]);
  });
  return format([["history", "alarm", "after", "lifetime left"], ...rows]);
}

function falseAlarms(healthy: readonly { told: Told }[]): string {
  const alarms = healthy.flatMap(({ told }) => told.rings.filter(({ to }) => to === "ALARM")).length;
  const certificates = healthy.reduce((sum, { told }) => sum + told.issued, 0);
  const lifetimes = LIFETIMES.map(lifetimeName).join(", ");
  return `False alarms in ${healthy.length} healthy years (${lifetimes}; ${certificates} certificates issued): ${alarms}`;
}

function duration(ms: number): string {
  return ms < 2 * DAY ? `${(ms / HOUR).toFixed(1)} h` : `${(ms / DAY).toFixed(1)} days`;
}

function format(rows: readonly (readonly string[])[]): string {
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

void main();
