import { randomUUID } from "node:crypto";
import { MINUTE, SECOND } from "../base/clock";
import { CertfrontError } from "../base/errors";
import type { AcmeOrder } from "../ca/certificate-authority";
import type { FrontItem, TenantRecord } from "../record/record";
import type { OrderSecret } from "../record/store";
import { update, WriteConflictError } from "../record/update";
import { whatIsNeeded } from "./needs";
import type { Step } from "./observer";
import type { IssuerPorts } from "./ports";

/** A tenant handed from `reconcile` to a worker. */
export interface Claim {
  readonly domain: string;
  /** Absent: nobody holds the tenant, for its CA is only to be asked when to renew (ask-when.ts). */
  readonly leaseId?: string;
  /** It is not due: its turn has come in the round. */
  readonly inRound?: true;
}

export interface HeldClaim extends Claim {
  readonly leaseId: string;
}

export function isHeld(claim: object): claim is HeldClaim {
  return (claim as Partial<HeldClaim>).leaseId !== undefined;
}

/** The record changed under a worker so that what it was doing has no purpose any more: look again. */
export class SupersededError extends CertfrontError {
  override name = "SupersededError";
  constructor(tenant: string) {
    super(`The configuration of ${tenant} changed while it was worked on.`, { code: "SUPERSEDED", tenant });
  }
}

/** A claim may wait this long in Lambda's queue before somebody else takes the tenant. */
const CLAIM_LIFETIME = 5 * MINUTE;
/** A worker writes at least this often, or is taken for dead. Longer than any single CA call. */
const WORK_LIFETIME = 2 * MINUTE;
/** Longer than its margin and the time a new order may take together (order/order.ts), or no order would ever be begun. */
const SHORTEST_LEASE = 45 * SECOND;
/** What a worker leaves unused of its lease, so that it never acts at a CA after losing it. */
const LEASE_MARGIN = 10 * SECOND;

type LeasePorts = Pick<IssuerPorts, "store" | "clock" | "timeScale">;

function leaseUntil(lifetime: number, { clock, timeScale }: LeasePorts): number {
  return clock.now() + Math.max(SHORTEST_LEASE, lifetime / timeScale);
}

/**
 * Finds out what a due tenant is due for, and takes it for a worker to come where that may write more than once.
 * @returns undefined where it is not due any more, or somebody holds it
 */
export async function claimTenant(domain: string, ports: LeasePorts): Promise<Claim | undefined> {
  const record = await ports.store.tenant(domain);
  if (!record || !isFree(record, ports)) return undefined;
  const published = { revision: record.revision, removed: false, tenant: record.tenant };
  const { action } = whatIsNeeded({ record, front: published, now: ports.clock.now() });
  return action === "ask-ari" ? { domain } : lease(record, ports);
}

/** Takes a due tenant whatever it is due for. @returns undefined where it is not due any more, or somebody holds it */
export async function takeTenant(domain: string, ports: LeasePorts): Promise<HeldClaim | undefined> {
  const record = await ports.store.tenant(domain);
  return record && isFree(record, ports) ? lease(record, ports) : undefined;
}

function isFree({ nextActionAt, lease }: TenantRecord, { clock }: LeasePorts): boolean {
  const now = clock.now();
  return nextActionAt !== undefined && nextActionAt <= now && !(lease && lease.until > now);
}

async function lease(record: TenantRecord, ports: LeasePorts): Promise<HeldClaim | undefined> {
  const claimed = { id: randomUUID(), until: leaseUntil(CLAIM_LIFETIME, ports) };
  try {
    await ports.store.saveTenant({
      ...record,
      lease: claimed,
      nextActionAt: claimed.until,
      version: record.version + 1,
    });
  } catch (error) {
    if (error instanceof WriteConflictError) return undefined;
    throw error;
  }
  return { domain: record.tenant.domain, leaseId: claimed.id };
}

/** What this worker wrote or read in its turn, and nobody without the lease writes: not asked for again. */
interface TurnMemory {
  front?: { readonly item: FrontItem | undefined };
  secret?: OrderSecret;
  /** As the CA created it, moments ago. */
  order?: AcmeOrder;
  /** Authorizations at this CA whose challenges were answered. */
  validated?: { readonly ca: string; readonly urls: readonly string[] };
}

/**
 * A tenant's record in the hands of one worker.
 *
 *   claim ──(≤ 5 min in the queue)── accept ──save──save──…── release
 *                                    └ each write renews the lease for 2 min; acting at a CA ends 10 s before it does (heldUntil)
 *
 * Every write fails once somebody else holds the lease.
 */
export class LeasedTenant {
  readonly memory: TurnMemory = {};

  private constructor(
    private current: TenantRecord,
    private readonly leaseId: string,
    private readonly ports: LeasePorts,
  ) {}

  /**
   * Turns a claim into a lease of this worker's own, so that a claim delivered twice is worked on once.
   * @throws WriteConflictError
   */
  static async accept(claim: HeldClaim, ports: LeasePorts): Promise<LeasedTenant> {
    const record = await ports.store.tenant(claim.domain);
    if (!record) throw new WriteConflictError(claim.domain);
    const lease = { id: randomUUID(), until: leaseUntil(WORK_LIFETIME, ports) };
    const next = { ...record, lease, nextActionAt: lease.until, version: record.version + 1 };
    // Not written where the claim is another's by now.
    await ports.store.saveTenant(next, claim.leaseId);
    return new LeasedTenant(next, lease.id, ports);
  }

  get record(): TenantRecord {
    return this.current;
  }

  /** Until when this worker may act for the tenant, ms. */
  get heldUntil(): number {
    return (this.current.lease?.until ?? 0) - LEASE_MARGIN;
  }

  /** Writes a change and goes on holding the tenant. Should the worker die, the tenant is due again when its lease ends. */
  save(change: (record: TenantRecord) => TenantRecord): Promise<void> {
    return this.write((record) => {
      const lease = { id: this.leaseId, until: leaseUntil(WORK_LIFETIME, this.ports) };
      return { ...change(record), lease, nextActionAt: lease.until };
    });
  }

  /** Writes a last change, which says when to look next, and lets go. */
  release(change: (record: TenantRecord) => TenantRecord): Promise<void> {
    return this.write((record) => {
      const { lease: _released, ...next } = change(record);
      return next;
    });
  }

  /** `change` may meet what `apply` or an operator wrote in between; it throws SupersededError where it makes no sense there. */
  private async write(change: (record: TenantRecord) => TenantRecord): Promise<void> {
    const remembered = (latest: TenantRecord): TenantRecord => {
      this.current = latest;
      return change(latest);
    };
    this.current = (await update(this.ports.store, this.current, remembered, this.leaseId)) ?? this.current;
  }
}

/** One worker's turn on one tenant: what it holds, what it works with, and how long. */
export class Turn {
  private readonly begun: number;

  /** @param deadline nothing that takes long is begun after it, ms since the epoch */
  constructor(
    readonly tenant: LeasedTenant,
    readonly ports: IssuerPorts,
    private readonly deadline: number,
  ) {
    this.begun = this.now();
  }

  get domain(): string {
    return this.tenant.record.tenant.domain;
  }

  now(): number {
    return this.ports.clock.now();
  }

  /** Until when this worker may act for the tenant at a CA, ms since the epoch. */
  get end(): number {
    return Math.min(this.deadline, this.tenant.heldUntil);
  }

  /** Tells those who watch how far the tenant is. */
  step(step: Step): void {
    this.ports.observer.step(this.domain, step, this.now() - this.begun);
  }
}
