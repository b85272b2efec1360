import type { AlarmState } from "../aws/cloudwatch/types";

/** Everything that happens in a run, in one stream: the terminal view, plain lines and `--json` are made of it. */
export type ProgressEvent =
  | { readonly kind: "phase"; readonly text: string }
  /** The issuer did a step for a tenant (docs/contracts.md lists them). */
  | { readonly kind: "step"; readonly tenant: string; readonly step: string }
  | { readonly kind: "state"; readonly tenant: string; readonly state: string; readonly sentence?: string }
  /** A handshake with a front proved that it serves the tenant's certificate; seconds since the start of the run. */
  | { readonly kind: "served"; readonly tenant: string; readonly front: string; readonly seconds: number }
  | { readonly kind: "gone"; readonly tenant: string; readonly front: string }
  | {
      readonly kind: "alarm";
      readonly name: string;
      readonly from: AlarmState;
      readonly to: AlarmState;
      readonly reason: string;
    }
  /** A load balancer's target failed its checks, or passes them again. */
  | { readonly kind: "health"; readonly target: string; readonly group: string; readonly healthy: boolean }
  /** The console's address. */
  | { readonly kind: "console"; readonly url: string }
  /** A mistake in the configuration; without a text: it is corrected. */
  | { readonly kind: "problem"; readonly text?: string }
  /** A command to try. */
  | { readonly kind: "hint"; readonly text: string }
  | { readonly kind: "warning"; readonly text: string };

export type ProgressListener = (event: ProgressEvent) => void;

/** Who tells and who listens. */
export class Progress {
  private readonly listeners = new Set<ProgressListener>();

  /** @returns how to stop listening */
  listen(listener: ProgressListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tell(event: ProgressEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  phase(text: string): void {
    this.tell({ kind: "phase", text });
  }

  hint(text: string): void {
    this.tell({ kind: "hint", text });
  }

  problem(text: string | undefined): void {
    this.tell({ kind: "problem", ...(text !== undefined && { text }) });
  }

  warn(text: string): void {
    this.tell({ kind: "warning", text });
  }
}
