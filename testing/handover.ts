import { MINUTE } from "../core/base/clock";
import { customerMessage, type Handover } from "../core/handover/message";
import type { RecordToSet } from "../core/handover/records";
import type { ReasonCode } from "../core/record/reason";

export const NOW = Date.UTC(2027, 1, 19, 14, 3);
export const DOMAIN = "v6.rouen.example";

/** An address to change, unless said otherwise. */
export const record = (changes: Partial<RecordToSet>): RecordToSet => ({
  type: "A",
  host: "v6",
  zone: "rouen.example",
  value: "192.0.2.10",
  action: "change",
  found: ["203.0.113.9"],
  nameservers: ["ns1.gandi.net", "ns2.gandi.net"],
  ...changes,
});

/** The mail about the domain, which has this problem. */
export const message = (code: ReasonCode | undefined, changes: Partial<Handover> = {}) =>
  customerMessage(
    {
      domain: DOMAIN,
      problems: code ? [{ name: DOMAIN, code }] : [],
      records: [],
      nextLook: NOW + 9 * MINUTE,
      ...changes,
    },
    NOW,
  );
