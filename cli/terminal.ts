import { createInterface } from "node:readline/promises";
import { wrap } from "../core/base/wrap";

/** Where a command speaks: results on standard output, everything else on standard error. */
export interface Terminal {
  /** A line of the result. */
  out(line: string): void;
  /** A sentence of the result, broken between words where a person's terminal ends. */
  wrapped(sentence: string): void;
  /** A line about what is going on. */
  note(line: string): void;
  /** Colours and weights for results; plain text unless a person is looking. */
  readonly paint: Paint;
  /** Characters that a line of results may have; infinite where no person reads it. */
  readonly width: number;
  /** Begins a new screen of results; nothing where no person reads them. */
  clear(): void;
  /** Asks on standard error; undefined when nobody can answer. */
  confirm(question: string): Promise<boolean | undefined>;
}

export type Colour = "red" | "yellow" | "green" | "cyan" | "dim" | "bold";
export type Paint = (colour: Colour, text: string) => string;

const CODES: Record<Colour, [number, number]> = {
  red: [31, 39],
  yellow: [33, 39],
  green: [32, 39],
  cyan: [36, 39],
  dim: [2, 22],
  bold: [1, 22],
};

/** The process's own streams. Colours only on a TTY, never with NO_COLOR (no-color.org) or in CI. */
export function processTerminal(env: NodeJS.ProcessEnv = process.env): Terminal {
  const colours = process.stdout.isTTY === true && !env.NO_COLOR && !env.CI && env.TERM !== "dumb";
  const out = (line: string) => void process.stdout.write(`${line}\n`);
  const width = () => (process.stdout.isTTY ? Math.max(40, process.stdout.columns || 80) : Number.POSITIVE_INFINITY);
  return {
    out,
    wrapped: (sentence) => wrap(sentence, width()).forEach(out),
    note: (line) => void process.stderr.write(`${line}\n`),
    paint: colours ? ansi : (_, text) => text,
    get width() {
      return width();
    },
    clear: () => {
      if (process.stdout.isTTY) process.stdout.write("\u001b[H\u001b[2J\u001b[3J");
    },
    confirm: async (question) => {
      if (!process.stdin.isTTY) return undefined;
      const reader = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return /^y(es)?$/i.test((await reader.question(`${question} [y/N] `)).trim());
      } finally {
        reader.close();
      }
    },
  };
}

export const ansi: Paint = (colour, text) => `\u001b[${CODES[colour][0]}m${text}\u001b[${CODES[colour][1]}m`;

/**
 * What came from outside (a server's header inside a reason, a name) as one harmless line: control characters could move the
 * cursor or set the window title, bidirectional ones could make a name read as another.
 */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, "\ufffd");
}
