import { randomUUID } from "node:crypto";
import type { CertificateAuthority } from "../../ca/certificate-authority";
import type { NameSearch, RefusedName } from "../../record/record";
import { Setback, withRefused } from "../setback";
import type { Turn } from "../turn";
import { frontsAgree } from "./agreement";
import { checkedNames } from "./checks";
import { type Candidate, unavailable } from "./choose-ca";
import { gains, holdBack, joinedReason, nothingPassed } from "./names";
import { beginOrder } from "./order";
import { RefusedOrder, refusals } from "./refusals";
import { accepted, beginSearch, namesOfSearch, refused } from "./search";

/**
 * Checks the tenant's names and orders at the first CA of the list that may and can. Names that fail are left out, and stay
 * visible in the reason; an order is only spent where it gains something. Names that no CA takes are set aside, so that the others
 * go on.
 * @returns "again" where there is more to do, "no-gain" where the present certificate already carries every name that could be
 * certified
 * @throws Setback
 */
export async function startOrder(turn: Turn): Promise<"again" | "no-gain"> {
  const { tenant, ports } = turn;
  const { record } = tenant;
  await frontsAgree(turn);
  const { candidates, failures, warning } = await checkedNames(turn);
  const first = candidates[0];
  if (!first) throw nothingPassed(record, failures);
  holdBack(record, failures, { now: turn.now(), timeScale: ports.timeScale });
  if (!gains(record, first.names, turn.now())) {
    await tenant.save((latest) => ({ ...latest, reason: joinedReason(latest, failures) }));
    return "no-gain";
  }
  const useful = stillUseful(record.search, candidates);
  if (useful) return goOn(turn, useful.search, useful.ca);

  const id = randomUUID();
  let refusal: Setback | undefined;
  let toNames: RefusedOrder | undefined;
  for (const { ca, names } of candidates) {
    try {
      const setback = await unavailable(turn, ca, names);
      if (setback) throw setback;
      await beginOrder(turn, { id, ca, names, failures, warning });
      return "again";
    } catch (error) {
      if (!(error instanceof Setback) || error.details.kind === "unfinished") throw error;
      refusal = earlier(refusal, error);
      if (error instanceof RefusedOrder) toNames ??= error;
    }
  }
  if (toNames && (await setAside(turn, toNames))) return "again";
  throw refusal ?? nothingPassed(record, failures);
}

/** Leaves out the names that a CA blamed, or begins to look for the one that it means. False where nothing is left then. */
async function setAside(turn: Turn, { ca, names, blamed, reason }: RefusedOrder): Promise<boolean> {
  if (names.length === 1 || blamed.length === names.length) return false;
  const certified = turn.tenant.record.certificate?.names ?? [];
  await note(
    turn,
    blamed.length > 0 ? undefined : beginSearch(ca, "ordering", names, certified),
    refusals(turn, blamed, reason),
  );
  return true;
}

/** One step of the search: an order for the names that are good and one group more. */
async function goOn(turn: Turn, search: NameSearch, ca: CertificateAuthority): Promise<"again"> {
  const names = namesOfSearch(search);
  try {
    const setback = await unavailable(turn, ca, names);
    if (setback) throw setback;
    await beginOrder(turn, { id: randomUUID(), ca, names, failures: [], warning: undefined });
    // What was refused at the end only is tried up to the end (order.ts).
    if (search.stage === "finalizing") return "again";
    const next = accepted(search);
    if (next.open.length > 0) await note(turn, next, []);
    return "again";
  } catch (error) {
    if (!(error instanceof RefusedOrder)) throw error;
    const { search: next, culprits } = refused(search);
    const done = next.open.length === 0;
    if (done && next.good.length === 0) {
      await note(turn, undefined, []);
      throw error;
    }
    await note(turn, done ? undefined : next, refusals(turn, culprits, error.reason));
    return "again";
  }
}

/** An order of the search is not finished; it has said what it was placed for. */
async function note(turn: Turn, search: NameSearch | undefined, anew: readonly RefusedName[]): Promise<void> {
  await turn.tenant.save((latest) => {
    const { order: _asked, search: _past, refusedNames, ...rest } = latest;
    const refusedNow = withRefused(refusedNames, anew, turn.now());
    return { ...rest, ...(search && { search }), ...(refusedNow.length > 0 && { refusedNames: refusedNow }) };
  });
}

/** A search is over where its CA is, or where other names are tried now. */
function stillUseful(
  search: NameSearch | undefined,
  candidates: readonly Candidate[],
): { readonly search: NameSearch; readonly ca: CertificateAuthority } | undefined {
  const candidate = candidates.find(({ ca }) => ca.settings.name === search?.ca);
  if (!search || !candidate || search.open.length === 0) return undefined;
  const tried = [...search.good, ...search.open.flat()];
  return tried.every((name) => candidate.names.includes(name)) ? { search, ca: candidate.ca } : undefined;
}

/** Of several CAs' answers the first one tells why; the soonest tells when. */
function earlier(kept: Setback | undefined, next: Setback): Setback {
  if (!kept) return next;
  const { retryAt = Number.POSITIVE_INFINITY } = kept.details;
  const soonest = Math.min(retryAt, next.details.retryAt ?? Number.POSITIVE_INFINITY);
  return new Setback(kept.reason, { ...kept.details, ...(Number.isFinite(soonest) && { retryAt: soonest }) });
}
