import type { OutdatedFront } from "../core/record/outdated-fronts";
import type { DnsAdvice } from "../core/record/reason";
import type { TenantCounts } from "../core/status/counts";
import type { TenantView } from "../core/status/view";
import { relativeTime, utcMinute } from "../core/status/words";
import { factLines, tableLines } from "./table";
import { type Colour, plain, type Terminal } from "./terminal";

const COLOURS: Record<TenantView["attention"], Colour> = {
  broken: "red",
  warning: "yellow",
  waiting: "cyan",
  fine: "green",
  removed: "dim",
};
const HEADER = ["DOMAIN", "STATE", "REASON", "SINCE", "EXPIRES", "RENEWS", "SERVED BY", "NEXT ATTEMPT"];
/** What fits 80 columns beside a name of usual length, and what a narrow terminal does without. */
const NARROW = ["DOMAIN", "STATE", "REASON", "EXPIRES", "SERVED BY"];
const WIDE_FROM = 120;

/** Everything about one tenant. */
export function printTenant(terminal: Terminal, view: TenantView, now: number): void {
  const { paint } = terminal;
  const { certificate, renewal, reason, seen } = view;
  const when = (iso: string) => `${utcMinute(Date.parse(iso))} (${relativeTime(Date.parse(iso), now)})`;
  terminal.out(`${paint("bold", plain(view.domain))}  ${paint(COLOURS[view.attention], view.state)}`);
  const facts: [string, string | readonly string[]][] = [["since", when(view.since)]];
  if (view.aliases.length > 0) facts.push(["also for", view.aliases.map(plain).join(", ")]);
  if (reason) {
    facts.push(["reason", reason.code], ["", plain(reason.sentence)]);
    if (reason.problemType) facts.push(["the CA said", plain(reason.problemType)]);
    if (reason.dns.length > 0) facts.push(["set in DNS", reason.dns.map(adviceLine)]);
  }
  facts.push(
    certificate
      ? [
          "certificate",
          [`expires ${when(certificate.notAfter)}`, `serial ${certificate.serial}, from ${certificate.ca}`],
        ]
      : ["certificate", "none yet"],
  );
  if (renewal) facts.push(["renewal", `${when(renewal.at)}, ${renewalSource(renewal.source)}`]);
  if (certificate) facts.push(["served by", servedLines(view)]);
  if (seen) facts.push(["seen outside", seenLines(seen, when)]);
  else if (certificate) facts.push(["seen outside", "not checked yet"]);
  if (view.nextAttempt) facts.push([view.state === "active" ? "next check" : "next attempt", when(view.nextAttempt)]);
  for (const line of factLines(facts, terminal.width)) terminal.out(line);
}

/** How many tenants are how, then those that need somebody, with what to do. */
export function printSummary(
  terminal: Terminal,
  counts: TenantCounts,
  views: readonly TenantView[],
  now: number,
): void {
  const { paint } = terminal;
  if (counts.total === 0 && counts.removedLately > 0) {
    const count = counts.removedLately;
    terminal.out(
      `No tenant is left: ${count} ${count === 1 ? "was" : "were"} taken out of the configuration within a day.`,
    );
    terminal.out("If that was a mistake, put them back and run pulumi up: their certificates are still there.");
    return;
  }
  if (counts.total === 0) {
    terminal.out("No tenants yet. Add them to the stack's configuration (docs/configuration.md).");
    return;
  }
  const { broken, warning, waiting, fine } = counts.byAttention;
  const parts = [
    broken > 0 && paint("red", `${broken} not working`),
    warning > 0 && paint("yellow", `${warning} to look at`),
    waiting > 0 && paint("cyan", `${waiting} on the way`),
    fine > 0 && paint("green", `${fine} fine`),
  ];
  const states = Object.entries(counts.byState).map(([state, count]) => `${count} ${state}`);
  terminal.out(`${counts.total} tenant${counts.total === 1 ? "" : "s"}: ${parts.filter(Boolean).join(", ")}`);
  terminal.out(paint("dim", `(${states.join(", ")})`));
  terminal.out("");
  printList(terminal, views, counts.total > views.length, now);
}

/** Fronts on which an update waits for a new process. */
export function printOutdated(terminal: Terminal, fronts: readonly OutdatedFront[]): void {
  if (fronts.length > 0) terminal.out("");
  for (const { front, software } of fronts) {
    const what = plain(software.join(", "));
    terminal.out(terminal.paint("yellow", `front ${plain(front)} runs as before an update: ${what}`));
  }
  if (fronts.length > 0) terminal.out("New fronts have it: docs/operations.md#fronts-outdated");
}

