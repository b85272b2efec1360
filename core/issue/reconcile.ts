import { inParallel } from "../base/in-parallel";
import { DamagedRecordError } from "../record/damaged";
import type { Lane } from "../record/record";
import { BATCH_SLOTS, claimSlots, releaseSlot, type SlotClaim } from "./batch-slots";
import type { IssuerPorts } from "./ports";
import { nextInRound } from "./renewal-round";
import { type Claim, claimTenant } from "./turn";

export interface Reconciled {
  /** Tenants due and claimed now. */
  readonly due: number;
  readonly batches: number;
}

/** Tenants for one worker, and its place among the workers. */
export interface Batch {
  readonly claims: readonly Claim[];
  readonly slot: SlotClaim;
}

/** Claims at once, and reads of one index page. */
const WIDTH = 50;
/** Tenants per batch; many more than that and one batch would outlive a Lambda on a slow CA. */
const BATCH = 25;
const LARGEST_BATCH = 100;
const MOST_TENANTS = BATCH_SLOTS * LARGEST_BATCH;
/** New tenants never take the last of a round's places from renewals, nor the other way round. */
const SHARE_OF_NEW = 1 / 3;

/**
 * Claims what is due, renewals first, and those whose turn it is in the round, and hands them out in batches, as many as there are free slots
 * for. Costs what is due: with nothing due, two index queries and one read.
 * @param handOut starts a batch elsewhere and returns at once
 */
export async function reconcile(
  ports: Pick<IssuerPorts, "store" | "clock" | "timeScale" | "observer">,
  handOut: (batch: Batch) => Promise<void>,
): Promise<Reconciled> {
  const now = ports.clock.now();
  const [renewals, fresh] = await Promise.all([domains("renewal"), domains("new")]);
  function domains(lane: Lane): Promise<string[]> {
    return ports.store.due(lane, now, MOST_TENANTS).then((due) => due.map(({ domain }) => domain));
  }
  const page = await nextInRound(ports);
  const inRound = page?.domains.map((domain) => ({ domain, inRound: true as const })) ?? [];
  const wanted = Math.ceil((renewals.length + fresh.length + inRound.length) / BATCH);
  const slots = wanted === 0 ? [] : await claimSlots(wanted, ports);
  const places = slots.length * LARGEST_BATCH;
  const chosen = choose(renewals, fresh, places, inRound.length);
  const claims = await claimAll(chosen, ports);
  // The round waits where there is no room.
  const asked = chosen.length + inRound.length <= places && (await page?.take()) ? inRound : [];
  const batches = split([...claims, ...asked], slots);
  await Promise.all([
    ...batches.map(handOut),
    ...slots.slice(batches.length).map((unused) => releaseSlot(unused, ports)),
  ]);
  return { due: claims.length, batches: batches.length };
}

/** A record that cannot be read or written stops nobody else's. Where none of several can, it is the table. */
async function claimAll(
  domains: readonly string[],
  ports: Pick<IssuerPorts, "store" | "clock" | "timeScale" | "observer">,
): Promise<Claim[]> {
  const failures: { readonly domain: string; readonly error: unknown }[] = [];
  const claims = await inParallel(domains, WIDTH, (domain) =>
    claimTenant(domain, ports).catch((error: unknown) => void failures.push({ domain, error })),
  );
  const [first] = failures.filter(({ error }) => !isRecords(error));
  if (first && failures.length > 1 && failures.length === domains.length) throw first.error;
  for (const { domain, error } of failures) {
    const sentence = `certfront could not take up ${domain}: its record could not be read or written.`;
    ports.observer.setback(domain, { code: "INTERNAL", sentence }, 0, error);
  }
  return claims.filter((claim) => claim !== undefined);
}

/** What is wrong with one record says nothing of the table, however many there are of it. */
function isRecords(error: unknown): boolean {
  return error instanceof DamagedRecordError || error instanceof TypeError;
}

/** @param others beside these, which new tenants leave room for too */
function choose(renewals: readonly string[], fresh: readonly string[], places: number, others: number): string[] {
  const placesForNew = Math.max(places - renewals.length - others, places * SHARE_OF_NEW);
  const chosenNew = fresh.slice(0, placesForNew);
  return [...renewals.slice(0, places - chosenNew.length), ...chosenNew];
}

/** Batches of 25; larger ones rather than more than there are slots. */
function split(claims: readonly Claim[], slots: readonly SlotClaim[]): Batch[] {
  const count = Math.min(slots.length, Math.ceil(claims.length / BATCH));
  const size = Math.ceil(claims.length / Math.max(count, 1));
  return slots.slice(0, count).map((slot, batch) => ({ slot, claims: claims.slice(batch * size, (batch + 1) * size) }));
}
