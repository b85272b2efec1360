import { DAY, HOUR, MINUTE } from "../core/base/clock";
import { type Ring, SimulatedStack } from "./simulated-stack";

/** A story told on a simulated stack, and what rang from its event on. */
export interface History {
  readonly name: string;
  /** Lifetime of certificates, days. Let's Encrypt's `shortlived` has 160 hours. */
  readonly days: number;
  readonly tell: (stack: SimulatedStack) => Promise<void>;
}

export interface Told {
  /** Since the event (for a healthy year: since its start), ms; in order. */
  readonly rings: readonly (Ring & { readonly after: number })[];
  /** Days left of the certificate that ends first, at the end. */
  readonly daysLeft: number;
  /** Certificates issued in all. */
  readonly issued: number;
}

export const LIFETIMES = [90, 64, 45, 160 / 24] as const;

/** Two tenants, the second half a day later, so that not all is due at once. */
export async function tell({ days, tell: story }: History): Promise<Told> {
  const stack = new SimulatedStack(days * DAY);
  await stack.addTenants("a.example");
  await stack.run(DAY / 2);
  await stack.addTenants("b.example");
  await stack.run(HOUR);
  const begun = stack.clock.now();
  await story(stack);
  const event = stack.eventAt ?? begun;
  if (stack.stage.errors.length > 0) throw stack.stage.errors[0];
  return {
    rings: stack.rings.map((ring) => ({ ...ring, after: ring.at - event })),
    daysLeft: stack.daysLeft(),
    issued: stack.issued(),
  };
}

export const healthyYear = (days: number): History => ({
  name: `a healthy year with certificates of ${lifetimeName(days)}`,
  days,
  tell: (stack) => stack.run(365 * DAY),
});

/** The first third of a certificate's life is over when the event happens, unless said. */
const eventful = (
  name: string,
  days: number,
  event: (stack: SimulatedStack) => void,
  { at = 1 / 3, lasts = 1, aftermath }: EventOptions = {},
): History => ({
  name: `${name} (certificates of ${lifetimeName(days)})`,
  days,
  tell: async (stack) => {
    await stack.run(at * days * DAY - DAY / 2);
    stack.eventAt = stack.clock.now();
    event(stack);
    await stack.run(lasts * days * DAY);
    await aftermath?.(stack);
  },
});

interface EventOptions {
  /** When, as a part of the lifetime. */
  readonly at?: number;
  /** How long the story goes on after it, as a part of the lifetime. */
  readonly lasts?: number;
  /** What follows. */
  readonly aftermath?: (stack: SimulatedStack) => Promise<void>;
}

export const issuerDead = (days: number): History =>
  eventful(
    "the issuer is dead",
    days,
    (stack) => {
      stack.issuerAlive = false;
    },
    { lasts: 2 / 3 },
  );

export const monitorDead: History = eventful(
  "the monitor is dead",
  90,
  (stack) => {
    stack.monitorAlive = false;
  },
  { lasts: 1 / 30 },
);

export const frontStuck: History = eventful(
  "one front is stuck on what it has",
  90,
  (stack) => {
    const [, front] = stack.fronts;
    if (front) front.stuck = true;
  },
  { lasts: 1 / 2 },
);

export const dnsMoved: History = eventful(
  "a tenant's DNS moved away",
  90,
  (stack) => {
    stack.stage.resolver.set("a.example", { a: ["203.0.113.9"] });
  },
  { lasts: 1 },
);

export const revoked: History = eventful("the CA revoked a certificate", 90, (stack) => stack.revoke("a.example"), {
  lasts: 1 / 30,
});

export const revokedAndRefused: History = eventful(
  "the CA revoked a certificate and refuses the next",
  90,
  (stack) => {
    stack.revoke("a.example");
    stack.ca.fail("newOrder", { type: "rejectedIdentifier", detail: "policy forbids" }, { times: 1_000 });
  },
  { lasts: 1 / 30 },
);

export const caDownForAWeek = (days: number): History =>
  eventful("the CA is down for a week from when renewals are due", days, (stack) => stack.takeCaDown(), {
    at: days < 10 ? 1 / 2 : 2 / 3,
    lasts: 7 / days,
    aftermath: async (stack) => {
      stack.ca.heal();
      await stack.run(2 * DAY);
    },
  });

export const clockSkew = (minutes: number): History => ({
  name: `the monitor's clock is ${Math.abs(minutes)} minutes ${minutes > 0 ? "ahead" : "behind"}`,
  days: 160 / 24,
  tell: async (stack) => {
    stack.monitorSkew = minutes * MINUTE;
    await stack.run(30 * DAY);
  },
});

export function lifetimeName(days: number): string {
  return Number.isInteger(days) ? `${days} days` : `${Math.round(days * 24)} hours`;
}
