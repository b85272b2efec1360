import type { CertificateAuthority } from "../../ca/certificate-authority";
import type { OrderProgress, TenantRecord } from "../../record/record";
import type { OrderSecret } from "../../record/store";
import { SupersededError, type Turn } from "../turn";

/** A turn on an order under way, and where it is. */
export interface OrderTurn {
  readonly turn: Turn;
  readonly progress: OrderProgress;
  readonly ca: CertificateAuthority;
  readonly secret: OrderSecret;
}

/** @throws SupersededError where the record does not carry this order any more */
export function sameOrder(latest: TenantRecord, progress: OrderProgress): OrderProgress {
  if (latest.order?.id !== progress.id) throw new SupersededError(latest.tenant.domain);
  return latest.order;
}
