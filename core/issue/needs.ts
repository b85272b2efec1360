import type { FrontItem, TenantRecord } from "../record/record";
import { waitsFor } from "../record/turn";
import { emergencyAt } from "../renewal/policy";
import { configHash } from "../tenant/hash";
import { namesOf } from "../tenant/tenant";

/** What to do for a tenant now. */
export type Action =
  | "drop"
  | "publish"
  | "seal-keys"
  | "forget-keys"
  | "continue-order"
  | "order"
  | "ask-ari"
  | "nothing";

export interface Need {
  readonly action: Action;
  /** The check that decided. */
  readonly check: string;
  /** Plain sentence for logs and status. */
  readonly sentence: string;
}

export interface Situation {
  readonly record: TenantRecord;
  /** What fronts were told last. */
  readonly front: Pick<FrontItem, "revision" | "removed" | "tenant" | "waitsFor"> | undefined;
  readonly now: number;
  /** Some front opens no sealed keys yet. */
  readonly unsealable?: boolean;
}

interface Answer {
  readonly name: string;
  readonly action: Action;
  sentence(situation: Situation): string;
}

interface Check extends Answer {
  applies(situation: Situation): boolean;
}

const domain = ({ record }: Situation): string => record.tenant.domain;

/** What a tenant needs now is what the first of these says that applies. */
const CHECKS: readonly Check[] = [
  // Before anything copies them.
  {
    name: "unsealed",
    action: "seal-keys",
    applies: ({ record, unsealable }) => record.unsealed === true && !unsealable,
    sentence: (s) => `The stored keys of ${domain(s)} have to be sealed.`,
  },
  // A tenant that was taken out is told to the fronts once, and then left alone.
  {
    name: "removed",
    action: "drop",
    applies: ({ record, front }) => record.state === "removed" && front !== undefined && !front.removed,
    sentence: (s) => `${domain(s)} was taken out of the configuration.`,
  },
  {
    name: "superseded",
    action: "forget-keys",
    applies: ({ record, now }) => record.forgetKeysAt !== undefined && now >= record.forgetKeysAt,
    sentence: (s) => `The keys of superseded certificates of ${domain(s)} can go.`,
  },
  {
    name: "gone",
    action: "nothing",
    applies: ({ record }) => record.state === "removed",
    sentence: (s) => `${domain(s)} was taken out of the configuration, and the fronts know.`,
  },
  // Policy reaches the fronts before anything that can fail.
  {
    name: "unpublished",
    action: "publish",
    applies: ({ record, front }) =>
      front === undefined ||
      front.removed ||
      front.revision < record.revision ||
      configHash(front.tenant) !== configHash(record.tenant),
    sentence: (s) => `The fronts have to learn the configuration of ${domain(s)}.`,
  },
  // An order under way is finished before another is thought of: it was paid for.
  {
    name: "order-under-way",
    action: "continue-order",
    applies: ({ record }) => record.order !== undefined,
    sentence: (s) => `An order for ${domain(s)} is under way.`,
  },
  // Visitors are told whom it waits for. Not before an order that is under way, and not after a failure that may come again.
  {
    name: "untold",
    action: "publish",
    applies: ({ record, front }) => record.certificate === undefined && front?.waitsFor !== waitsFor(record),
    sentence: (s) => `The fronts have to learn whom ${domain(s)} waits for.`,
  },
  {
    name: "no-certificate",
    action: "order",
    applies: ({ record }) => record.certificate === undefined,
    sentence: (s) => `${domain(s)} has no certificate yet.`,
  },
  // Less than a twentieth of the lifetime left: no plan of the CA's counts any more.
  {
    name: "emergency",
    action: "order",
    applies: ({ record, now }) => record.certificate !== undefined && now >= emergencyAt(record.certificate),
    sentence: (s) => `The certificate of ${domain(s)} is about to expire.`,
  },
  {
    name: "renewal-due",
    action: "order",
    applies: ({ record, now }) => record.renewal !== undefined && now >= record.renewal.renewAt,
    sentence: (s) => `The certificate of ${domain(s)} is due for renewal (${s.record.renewal?.source}).`,
  },
  // Before missing names: those may be looked at in vain for weeks.
  {
    name: "ari-due",
    action: "ask-ari",
    applies: ({ record, now }) => record.renewal?.ariCheckAt !== undefined && now >= record.renewal.ariCheckAt,
    sentence: (s) => `It is time to ask the CA when ${domain(s)} should be renewed.`,
  },
  {
    name: "names-changed",
    action: "order",
    applies: ({ record }) => namesMissing(record).length > 0 || namesTooMany(record).length > 0,
    sentence: (s) => `The certificate of ${domain(s)} does not carry exactly the names configured.`,
  },
];

const CONTENT: Answer = {
  name: "content",
  action: "nothing",
  sentence: (s) => `${domain(s)} needs nothing now.`,
};

/** What a tenant needs now, and why. */
export function whatIsNeeded(situation: Situation): Need {
  const check = CHECKS.find((candidate) => candidate.applies(situation)) ?? CONTENT;
  return { action: check.action, check: check.name, sentence: check.sentence(situation) };
}

/** Names configured that the present certificate lacks. */
export function namesMissing({ tenant, certificate }: TenantRecord): string[] {
  return namesOf(tenant).filter((name) => !certificate?.names.includes(name));
}

/** Names of the present certificate that are not configured any more. */
export function namesTooMany({ tenant, certificate }: TenantRecord): string[] {
  const configured = namesOf(tenant);
  return certificate?.names.filter((name) => !configured.includes(name)) ?? [];
}

/** When an active tenant needs something again, ms. */
export function nextLook({ renewal }: TenantRecord): number | undefined {
  const times = [renewal?.renewAt, renewal?.ariCheckAt].filter((time) => time !== undefined);
  return times.length > 0 ? Math.min(...times) : undefined;
}
