import { DAY, HOUR } from "../core/base/clock";
import { refusal } from "./scripted-ca";
import type { SimulatedCa } from "./simulated-stack";

/** How a CA misbehaves for a week; `names` are those of the tenants. */
export interface Misbehaviour {
  readonly what: string;
  readonly begin: (ca: SimulatedCa, names: readonly string[]) => void;
}

const LONG_AFTER = 1_000 * 365 * DAY;

/** Every call of the order's life but those that end it. */
const ORDERING = ["accountUrl", "newOrder", "findOrder", "order", "authorization", "accept", "finalize", "download"];

/** A week each makes a quarter. What is of the wire alone (relative URLs, `expires: null`, junk in a header) is in test/issuer/ca-trouble.test.ts. */
export const QUARTER: readonly Misbehaviour[] = [
  {
    what: "orders stay `processing`",
    begin: (ca) => (ca.tells.order = (order) => ({ ...order, status: "processing" })),
  },
  { what: "orders stay `pending`", begin: (ca) => (ca.tells.order = (order) => ({ ...order, status: "pending" })) },
  {
    what: "authorizations are deactivated under way",
    begin: (ca) => (ca.tells.authorization = (one) => ({ ...one, status: "deactivated" })),
  },
  {
    what: "every other call answers 500",
    begin: (ca) => {
      let calls = 0;
      ca.refuses = () => (calls++ % 2 === 0 ? refusal("serverInternal", { status: 500 }) : undefined);
    },
  },
  {
    what: "503 to one name only",
    begin: (ca, [name = ""]) =>
      (ca.refuses = (call, names) =>
        call === "newOrder" && names.includes(name) ? refusal("serverInternal", { status: 503 }) : undefined),
  },
  {
    what: "503, and to come back in 1,000 years",
    begin: (ca) =>
      (ca.refuses = (call) =>
        ORDERING.includes(call) ? refusal("serverInternal", { status: 503 }, { retryAfterMs: LONG_AFTER }) : undefined),
  },
  {
    what: "the account's limit is reached, for 1,000 years",
    begin: (ca) =>
      (ca.refuses = (call) =>
        call === "newOrder"
          ? refusal(
              "rateLimited",
              { status: 429, detail: "too many new orders (300) from this account in the last 3h0m0s" },
              { retryAfterMs: LONG_AFTER },
            )
          : undefined),
  },
  {
    what: "a page of HTML with 502",
    begin: (ca) =>
      (ca.refuses = () => refusal("certfront:unreachable", { status: 502, detail: "<html><h1>502 Bad Gateway</h1>" })),
  },
  {
    what: "`orderNotReady` at every finalization",
    begin: (ca) =>
      (ca.refuses = (call) => (call === "finalize" ? refusal("orderNotReady", { status: 403 }) : undefined)),
  },
  {
    what: "problems without a type, to every order",
    begin: (ca) =>
      (ca.refuses = (call) => (call === "newOrder" ? refusal("about:blank", { status: 400, detail: "" }) : undefined)),
  },
  {
    what: "a list of orders that is broken, and certificates that cannot be fetched",
    begin: (ca) =>
      (ca.refuses = (call) =>
        call === "findOrder" || call === "download" ? refusal("malformed", { status: 404 }) : undefined),
  },
  {
    what: "ARI windows that lie after the expiry",
    begin: (ca) => (ca.window = (_from, to) => ({ start: to + DAY, end: to + 2 * DAY, retryAfterMs: 6 * HOUR })),
  },
  { what: "chains that are none", begin: (ca) => (ca.tamper = () => "<html>busy</html>") },
];

/** As a good CA behaves. */
export function behave(ca: SimulatedCa): void {
  ca.heal();
  ca.tells = {};
  ca.refuses = undefined;
  ca.tamper = undefined;
  ca.window = undefined;
}
