import { inParallel } from "../base/in-parallel";
import type { Lane } from "../record/record";
import type { IssuerPorts } from "./ports";
import { type Claim, claimTenant } from "./turn";

export interface Reconciled {
  /** Tenants due and claimed now. */
  readonly due: number;
  readonly batches: number;
}

/** Claims at once, and reads of one index page. */
const WIDTH = 50;
/** Tenants per batch; many more than that and one batch would outlive a Lambda on a slow CA. */
const BATCH = 25;
const LARGEST_BATCH = 100;
/**
 * Batches at once. A new AWS account runs ten functions at a time in all; the challenge responder must find room among them
 * while orders are validated.
 */
const MOST_BATCHES = 6;
const MOST_TENANTS = MOST_BATCHES * LARGEST_BATCH;
/** New tenants never take the last of a round's places from renewals, nor the other way round. */
const SHARE_OF_NEW = 1 / 3;

/**
 * Claims what is due, renewals first, and hands it out in batches. Costs what is due: with nothing due, two index queries.
 * @param handOut starts a batch elsewhere and returns at once
 */
export async function reconcile(
  ports: Pick<IssuerPorts, "store" | "clock" | "timeScale">,
  handOut: (claims: readonly Claim[]) => Promise<void>,
): Promise<Reconciled> {
  const now = ports.clock.now();
  const [renewals, fresh] = await Promise.all([domains("renewal"), domains("new")]);
  function domains(lane: Lane): Promise<string[]> {
    return ports.store.due(lane, now, MOST_TENANTS).then((due) => due.map(({ domain }) => domain));
  }
  const placesForNew = Math.max(MOST_TENANTS - renewals.length, MOST_TENANTS * SHARE_OF_NEW);
  const chosenNew = fresh.slice(0, placesForNew);
  const chosen = [...renewals.slice(0, MOST_TENANTS - chosenNew.length), ...chosenNew];

  const claims = (await inParallel(chosen, WIDTH, (domain) => claimTenant(domain, ports))).filter(
    (claim) => claim !== undefined,
  );
  const batches = split(claims);
  await Promise.all(batches.map(handOut));
  return { due: claims.length, batches: batches.length };
}

/** Batches of 25; larger ones rather than too many. */
function split(claims: readonly Claim[]): Claim[][] {
  const count = Math.min(MOST_BATCHES, Math.ceil(claims.length / BATCH));
  const size = Math.ceil(claims.length / Math.max(count, 1));
  return Array.from({ length: count }, (_, batch) => claims.slice(batch * size, (batch + 1) * size));
}
