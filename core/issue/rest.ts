import { MINUTE, scaled } from "../base/clock";
import type { TenantRecord } from "../record/record";
import { namesMissing, nextLook } from "./needs";
import type { IssuerPorts } from "./ports";
import { dnsWait } from "./retry-schedule";
import { stillNeeded } from "./succession";

/** Keys in PEM wait for fronts that are being replaced. */
const UNSEALED_AGAIN = 1 * MINUTE;

/** A record that needs nothing now. A tenant some of whose names have no certificate is looked at as often as one that waits for DNS. */
export function rested(
  record: TenantRecord,
  { clock, timeScale }: Pick<IssuerPorts, "clock" | "timeScale">,
): TenantRecord {
  const { nextActionAt: _earlier, reason, further: _checkedAnew, ...unchanged } = record;
  const now = clock.now();
  const keysAt = [record.forgetKeysAt, record.unsealed && now + UNSEALED_AGAIN].filter(
    (time) => typeof time === "number",
  );
  if (record.state === "removed") {
    return { ...unchanged, ...(reason && { reason }), ...(keysAt.length > 0 && { nextActionAt: Math.min(...keysAt) }) };
  }
  const missing = namesMissing(record);
  const refused = record.refusedNames?.filter(({ name, until }) => missing.includes(name) && until > now) ?? [];
  const incomplete = missing.length > 0;
  const wait = scaled(dnsWait((now - record.since) * timeScale), timeScale);
  const retries = [...(missing.length > refused.length ? [now + wait] : []), ...refused.map(({ until }) => until)];
  const times = [nextLook(record), ...keysAt, ...retries].filter((time) => time !== undefined);
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
