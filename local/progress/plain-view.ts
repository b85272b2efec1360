import type { Progress, ProgressEvent } from "./events";

/** One line per event, for logs, pipes and terminals that cannot be drawn on. @returns how to end it */
export function plainView(progress: Progress, out: { write(text: string): unknown }): () => void {
  const started = Date.now();
  return progress.listen((event) => {
    const seconds = ((Date.now() - started) / 1_000).toFixed(1).padStart(6);
    out.write(`${seconds} s  ${describeEvent(event)}\n`);
  });
}

/** What happened, in one line. */
export function describeEvent(event: ProgressEvent): string {
  switch (event.kind) {
    case "phase":
      return event.text;
    case "step":
      return `${event.tenant}: ${event.step}`;
    case "state":
      return `${event.tenant} is ${event.state}${event.sentence === undefined ? "" : `: ${event.sentence}`}`;
    case "served":
      return `${event.tenant}: served by ${event.front} after ${event.seconds.toFixed(1)} s`;
    case "gone":
      return `${event.tenant}: no longer served by ${event.front}`;
    case "alarm":
      return `alarm ${event.name}: ${event.from} → ${event.to}: ${event.reason}`;
    case "health":
      return `! ${event.target} is ${event.healthy ? "healthy again" : "unhealthy"} in ${event.group}`;
    case "console":
      return `console: ${event.url}`;
    case "problem":
      return event.text === undefined ? "the configuration is good" : `! ${event.text}`;
    case "hint":
      return `try: ${event.text}`;
    case "warning":
      return `! ${event.text}`;
  }
}
