import { randomUUID } from "node:crypto";
import { caaPermits } from "./caa";
import { AcmeError, type CertificateAuthority } from "./certificate-authority";
import { DAY } from "./clock";
import { createKeyAndCsr } from "./csr";
import type { IssuerParts } from "./issuer-parts";
import { type LeasedTenant, SupersededError } from "./leased-tenant";
import { namesMissing, namesTooMany } from "./needs";
import { overdueFraction } from "./overdue";
import { placeOrder } from "./place-order";
import { type FailedName, type PassedName, preflight } from "./preflight";
import type { OrderProgress, TenantRecord } from "./record";
import { LEFT_US, Setback } from "./setback";
import { namesOf } from "./tenant";
import type { WorkContext } from "./work-context";

/** An order's key outlives the longest order (Let's Encrypt's classic: 7 days). */
const SECRET_LIFETIME = 8 * DAY;

/**
 * A name that stopped validating but that visitors still reach us by keeps a due renewal waiting this long (overdue fraction),
 * half of what makes people be warned; then the others are renewed without it.
 */
const PATIENCE = 1 / 30;

/** A CA that may be asked, for the names its CAA records allow it. */
interface Candidate {
  readonly ca: CertificateAuthority;
  readonly names: readonly string[];
}

/**
 * Checks the tenant's names and orders at the first CA of the list that may and can. Names that fail are left out, and stay
 * visible in the reason; an order is only spent where it gains something.
 * @returns "ordered", or "no-gain" where the present certificate already carries every name that could be certified
 * @throws Setback
 */
export async function startOrder(
  tenant: LeasedTenant,
  parts: IssuerParts,
  context: WorkContext,
): Promise<"ordered" | "no-gain"> {
  const { record } = tenant;
  const { domain } = record.tenant;
  const { names: tried, leftOut } = namesToTry(record, parts.clock.now());
  const { passed, failed } = await preflight(tried, parts, (step) =>
    parts.observer.step(domain, step, context.elapsed()),
  );
  const { candidates, failed: refused } = await choose(record, passed, parts);
  const failures = [...failed, ...refused, ...leftOut];
  const first = candidates[0];
  if (!first) throw nothingPassed(record, failures);
  holdBack(record, failures, parts.clock.now());
  if (!gains(record, first.names, parts.clock.now())) {
    await noteFailures(tenant, failures);
    return "no-gain";
  }

  const id = randomUUID();
  let refusal: Setback | undefined;
  for (const { ca, names } of candidates) {
    const setback = await availability(ca, names, record, parts);
    if (setback) {
      refusal = earlier(refusal, setback);
      continue;
    }
    const progress = await beginOrder(tenant, id, ca, names, failures, parts);
    try {
      await placeOrder(tenant, progress, ca, parts, context);
      return "ordered";
    } catch (error) {
      if (!(error instanceof Setback) || !error.details.dropOrder) throw error;
      refusal = earlier(refusal, error);
    }
  }
  throw refusal ?? nothingPassed(record, failures);
}

/** All names but those that a CA refused lately; where that leaves none, all of them. */
function namesToTry(record: TenantRecord, now: number): { names: string[]; leftOut: readonly FailedName[] } {
  const all = namesOf(record.tenant);
  const refused = (record.refusedNames ?? []).filter(({ name, until }) => until > now && all.includes(name));
  const names = all.filter((name) => !refused.some((one) => one.name === name));
  return names.length > 0 ? { names, leftOut: refused } : { names: all, leftOut: [] };
}

/** CAs that may issue for the most names first; among equals the tenant's own choice, then the stack's order. */
async function choose(
  record: TenantRecord,
  passed: readonly PassedName[],
  parts: IssuerParts,
): Promise<{ candidates: Candidate[]; failed: FailedName[] }> {
  const now = parts.clock.now();
  const avoided = new Set(record.avoidCas?.filter(({ until }) => until > now).map(({ ca }) => ca));
  const wanted = [...parts.cas].sort((a, b) => rank(a) - rank(b));
  function rank(ca: CertificateAuthority): number {
    if (avoided.has(ca.settings.name)) return 2;
    return ca.settings.name === record.tenant.ca ? 0 : 1;
  }

  const candidates: Candidate[] = [];
  for (const ca of wanted) {
    const identity = { caaIdentities: ca.settings.caaIdentities, accountUrl: () => ca.accountUrl() };
    const permitted = await Promise.all(passed.map(({ caa }) => permits(caa, identity)));
    candidates.push({ ca, names: passed.filter((_, position) => permitted[position]).map(({ name }) => name) });
  }
  const best = candidates.filter(({ names }) => names.length > 0).sort((a, b) => b.names.length - a.names.length);
  const allowed = new Set(best.flatMap(({ names }) => names));
  const failed = passed.filter(({ name }) => !allowed.has(name)).map((name) => caaForbids(name, parts.cas));
  return { candidates: best, failed };
}

/** An account that cannot be had cannot be named either: the order will say what is wrong with the CA. */
async function permits(caa: PassedName["caa"], identity: Parameters<typeof caaPermits>[1]): Promise<boolean> {
  try {
    return await caaPermits(caa, identity);
  } catch (error) {
    if (error instanceof AcmeError) return true;
    throw error;
  }
}

