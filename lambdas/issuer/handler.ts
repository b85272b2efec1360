import { applyTenants } from "../../core/issue/apply";
import { issueBatch } from "../../core/issue/issue";
import { renew, revoke } from "../../core/issue/operations";
import { reconcile } from "../../core/issue/reconcile";
import { ensureTicketKeys, rotateTicketKeys } from "../../core/issue/ticket-keys";
import { onThisMachine } from "../../core/tenant/upstream";
import { compose, type Issuer } from "./compose";
import { type IssuerRequest, parseRequest } from "./event";
import { readTenantList } from "./tenant-list";

/** Left unused at the end of an invocation, ms: for the last writes of a turn. */
const MARGIN = 15_000;

let composed: Promise<Issuer> | undefined;

/** Entry point of the issuer: one event in, one operation of core, its summary out. */
export async function handler(event: unknown, context: { getRemainingTimeInMillis(): number }): Promise<object> {
  const request = parseRequest(event);
  const deadline = Date.now() + context.getRemainingTimeInMillis() - MARGIN;
  composed ??= compose(process.env);
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
}

/** One operation with the ports given. */
export async function perform(request: IssuerRequest, issuer: Issuer, deadline: number): Promise<object> {
  const { ports, settings, journal, invokeSelf } = issuer;
  const { store, clock } = ports;
  switch (request.operation) {
    case "apply": {
      const caNames = settings.cas.map(({ name }) => name);
      const oneMachine = onThisMachine(settings.cas.map(({ directory }) => directory));
      const tenants = await readTenantList(request, { caNames, oneMachine });
      const applied = await applyTenants(tenants, store, clock);
      await ensureTicketKeys(store, clock);
      await invokeSelf({ operation: "reconcile" });
      return { ok: true, ...applied };
    }
    case "reconcile": {
      const reconciled = await reconcile(ports, (claims) => invokeSelf({ operation: "issue", claims }));
      journal.metric("tenantsDue", reconciled.due);
      journal.metric("reconcileHeartbeat", 1);
      journal.metric("caLimitUsedMax", await ports.limits.accountUsed());
      return reconciled;
    }
    case "issue": {
      const outcomes = await issueBatch(request.claims, ports, deadline);
      journal.metric("caLimitUsedMax", ports.limits.takeMostUsed());
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
    case "rotate-ticket-keys":
      return { rotated: await rotateTicketKeys(store, clock, settings.timeScale) };
  }
}
