import type { TenantCounts } from "../../core/status/counts";
import type { FrontView } from "../../core/status/front-view";
import type { TenantView } from "../../core/status/view";
import type { AlarmState } from "../aws/cloudwatch/types";

/** What the console's server answers and its page shows. Times are ISO 8601, UTC. */

/** GET /api/overview */
export interface OverviewView {
  readonly stack: string;
  readonly now: string;
  readonly verdict: Verdict;
  readonly counts: TenantCounts;
  /** The tenants that need somebody, worst first, a handful. */
  readonly trouble: readonly TenantView[];
  /** Ringing first. */
  readonly alarms: readonly AlarmView[];
  readonly fronts: readonly FrontView[];
}

/** Is anything wrong? `bad`: a person is being called. `watch`: somebody should look. `good`: nobody needs to. */
export interface Verdict {
  readonly level: "good" | "watch" | "bad";
  readonly headline: string;
  readonly detail: string;
  /** When the first of the alarms that ring began to. */
  readonly since?: string;
}

export interface AlarmView {
  readonly name: string;
  readonly state: AlarmState;
  readonly since: string;
  readonly reason: string;
  /** Markdown. */
  readonly description: string;
  readonly composite: boolean;
  readonly history: readonly {
    readonly at: string;
    readonly from: AlarmState;
    readonly to: AlarmState;
    readonly reason: string;
  }[];
}

/** GET /api/tenants */
export interface TenantsView {
  readonly tenants: readonly TenantView[];
  /** That match, on all pages. */
  readonly matching: number;
  readonly page: number;
  readonly pages: number;
  readonly counts: TenantCounts;
}

/** GET /api/message */
export interface MessageView {
  /** Plain text, for the tenant's owner. */
  readonly text: string;
}

/** GET /api/graphs */
export interface GraphsView {
  readonly from: string;
  readonly to: string;
  readonly panels: readonly (GraphPanel | TextPanel)[];
}

export interface GraphPanel {
  readonly kind: "graph";
  readonly title: string;
  /** ms since the epoch and value. */
  readonly series: readonly { readonly label: string; readonly points: readonly (readonly [number, number])[] }[];
  /** Horizontal annotations: the alarms' thresholds. */
  readonly thresholds: readonly { readonly label: string; readonly value: number }[];
  readonly min?: number;
  readonly max?: number;
}

export interface TextPanel {
  readonly kind: "text";
  /** Markdown. */
  readonly markdown: string;
}
