import { customerMessage } from "../../core/handover/message";
import { recordsToSet } from "../../core/handover/records";
import type { ConsoleSources } from "./sources";
import type { MessageView } from "./views";

/** The mail to a tenant's owner, by the reason on record and by what DNS has now; undefined when there is no such tenant. */
export async function messageFor(sources: ConsoleSources, domain: string): Promise<MessageView | undefined> {
  const record = await sources.store.tenant(domain);
  if (!record) return undefined;
  const now = sources.clock.now();
  const { reason, certificate, nextActionAt } = record;
  const records = await recordsToSet(reason?.dns ?? [], sources.dns);
  // All that was asked for is there: the issuer has only not looked again.
  const done = records.length > 0 && records.every(({ action }) => action === "keep");
  const text = customerMessage(
    {
      domain,
      problems: reason && !done ? [{ name: domain, code: reason.code }] : [],
      records: done ? [] : records,
      ...(certificate && certificate.notAfter > now && { servedUntil: certificate.notAfter }),
      ...(nextActionAt !== undefined && { nextLook: nextActionAt }),
      operator: sources.operator,
    },
    now,
  );
  return { text };
}
