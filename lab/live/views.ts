import type { Judgement } from "../scenario/verdict";

/** One client's way through the lab, as the page and the terminal show it. */
export interface ClientView {
  readonly name: string;
  readonly engine: string;
  /** What its verdicts come from; empty: nothing to be known beforehand. */
  readonly limits: string;
  readonly rows: readonly RowView[];
}

export interface RowView extends Judgement {
  readonly scenario: string;
  readonly title: string;
  readonly about: string;
  readonly url: string;
  readonly howTo: string;
  readonly state: State;
  /** What came last, in words; absent: nothing came. */
  readonly last?: string;
}

export type State = "not begun" | "under way" | "passed" | "exposed" | "failed" | "waiting";
