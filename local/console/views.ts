import type { ReasonCode } from "../../core/record/reason";
import type { Turn } from "../../core/record/turn";
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
  /** Who needs somebody, worst first, a handful of cards; `troubleMore` tenants are on none. */
  readonly trouble: readonly TroubleView[];
  readonly troubleMore: number;
  /** Ringing first. */
  readonly alarms: readonly AlarmView[];
  readonly fronts: readonly FrontView[];
  /** Which stack this is, and as whom it is read. */
  readonly about: string;
  /** Whether the page may have tenants looked at and renewed; `key`: with the key of its address only. */
  readonly acts: "no" | "yes" | "key";
}

/** A reason, or what is seen where the issuer gave none. */
export type Cause = ReasonCode | "EXPIRED" | "RENEWAL_OVERDUE" | "NOT_ON_EVERY_FRONT";

/** One tenant, or many that have one cause. */
export type TroubleView =
  | {
      readonly kind: "one";
      readonly cause: Cause;
      /** Since when the cause holds. */
      readonly since: string;
      readonly turn: Turn;
      readonly tenant: TenantView;
    }
  | {
      readonly kind: "many";
      readonly cause: Cause;
      readonly turn: Turn;
      readonly level: "broken" | "warning";
      readonly count: number;
      /** The longest-standing. */
      readonly since: string;
      /** Of one of them. */
      readonly sentence?: string;
      /** The worst few. */
      readonly domains: readonly string[];
    };

/** Is anything wrong? `bad`: a person is being called. `watch`: somebody should look. `good`: nobody needs to. */
export interface Verdict {
  readonly level: "good" | "watch" | "bad";
  readonly headline: string;
  readonly detail: string;
  /** When the first of the alarms that ring began to. */
  readonly since?: string;
  /** What calls people, when somebody is called. */
  readonly alarm?: {
    /** Without the stack's name. */
    readonly key: string;
    /** An address. */
    readonly runbook?: string;
    /** The tenant that it is worst for, where that is known, and what of it. */
    readonly tenant?: { readonly domain: string; readonly fact: string; readonly at: string };
  };
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
  /** By domain, what is seen of those that need somebody and were given no reason. */
  readonly seen: Readonly<Record<string, Cause>>;
  /** What many tenants have in common, and a card on top tells once. */
  readonly common: readonly Cause[];
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
  /** Of its values, such as `seconds`. */
  readonly unit?: string;
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
