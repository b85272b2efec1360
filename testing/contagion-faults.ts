import { DAY, HOUR } from "../core/base/clock";
import type { AcmeOrder } from "../core/ca/certificate-authority";
import type { TenantRecord } from "../core/record/record";
import type { AlarmKey } from "../infra/alarms/texts";
import { OUR_ADDRESSES } from "./issuer-stage";
import { tenant } from "./records";
import { refusal, type ScriptedCa } from "./scripted-ca";
import type { SimulatedStack } from "./simulated-stack";

/** The tenant whose trouble it is. Its names hold words that CAs' problems hold, too. */
export const FAULTY = { domain: "uploads.smith-accounting.example", alias: "busy.smith-accounting.example" };

export interface Fault {
  readonly of: "name" | "tenant" | "CA" | "front" | "table";
  readonly what: string;
  readonly inflict: (stack: SimulatedStack) => void | Promise<void>;
  /** Alarms that page for it and are right: visitors see errors. */
  readonly pages?: readonly AlarmKey[];
  /** Its tenant is not due for renewal when it happens. */
  readonly keepsCertificate?: boolean;
}

type Refusal = ReturnType<typeof refusal>;
const isFaulty = (names: readonly string[]): boolean => names.includes(FAULTY.domain) || names.includes(FAULTY.alias);
const hasAlias = (names: readonly string[]): boolean => names.includes(FAULTY.alias);

/** Both CAs say no in the same way: there is no other one to go to. */
const refuse =
  (call: string, whose: (names: readonly string[]) => boolean, answer: () => Refusal) =>
  ({ stage }: SimulatedStack): void => {
    for (const ca of stage.cas) ca.refuses = (asked, names) => (asked === call && whose(names) ? answer() : undefined);
  };

const first = (stack: SimulatedStack, change: (ca: ScriptedCa) => void): void => change(stack.ca);

const ofFaulty = (change: (order: AcmeOrder) => AcmeOrder) => (stack: SimulatedStack) => {
  for (const ca of stack.stage.cas) {
    ca.tells.order = (order) => {
      const known = ca.orders.find(({ url }) => url === order.url);
      return known && isFaulty(known.names) ? change(order) : order;
    };
  }
};

const edit =
  (change: (record: TenantRecord, now: number) => TenantRecord) =>
  async ({ stage }: SimulatedStack): Promise<void> => {
    const record = await stage.record(FAULTY.domain);
    await stage.memory.saveTenant({ ...change(record, stage.clock.now()), version: record.version + 1 });
  };

const long = "x".repeat(200_000);
const named = (type: string) => ({ subproblems: [{ type, detail: "no", name: FAULTY.alias }] });

