import type { WriteStream } from "node:tty";
import type { Progress } from "./events";
import { TerminalFrame } from "./terminal-frame";

/** ms between two drawings, at the least. */
const INTERVAL = 100;

/** Colours on state only: what is done, what is wrong. None with NO_COLOR (no-color.org). */
export function coloured(line: string): string {
  if (line.startsWith("ALARM ")) return `\x1b[31m${line}\x1b[39m`;
  if (line.startsWith("! ")) return `\x1b[33m${line}\x1b[39m`;
  return line.replace(/✓(?: +✓)*/g, "\x1b[32m$&\x1b[39m");
}

/** Draws the run's state in place on a terminal, over and over. @returns how to leave the terminal in order */
export function terminalView(progress: Progress, out: WriteStream): () => void {
  const frame = new TerminalFrame();
  const painted = process.env.NO_COLOR || process.env.TERM === "dumb" ? (line: string) => line : coloured;
  let drawn = 0;
  let pending: NodeJS.Timeout | undefined;
  const draw = () => {
    pending = undefined;
    const lines = frame.lines(out.columns || 80).slice(0, Math.max(4, (out.rows || 24) - 1));
    const up = drawn > 0 ? `\x1b[${drawn}A` : "";
    out.write(`${up}\r\x1b[J${lines.map(painted).join("\n")}\n`);
    drawn = lines.length;
  };
  const stop = progress.listen((event) => {
    frame.take(event);
    pending ??= setTimeout(draw, INTERVAL);
  });
  return () => {
    stop();
    clearTimeout(pending);
    draw();
  };
}
