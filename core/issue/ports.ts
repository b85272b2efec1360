import type { Clock } from "../base/clock";
import type { CertificateAuthority } from "../ca/certificate-authority";
import type { CaLimits } from "../ca/limits";
import type { CaOutages } from "../ca/outages";
import type { LoadBalancer } from "../preflight/dns";
import type { HttpProbe, Resolver } from "../preflight/ports";
import type { Store, TransientStore } from "../record/store";
import type { Sealer } from "../seal/sealer";
import type { AnsweringFronts } from "./answering-fronts";
import type { Observer } from "./observer";

/** Everything the issuer works with; made once per process in lambdas/issuer/compose.ts, and by tests. */
export interface IssuerPorts {
  /** `<project>-<name>`. */
  readonly stack: string;
  readonly store: Store;
  readonly transient: TransientStore;
  /** In order of preference. */
  readonly cas: readonly CertificateAuthority[];
  readonly limits: CaLimits;
  readonly outages: CaOutages;
  readonly resolver: Resolver;
  readonly probe: HttpProbe;
  readonly loadBalancer: LoadBalancer;
  readonly fronts: AnsweringFronts;
  readonly sealer: Sealer;
  readonly clock: Clock;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
  /** Waits between two polls of an order, never longer than 5 s. */
  readonly pause: (ms: number) => Promise<void>;
  /** Retry and re-check intervals are divided by it; 1 in production. */
  readonly timeScale: number;
  readonly observer: Observer;
}
