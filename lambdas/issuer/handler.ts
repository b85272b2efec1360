import { HOUR, MINUTE } from "../../core/base/clock";
import { takeOverAccounts } from "../../core/issue/account";
import { applyTenants } from "../../core/issue/apply";
import { applySlice } from "../../core/issue/apply-slice";
import { BatchSlot, SLOT_RENEWAL } from "../../core/issue/batch-slots";
import { awaitFirstFront } from "../../core/issue/first-front";
import { issueBatch } from "../../core/issue/issue";
import { renew, revoke } from "../../core/issue/operations";
import { type Batch, reconcile } from "../../core/issue/reconcile";
import { markUnsealed } from "../../core/issue/stored-keys";
import { ensureTicketKeys, rotateTicketKeys } from "../../core/issue/ticket-keys";
import { frontMetrics, MEASURED_WITHIN } from "../../core/record/front-metrics";
import { onThisMachine } from "../../core/tenant/upstream";
import { compose, type Issuer } from "./compose";
import { type IssuerRequest, parseRequest } from "./event";
import { readTenantList } from "./tenant-list";

/** What of a long list one invocation writes, ms: whoever waits for it sits behind networks that forget idle connections after 350 s. */
const APPLY_SLICE = 4 * MINUTE;
/** Left unused at the end of an invocation, ms: for the last writes of a turn. */
const MARGIN = 15_000;

/** Until when it counts that all of an older stack's keys are on their way to be sealed, ms: a restored table may have others. */
let sealedUntil = 0;

/** Entry point of the issuer: one event in, one operation of core, its summary out. */
export const handler = handlerOver(() => compose(process.env));

/** The entry point over an issuer that is made at the first event, and again after that failed. */
export function handlerOver(make: () => Promise<Issuer>) {
  let composed: Promise<Issuer> | undefined;
  return async (event: unknown, context: { getRemainingTimeInMillis(): number }): Promise<object> => {
    const request = parseRequest(event);
    const deadline = Date.now() + context.getRemainingTimeInMillis() - MARGIN;
    composed ??= make();
    let issuer: Issuer;
    try {
      issuer = await composed;
    } catch (error) {
      composed = undefined; // the next invocation may be luckier
      throw error;
    }
    try {
      return await perform(request, issuer, deadline);
    } finally {
      issuer.journal.publish();
    }
  };
}

/** One operation with the ports given. */
export async function perform(request: IssuerRequest, issuer: Issuer, deadline: number): Promise<object> {
  const { ports, settings, journal, invokeSelf } = issuer;
  const { store, clock } = ports;
  const handOut = (batch: Batch) => invokeSelf({ operation: "issue", ...batch });
  switch (request.operation) {
    case "apply": {
      const caNames = settings.cas.map(({ name }) => name);
      const oneMachine = onThisMachine(settings.cas.map(({ directory }) => directory));
      const tenants = await readTenantList(request, { caNames, oneMachine });
      if ((await store.listTenants()).items.length === 0) await awaitFirstFront(ports, settings.settleMs);
      const until = Math.min(deadline, clock.now() + APPLY_SLICE);
      const applied = await applySlice(request, until, ports, (goesOn) =>
        applyTenants(tenants, store, clock, request, goesOn),
      );
      if (applied === undefined) return { ok: true, superseded: true };
      await ensureTicketKeys(ports);
      if (applied.left > 0) await invokeSelf({ ...request, continues: true });
      await reconcile(ports, handOut);
      return { ok: true, ...applied };
    }
    case "reconcile": {
      const reconciled = await reconcile(ports, handOut);
      if (clock.now() >= sealedUntil) {
        await ensureTicketKeys(ports);
        if ((await markUnsealed(ports)).done) sealedUntil = clock.now() + HOUR;
      }
      journal.metric("tenantsDue", reconciled.due);
      journal.metric("reconcileHeartbeat", 1);
      journal.metric("caLimitUsedMax", await ports.limits.accountUsed());
      const heartbeats = await store.heartbeats(clock.now(), MEASURED_WITHIN);
      for (const [name, value] of frontMetrics(heartbeats)) journal.metric(name, value);
      return reconciled;
    }
    case "issue": {
      const slot = await BatchSlot.accept(request.slot, ports);
      if (!slot) return { outcomes: [] };
      const outcomes = await inSlot(slot, () => issueBatch(request.claims, ports, deadline));
      journal.metric("caLimitUsedMax", ports.limits.takeMostUsed());
      // What is due by now has a free slot, and need not wait for the next minute.
      await reconcile(ports, handOut);
      return { outcomes };
    }
    case "status": {
      if (request.domain === undefined) {
        const { items, cursor } = await store.listTenants(request.cursor);
        return { tenants: items, ...(cursor !== undefined && { cursor }) };
      }
      const record = await store.tenant(request.domain);
      return { tenants: record ? [record] : [] };
    }
    case "revoke":
      await revoke(request.domain, request.reason, ports);
      await invokeSelf({ operation: "reconcile" });
      return { ok: true };
    case "renew":
      await renew(request.domain, ports);
      await invokeSelf({ operation: "reconcile" });
      return { ok: true };
    case "account":
      return takeOverAccounts(ports);
    case "rotate-ticket-keys": {
      const rotated = await rotateTicketKeys(ports, request.all);
      await store.deleteTicketKeys();
      return { rotated };
    }
  }
}

/** Says for as long as the work takes that the slot is in use. */
async function inSlot<T>(slot: BatchSlot, work: () => Promise<T>): Promise<T> {
  // A renewal that fails is made up by the next; at worst another batch begins beside this one.
  const timer = setInterval(() => void slot.renew().catch(() => {}), SLOT_RENEWAL);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    await slot.release();
  }
}
