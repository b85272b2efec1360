import type { FrontView } from "../core/status/front-view";
import { duration } from "../core/status/words";
import { type Cell, tableLines } from "./table";
import { type Colour, plain, type Terminal } from "./terminal";

const COLOURS: Readonly<Record<FrontView["state"], Colour>> = {
  serving: "green",
  behind: "cyan",
  failing: "yellow",
  silent: "red",
  starting: "cyan",
};
const HEADER = ["FRONT", "STATE", "LAST REPORT", "LAG", "CERTIFICATES", "FAILED"];
/** Tenants named of each front; its log and `status <domain>` have the rest. */
const PROBLEMS_SHOWN = 5;

/** Every front that is to be shown, and under the table what it could not do. */
export function printFronts(terminal: Terminal, fronts: readonly FrontView[], now: number): void {
  terminal.out("");
  if (fronts.length === 0) {
    terminal.out("No front has been heard of within a day.");
    return;
  }
  const [header = "", ...lines] = tableLines(
    HEADER,
    fronts.map((front) => row(terminal, front, now)),
  );
  for (const line of [terminal.paint("bold", header), ...lines]) terminal.out(line);
  for (const line of versions(fronts)) terminal.out(terminal.paint("dim", line));
  for (const { front, problems } of fronts) {
    for (const { domain, problem } of problems.slice(0, PROBLEMS_SHOWN))
      terminal.wrapped(`${plain(front)}: ${plain(domain)}: ${plain(problem)}`);
    if (problems.length > PROBLEMS_SHOWN) terminal.out(`${plain(front)}: and ${problems.length - PROBLEMS_SHOWN} more`);
  }
}

function row(terminal: Terminal, front: FrontView, now: number): Cell[] {
  const { state, tenantsBehind, lagSeconds, certificates, problems } = front;
  const tenants = tenantsBehind === 1 ? "1 tenant" : `${tenantsBehind} tenants`;
  return [
    { text: plain(front.front) },
    { text: state, paint: (padded) => terminal.paint(COLOURS[state], padded) },
    { text: `${length(now - Date.parse(front.heardOf))} ago` },
    { text: tenantsBehind === 0 ? "none" : `${length(lagSeconds * 1_000)}, ${tenants}` },
    { text: String(certificates) },
    { text: problems.length === 0 ? "-" : String(problems.length) },
  ];
}

/** Seconds matter here: a front reports every ten. */
function length(ms: number): string {
  return duration(ms) ?? `${Math.max(0, Math.round(ms / 1_000))} s`;
}

/** Mostly one line: all fronts run the same. */
function versions(fronts: readonly FrontView[]): string[] {
  const by = new Map<string, string[]>();
  for (const { front, agentVersion, haproxyVersion } of fronts) {
    const software = `agent ${plain(agentVersion)}, HAProxy ${plain(haproxyVersion)}`;
    by.set(software, [...(by.get(software) ?? []), plain(front)]);
  }
  return [...by].map(([software, names]) =>
    by.size === 1 ? `all with ${software}` : `${names.join(", ")}: ${software}`,
  );
}
