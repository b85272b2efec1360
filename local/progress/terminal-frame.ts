import { wrap } from "../../core/base/wrap";
import type { ProgressEvent } from "./events";
import { pace } from "./pace";
import { describeEvent } from "./plain-view";

/** Steps of a tenant that get a column, in their order (docs/contracts.md), and the column's heading: all fits 80 characters. */
const STEPS = { dns: "dns", caa: "caa", token: "token", order: "order", validated: "valid", issued: "issued" } as const;
/** Tenants drawn; the others are counted. */
const ROWS = 12;
const RECENT = 6;

interface Row {
  steps: Set<string>;
  state: string;
  sentence?: string | undefined;
  servedBy: Map<string, number>;
}

/** What the terminal shows, built up event by event. */
export class TerminalFrame {
  private phase = "";
  private readonly rows = new Map<string, Row>();
  private readonly ringing = new Map<string, string>();
  private readonly unhealthy = new Map<string, string>();
  private readonly hints: string[] = [];
  private readonly recent: string[] = [];
  private console: string | undefined;
  private problem: string | undefined;

  take(event: ProgressEvent): void {
    switch (event.kind) {
      case "phase":
        this.phase = event.text;
        return;
      case "step":
        this.step(this.row(event.tenant), event.step);
        return;
      case "state":
        Object.assign(this.row(event.tenant), { state: event.state, sentence: event.sentence });
        return;
      case "served":
        this.row(event.tenant).servedBy.set(event.front, event.seconds);
        return;
      case "gone":
        this.gone(event.tenant, event.front);
        break;
      case "alarm":
        if (event.to === "ALARM") this.ringing.set(event.name, event.reason);
        else this.ringing.delete(event.name);
        if (event.from === "INSUFFICIENT_DATA" && event.to === "OK") return;
        break;
      case "health": {
        const key = `${event.target} ${event.group}`;
        if (event.healthy) this.unhealthy.delete(key);
        else this.unhealthy.set(key, describeEvent(event));
        return;
      }
      case "hint":
        this.hints.push(event.text);
        return;
      case "console":
        this.console = event.url;
        return;
      case "problem":
        this.problem = event.text;
        return;
      case "warning":
        break;
    }
    this.recent.push(describeEvent(event));
    if (this.recent.length > RECENT) this.recent.shift();
  }

  /** The lines to draw, none wider than `width`: broken between words, and within one only where it has no room at all. */
  lines(width: number): string[] {
    const rows = [...this.rows].sort(([, a], [, b]) => Number(this.isQuiet(a)) - Number(this.isQuiet(b)));
    const nameWidth = Math.max(6, ...rows.slice(0, ROWS).map(([domain]) => domain.length));
    const more = rows.length - ROWS;
    const lines = [
      `certfront  ${this.phase}`,
      ...(this.console === undefined ? [] : [`  console  ${this.console}   Ctrl-C ends it`]),
      "",
      ...(this.problem === undefined ? [] : [...this.problem.split("\n").map((line) => `! ${line}`), ""]),
      ...(rows.length > 0 ? [`${"TENANT".padEnd(nameWidth)}  ${Object.values(STEPS).join(" ")}  SERVED BY FRONT`] : []),
      ...rows.slice(0, ROWS).flatMap(([domain, row]) => this.rowLines(domain, row, nameWidth)),
      ...(more > 0 ? [`and ${more} more: ${pace(this.firstServed(), rows.length)}`] : []),
      ...[...this.ringing].map(([name, reason]) => `ALARM ${name}: ${reason}`),
      ...this.unhealthy.values(),
      "",
      ...(this.hints.length > 0 ? ["Try:", ...this.hints.map((hint) => `  ${hint}`), ""] : []),
      ...this.recent,
    ];
    return lines.flatMap((line) => wrap(line, width)).map((line) => line.slice(0, width));
  }

  /** Of each tenant that is served, when it was by the first front. */
  private firstServed(): number[] {
    return [...this.rows.values()]
      .filter(({ servedBy }) => servedBy.size > 0)
      .map(({ servedBy }) => Math.min(...servedBy.values()));
  }

  private rowLines(domain: string, row: Row, nameWidth: number): string[] {
    const cells = Object.entries(STEPS)
      .map(([step, heading]) => this.cell(row, step).padEnd(heading.length))
      .join(" ");
    const fronts = [...row.servedBy.keys()].sort().map(short).join(", ");
    const slowest = Math.max(...row.servedBy.values()).toFixed(1);
    const line = `${domain.padEnd(nameWidth)}  ${cells}  ${fronts === "" ? "-" : `${fronts} (${slowest} s)`}`;
    const waits = row.servedBy.size === 0 && row.state !== "issuing" && row.sentence !== undefined;
    return waits ? [line, `${" ".repeat(nameWidth)}  ${row.sentence}`] : [line];
  }

  private cell(row: Row, step: string): string {
    return row.steps.has(step) ? "✓" : "·";
  }

  /** A new order begins with its preflight: what is left of the last one goes. */
  private step(row: Row, step: string): void {
    if (step === "dns") row.steps.clear();
    row.steps.add(step);
    if (step === "stored") row.steps.add("issued");
  }

  private gone(tenant: string, front: string): void {
    const row = this.rows.get(tenant);
    row?.servedBy.delete(front);
    if (row?.servedBy.size === 0) this.rows.delete(tenant);
  }

  private isQuiet(row: Row): boolean {
    return row.servedBy.size > 0;
  }

  private row(tenant: string): Row {
    const known = this.rows.get(tenant);
    if (known !== undefined) return known;
    const row: Row = { steps: new Set(), state: "pending-dns", servedBy: new Map() };
    this.rows.set(tenant, row);
    return row;
  }
}

/** `front-2` is 2 in a column about fronts. */
function short(front: string): string {
  return front.replace(/^front-/, "");
}
