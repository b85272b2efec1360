import type { Clock } from "../core/base/clock";

/** A clock that moves only when told. */
export class ManualClock implements Clock {
  constructor(private time = Date.UTC(2026, 10, 21, 12)) {}

  now(): number {
    return this.time;
  }

  advance(ms: number): void {
    this.time += ms;
  }
}
