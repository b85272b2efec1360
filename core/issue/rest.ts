import { scaled } from "../base/clock";
import type { TenantRecord } from "../record/record";
import { namesMissing, nextLook } from "./needs";
import type { IssuerPorts } from "./ports";
import { dnsWait } from "./retry-schedule";
import { stillNeeded } from "./succession";

/** A record that needs nothing now. A tenant some of whose names have no certificate is looked at as often as one that waits for DNS. */
export function rested(
  record: TenantRecord,
  { clock, timeScale }: Pick<IssuerPorts, "clock" | "timeScale">,
): TenantRecord {
  const { nextActionAt: _earlier, reason, further: _checkedAnew, ...unchanged } = record;
  if (record.state === "removed") return { ...unchanged, ...(reason && { reason }) };
  const now = clock.now();
  const missing = namesMissing(record);
  const refused = record.refusedNames?.filter(({ name, until }) => missing.includes(name) && until > now) ?? [];
  const incomplete = missing.length > 0;
  const wait = scaled(dnsWait((now - record.since) * timeScale), timeScale);
  const retries = [...(missing.length > refused.length ? [now + wait] : []), ...refused.map(({ until }) => until)];
  const times = [nextLook(record), ...retries].filter((time) => time !== undefined);
  return {
    ...activated(unchanged, now),
    ...stillNeeded(record, now),
    ...(times.length > 0 && { nextActionAt: Math.round(Math.min(...times)) }),
    // A warning about what is served all the same stays until the next order.
    ...((incomplete || (record.state === "active" && reason?.code !== "WAITING")) && reason && { reason }),
  };
}

/** With a certificate, nothing to renew and no order, a tenant is active, whatever it was before. */
function activated(record: TenantRecord, now: number): TenantRecord {
  if (!record.certificate || record.state === "active") return record;
  return { ...record, state: "active", since: now, failures: 0 };
}