function caaForbids({ name, caa, caaAt = name }: PassedName, cas: readonly CertificateAuthority[]): FailedName {
  const identity = cas.flatMap(({ settings }) => settings.caaIdentities)[0] ?? "";
  const found = caa.filter(({ tag }) => tag === "issue").map(({ value }) => `"${value}"`);
  const value = `0 issue "${identity}"`;
  return {
    name,
    reason: {
      code: "CAA_FORBIDS",
      sentence: `The CAA records of ${caaAt} (issue ${found.join(", ") || "none for us"}) do not let our CA issue for ${name}. Create the CAA record ${caaAt} → ${value}.`,
      dns: [{ name: caaAt, type: "CAA", action: "create", values: [value] }],
    },
  };
}

/** The primary name's reason speaks for the tenant; the others follow it. */
function nothingPassed(record: TenantRecord, failures: readonly FailedName[]): Setback {
  return new Setback(joinedReason(record, failures), { kind: "waiting" });
}

function joinedReason(record: TenantRecord, failures: readonly FailedName[]): FailedName["reason"] {
  const names = namesOf(record.tenant);
  const sorted = [...failures].sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
  const [first] = sorted;
  if (!first) return { code: "WAITING", sentence: `${record.tenant.domain} is being certified.` };
  const dns = sorted.flatMap(({ reason }) => reason.dns ?? []);
  return {
    code: first.reason.code,
    sentence: sorted.map(({ reason }) => reason.sentence).join(" "),
    ...(dns.length > 0 && { dns }),
    ...(first.reason.problemType !== undefined && { problemType: first.reason.problemType }),
  };
}

/** A certificate that still serves a name is not given up for one without it, as long as there is time. */
function holdBack(record: TenantRecord, failures: readonly FailedName[], now: number): void {
  const { certificate, renewal } = record;
  if (!certificate || !renewal) return;
  const losing = failures.filter(({ name, reason }) => certificate.names.includes(name) && !LEFT_US.has(reason.code));
  if (losing.length > 0 && overdueFraction(now, renewal.renewAt, certificate.notAfter) < PATIENCE) {
    throw nothingPassed(record, failures);
  }
}

function gains(record: TenantRecord, names: readonly string[], now: number): boolean {
  const { certificate, renewal } = record;
  if (!certificate || !renewal || now >= renewal.renewAt) return true;
  return namesTooMany(record).length > 0 || namesMissing(record).some((name) => names.includes(name));
}

async function noteFailures(tenant: LeasedTenant, failures: readonly FailedName[]): Promise<void> {
  await tenant.save((latest) => ({ ...latest, reason: joinedReason(latest, failures) }));
}

/** Why a CA is not worth asking now, without asking it. */
async function availability(
  ca: CertificateAuthority,
  names: readonly string[],
  record: TenantRecord,
  parts: IssuerParts,
): Promise<Setback | undefined> {
  const { domain } = record.tenant;
  const { name } = ca.settings;
  const down = await parts.outages.until(name);
  if (down !== undefined) {
    const sentence = `${name} is not asked for ${domain} now: it failed or limited us moments ago, and is tried again later.`;
    return new Setback({ code: "CA_DOWN", sentence }, { kind: "outage", retryAt: down });
  }
  const limit = await parts.limits.take(name, { names, replaces: record.certificate });
  if (limit) {
    const sentence = `${name} allows ${limit.description}, and that is used up; ${domain} has its turn as soon as there is room.`;
    return new Setback({ code: "RATE_LIMITED", sentence }, { kind: "outage", retryAt: limit.retryAt });
  }
  return undefined;
}

/** Of several CAs' answers the first one tells why; the soonest tells when. */
function earlier(kept: Setback | undefined, next: Setback): Setback {
  if (!kept) return next;
  const { retryAt = Number.POSITIVE_INFINITY } = kept.details;
  const soonest = Math.min(retryAt, next.details.retryAt ?? Number.POSITIVE_INFINITY);
  return new Setback(kept.reason, { ...kept.details, ...(Number.isFinite(soonest) && { retryAt: soonest }) });
}

/** Stores the key and the intention before the CA hears of anything, so that a crash never strands an order. */
async function beginOrder(
  tenant: LeasedTenant,
  id: string,
  ca: CertificateAuthority,
  names: readonly string[],
  failures: readonly FailedName[],
  parts: IssuerParts,
): Promise<OrderProgress> {
  const { domain, keyType } = tenant.record.tenant;
  const now = parts.clock.now();
  const { certificate } = tenant.record;
  const replaces = certificate?.ca === ca.settings.name ? certificate.ariId : undefined;
  const progress: OrderProgress = {
    id,
    ca: ca.settings.name,
    names,
    startedAt: now,
    ...(replaces !== undefined && { replaces }),
  };
  const secret = await createKeyAndCsr(names, keyType);
  tenant.memory.secret = { id, domain, ...secret, expiresAt: now + SECRET_LIFETIME };
  await parts.store.putOrderSecret(tenant.memory.secret);
  const ordered = namesOf(tenant.record.tenant).join();
  await tenant.save((latest) => {
    if (latest.state === "removed" || namesOf(latest.tenant).join() !== ordered) throw new SupersededError(domain);
    const state = latest.certificate ? "renewing" : "issuing";
    return {
      ...latest,
      state,
      since: latest.state === state ? latest.since : now,
      reason: joinedReason(latest, failures),
      order: progress,
    };
  });
  return progress;
}
