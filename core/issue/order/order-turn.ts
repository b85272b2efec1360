import type { CertificateAuthority } from "../../ca/certificate-authority";
import type { OrderProgress } from "../../record/record";
import type { OrderSecret } from "../../record/store";
import type { Turn } from "../turn";

/** A turn on an order under way, and where it is. */
export interface OrderTurn {
  readonly turn: Turn;
  readonly progress: OrderProgress;
  readonly ca: CertificateAuthority;
  readonly secret: OrderSecret;
}