/** What lies among the heartbeats and no front of this version wrote: it counts for nothing. */
export function printSkipped(terminal: Terminal, skipped: number): void {
  if (skipped === 0) return;
  const what =
    skipped === 1 ? "1 item among the fronts' heartbeats is" : `${skipped} items among the fronts' heartbeats are`;
  terminal.out("");
  terminal.out(terminal.paint("yellow", `${what} none, and left out.`));
}

/** A table of tenants, and under it what to do for each that is not well. */
export function printList(terminal: Terminal, views: readonly TenantView[], more: boolean, now: number): void {
  if (views.length === 0) {
    terminal.out("No tenant matches.");
    return;
  }
  const shown = terminal.width < WIDE_FROM ? NARROW : HEADER;
  const rows = views.map((view) => {
    const cells = row(terminal, view, now);
    return HEADER.flatMap((column, at) => (shown.includes(column) ? (cells[at] ?? []) : []));
  });
  const [header = "", ...lines] = tableLines(shown, rows);
  for (const line of [terminal.paint("bold", header), ...lines]) terminal.out(line);
  if (more) terminal.out(terminal.paint("dim", `… and more: --limit ${views.length * 5} shows further ones`));
  for (const view of views) {
    const [late] = view.fronts.behind;
    if (view.attention === "warning" && !view.reason && late) {
      terminal.out("");
      terminal.wrapped(
        `${terminal.paint("bold", plain(view.domain))}: not served as stored by ${plain(late.front)}: ${plain(late.problem)}`,
      );
    }
    if (!view.reason || (view.attention !== "broken" && view.attention !== "warning")) continue;
    terminal.out("");
    terminal.wrapped(`${terminal.paint("bold", plain(view.domain))}: ${plain(view.reason.sentence)}`);
    for (const advice of view.reason.dns) terminal.out(`  ${adviceLine(advice)}`);
  }
}

function row(terminal: Terminal, view: TenantView, now: number) {
  const ago = (iso: string | undefined) => (iso === undefined ? "-" : relativeTime(Date.parse(iso), now));
  const { serving, behind } = view.fronts;
  const fronts = view.certificate ? `${serving.length} of ${serving.length + behind.length}` : "-";
  const colour = COLOURS[view.attention];
  return [
    { text: plain(view.domain) },
    { text: view.state, paint: (padded: string) => terminal.paint(colour, padded) },
    { text: view.reason?.code ?? "-" },
    { text: ago(view.since) },
    { text: ago(view.certificate?.notAfter) },
    { text: ago(view.renewal?.at) },
    { text: fronts },
    { text: ago(view.nextAttempt) },
  ];
}

/** `change  data.paris.example  A  192.0.2.1`. */
export function adviceLine(advice: DnsAdvice): string {
  return `${advice.action}  ${plain(advice.name)}  ${advice.type}  ${advice.values.map(plain).join(", ")}`;
}

function servedLines(view: TenantView): string[] {
  const { serving, behind } = view.fronts;
  if (serving.length + behind.length === 0) return ["no front has been heard of in the last 10 minutes"];
  const all = `${serving.length} of ${serving.length + behind.length} fronts${serving.length > 0 ? `: ${serving.map(plain).join(", ")}` : ""}`;
  return [all, ...behind.map(({ front, problem }) => `not by ${plain(front)}: ${plain(problem)}`)];
}

function seenLines(seen: NonNullable<TenantView["seen"]>, when: (iso: string) => string): string[] {
  const wrong = seen.names.filter(({ ok }) => !ok);
  const checked = `checked ${when(seen.checkedAt)}`;
  if (wrong.length === 0) return [`as it should be, at all ${seen.names.length} places, ${checked}`];
  return [
    `wrong at ${wrong.length} of ${seen.names.length} places, ${checked}`,
    ...wrong.map(({ name, at, problem }) => `${plain(name)} at ${plain(at)}: ${plain(problem ?? "not as stored")}`),
  ];
}

function renewalSource(source: string): string {
  const words: Record<string, string> = {
    ari: "the time the CA asked for",
    lifetime: "by its lifetime",
    emergency: "at once: it expires soon",
    requested: "as somebody asked",
  };
  return words[source] ?? source;
}
