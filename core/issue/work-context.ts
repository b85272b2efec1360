/** The bounds of one worker's turn. */
export interface WorkContext {
  /** ms since work on this tenant began. */
  elapsed(): number;
  /** Nothing that takes long is begun after this time, ms since the epoch. */
  readonly deadline: number;
}