/** One line each: whose trouble, what it is, and how it is made. */
export const FAULTS: readonly Fault[] = [
  {
    of: "name",
    what: "is refused, and the CA says which",
    inflict: refuse("newOrder", hasAlias, () => refusal("rejectedIdentifier", named("rejectedIdentifier"))),
  },
  {
    of: "name",
    what: "is refused, and the CA does not say which",
    inflict: refuse("newOrder", hasAlias, () => refusal("rejectedIdentifier", { status: 400 })),
  },
  {
    of: "name",
    what: "is refused at the end for its CAA",
    inflict: refuse("finalize", hasAlias, () => refusal("caa", { status: 403 })),
  },
  {
    of: "name",
    what: "fails its validation",
    inflict: ({ stage }) => {
      for (const ca of stage.cas)
        ca.rejects.set(FAULTY.alias, { type: "urn:ietf:params:acme:error:dns", detail: "no" });
    },
  },
  { of: "name", what: "does not exist any more", inflict: ({ stage }) => stage.resolver.remove(FAULTY.alias) },
  {
    of: "name",
    what: "has servers that do not answer",
    inflict: ({ stage }) => stage.resolver.set(FAULTY.alias, { servfail: true }),
  },
  {
    of: "name",
    what: "has a CAA record that cannot be read",
    inflict: ({ stage }) => stage.resolver.set(FAULTY.alias, { a: OUR_ADDRESSES, caaServfail: true }),
  },
  {
    of: "name",
    what: "forbids every CA",
    inflict: ({ stage }) =>
      stage.resolver.set(FAULTY.alias, {
        a: OUR_ADDRESSES,
        caa: [{ critical: false, tag: "issue", value: "other.example" }],
      }),
  },
  {
    of: "name",
    what: "is answered by another machine",
    inflict: ({ stage }) => {
      stage.probe.override = (name) =>
        name === FAULTY.alias ? { status: "answered", httpStatus: 200, body: long } : undefined;
    },
  },
  {
    of: "tenant",
    what: "is rate limited, in words with its own name in them",
    inflict: refuse("newOrder", isFaulty, () =>
      refusal(
        "rateLimited",
        { status: 429, detail: `too many certificates (50) already issued for "${FAULTY.domain}"` },
        { retryAfterMs: 365 * DAY },
      ),
    ),
  },
  {
    of: "tenant",
    what: "is rate limited per identifier per account",
    inflict: refuse("newOrder", isFaulty, () =>
      refusal("rateLimited", {
        status: 429,
        detail: "too many failed authorizations: see …#authorization-failures-per-identifier-per-account",
      }),
    ),
  },
  {
    of: "tenant",
    what: "gets 503 for each of its orders",
    inflict: refuse("newOrder", isFaulty, () => refusal("serverInternal", { status: 503 })),
  },
  {
    of: "tenant",
    what: "gets a problem of 200,000 characters, 500 times",
    inflict: refuse("newOrder", isFaulty, () =>
      refusal(long, {
        detail: long,
        subproblems: Array.from({ length: 500 }, () => ({ type: long, detail: long, name: long })),
      }),
    ),
  },
  {
    of: "tenant",
    what: "has orders that stay `processing`",
    inflict: ofFaulty((order) => ({ ...order, status: "processing" })),
  },
  {
    of: "tenant",
    what: "has orders that stay `pending`",
    inflict: ofFaulty((order) => ({ ...order, status: "pending" })),
  },
  {
    of: "tenant",
    what: "has orders that become invalid without a word",
    inflict: ofFaulty((order) => ({ ...order, status: "invalid" })),
  },
  {
    of: "tenant",
    what: "gets a certificate for another name",
    inflict: ({ stage }) => {
      for (const ca of stage.cas) {
        const issued = ca.orders[0]?.chain ?? "";
        ca.tamper = (chain) => {
          const mine = ca.orders.find((order) => order.chain === chain);
          return mine && isFaulty(mine.names) ? `${issued}${issued}` : chain;
        };
      }
    },
  },
  {
    of: "tenant",
    what: "asks for its renewal at a time that is no date",
    inflict: edit((record) => ({ ...record, since: 1e26, reason: { code: "INTERNAL", sentence: long } })),
  },
  {
    of: "tenant",
    what: "is taken out of the list",
    keepsCertificate: true,
    inflict: (stack) => stack.apply(["renewing.example", "served.example"].map((domain) => tenant(domain))),
  },
  {
    of: "tenant",
    what: "is renamed while every CA is down for it",
    keepsCertificate: true,
    inflict: async (stack) => {
      refuse("newOrder", isFaulty, () => refusal("serverInternal", { status: 503 }))(stack);
      await stack.apply([
        tenant(FAULTY.alias, { aliases: [FAULTY.domain] }),
        ...["renewing.example", "served.example"].map((domain) => tenant(domain)),
      ]);
    },
  },
  {
    of: "CA",
    what: "answers 500 to every order",
    inflict: (stack) =>
      first(stack, (ca) => ca.fail("newOrder", { type: "serverInternal", status: 500 }, { times: 1_000 })),
  },
  { of: "CA", what: "cannot be reached", inflict: (stack) => stack.takeCaDown() },
  {
    of: "CA",
    what: "answers 503 and asks to come back in 1,000 years",
    inflict: (stack) =>
      first(stack, (ca) =>
        ca.fail("newOrder", { type: "serverInternal", status: 503 }, { times: 1_000, retryAfterMs: 1e14 }),
      ),
  },
  {
    of: "CA",
    what: "says that the account's orders are used up",
    inflict: (stack) =>
      first(stack, (ca) =>
        ca.fail(
          "newOrder",
          {
            type: "rateLimited",
            status: 429,
            detail: "too many new orders (300) from this account in the last 3h0m0s",
          },
          { times: 1_000, retryAfterMs: 3 * HOUR },
        ),
      ),
  },
  {
    of: "CA",
    what: "knows the account no more",
    inflict: (stack) =>
      first(stack, (ca) => ca.fail("newOrder", { type: "accountDoesNotExist", status: 400 }, { times: 1_000 })),
  },
  {
    of: "CA",
    what: "leaves every order in `processing`",
    inflict: (stack) => first(stack, (ca) => (ca.tells.order = (order) => ({ ...order, status: "processing" }))),
  },
  {
    of: "CA",
    what: "leaves every order in `pending`",
    inflict: (stack) => first(stack, (ca) => (ca.tells.order = (order) => ({ ...order, status: "pending" }))),
  },
  {
    of: "CA",
    what: "signs with a chain that is none",
    inflict: (stack) => first(stack, (ca) => (ca.tamper = () => "<html>busy</html>")),
  },
  {
    of: "CA",
    what: "fails at the last step each time",
    inflict: (stack) =>
      first(stack, (ca) => ca.fail("download", { type: "serverInternal", status: 500 }, { times: 1_000 })),
  },
  {
    of: "CA",
    what: "lets nobody give up an authorization",
    inflict: (stack) =>
      first(stack, (ca) => ca.fail("deactivate", { type: "serverInternal", status: 500 }, { times: 1_000 })),
  },
  {
    of: "CA",
    what: "has an ARI that answers with errors",
    inflict: (stack) =>
      first(stack, (ca) => ca.fail("renewalInfo", { type: "malformed", status: 400 }, { times: 1_000 })),
  },
  {
    of: "front",
    what: "learns nothing new and is silent",
    // The new tenant's visitors who come to that front see an error.
    pages: ["names-unreachable"],
    inflict: ({ fronts }) => {
      if (fronts[1]) fronts[1].stuck = true;
    },
  },
  {
    of: "front",
    what: "says that it answers for another account key",
    inflict: ({ fronts }) => {
      if (fronts[1]) fronts[1].says = { thumbprint: "x".repeat(43) };
    },
  },
  {
    of: "front",
    what: "says that it failed at 5,000 tenants that are none",
    inflict: ({ fronts }) => {
      const failed = Array.from({ length: 5_000 }, (_, n) => ({
        domain: `t${n}.example`,
        problem: long.slice(0, 5_000),
      }));
      if (fronts[1]) fronts[1].says = { failed };
    },
  },
  {
    of: "front",
    what: "says that it is of a time that is no date",
    inflict: ({ fronts }) => {
      if (fronts[1]) fronts[1].says = { at: 1e26, revision: Number.NaN };
    },
  },
  {
    of: "table",
    what: "has heartbeats that are none",
    inflict: ({ stage }) => {
      const junk = [{}, null, 7, "x", { front: "evil", at: "now" }, { front: 1, failed: {} }, { sk: "a", front: "b" }];
      stage.memory.foreignHeartbeats.push(...junk);
    },
  },
  {
    of: "table",
    what: "has lost a tenant's history",
    inflict: ({ stage }) => {
      const { memory } = stage;
      const real = memory.certificates.bind(memory);
      memory.certificates = async (domain) => (domain === FAULTY.domain ? [] : real(domain));
    },
  },
  {
    of: "table",
    what: "refuses every write about a tenant",
    inflict: ({ stage }) => {
      const { memory } = stage;
      const real = memory.saveTenant.bind(memory);
      memory.saveTenant = async (next, lease) => {
        if (next.tenant.domain === FAULTY.domain) throw new Error("ProvisionedThroughputExceededException");
        return real(next, lease);
      };
    },
  },
  {
    of: "table",
    what: "has lost the key of an order under way",
    inflict: ({ stage }) => {
      const { memory } = stage;
      const real = memory.orderSecret.bind(memory);
      memory.orderSecret = async (domain, id) => (domain === FAULTY.domain ? undefined : real(domain, id));
    },
  },
];
