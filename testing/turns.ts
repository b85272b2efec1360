import { MINUTE } from "../core/base/clock";
import { beginOrder } from "../core/issue/order/order";
import type { OrderTurn } from "../core/issue/order/order-turn";
import type { IssuerPorts } from "../core/issue/ports";
import { Setback } from "../core/issue/setback";
import { LeasedTenant, SupersededError, Turn, takeTenant } from "../core/issue/turn";
import type { OrderProgress, TenantRecord } from "../core/record/record";
import { namesOf } from "../core/tenant/tenant";
import { IssuerStage } from "./issuer-stage";
import { tenantRecord } from "./records";

const DOMAIN = "a.example";

/** What is thrown, a setback's answer in short. */
export const said = (act: Promise<unknown>): Promise<unknown> =>
  act.catch((error: unknown) => {
    if (error instanceof Setback) return { code: error.reason.code, sentence: error.reason.sentence, ...error.details };
    if (error instanceof SupersededError) return "superseded";
    throw error;
  });

/** A worker's turn on `a.example`, for what is done within one: on a stage of its own, with every pause noted. */
export class TurnStage extends IssuerStage {
  readonly begun = this.clock.now();
  readonly pauses: number[] = [];

  override ports(changes: Partial<IssuerPorts> = {}): IssuerPorts {
    const pause = async (ms: number): Promise<void> => {
      this.pauses.push(ms);
      this.clock.advance(Math.ceil(ms));
    };
    return super.ports({ pause, ...changes });
  }

  /** @param lasts ms; the lease is longer than that only up to its 110 s */
  async begin(
    record: Partial<TenantRecord> = {},
    { lasts = 5 * MINUTE, ...changes }: Partial<IssuerPorts> & { lasts?: number } = {},
  ): Promise<Turn> {
    const now = this.clock.now();
    await this.memory.createTenant({ ...tenantRecord(DOMAIN, now), ...record });
    return this.goOn({ lasts, ...changes });
  }

  /** The next turn on the tenant, which is due. */
  async goOn({ lasts = 5 * MINUTE, ...changes }: Partial<IssuerPorts> & { lasts?: number } = {}): Promise<Turn> {
    const ports = this.ports(changes);
    const claim = await takeTenant(DOMAIN, ports);
    if (!claim) throw new Error(`${DOMAIN} is not due.`);
    return new Turn(await LeasedTenant.accept(claim, ports), ports, this.clock.now() + lasts);
  }

  /** A turn on an order that was placed in one before, unless `progress` says otherwise, of which nothing is noted. */
  async placed(record: Partial<TenantRecord> = {}, progress: Partial<OrderProgress> = {}): Promise<Turn> {
    const names = record.tenant ? namesOf(record.tenant) : [DOMAIN];
    const turn = await this.begin(record);
    await beginOrder(turn, { id: "1", ca: this.ca, names, failures: [], warning: undefined });
    const changed = (order: OrderProgress): OrderProgress => ({ ...order, ...progress });
    await turn.tenant.save((latest) => ({ ...latest, ...(latest.order && { order: changed(latest.order) }) }));
    for (const noted of [this.ca.calls, this.steps, this.metrics]) noted.length = 0;
    return turn;
  }

  /** Its turn on an order that is on record. */
  async ordering(
    progress: Partial<OrderProgress> = {},
    record: Partial<TenantRecord> = {},
    ports: Partial<IssuerPorts> & { lasts?: number } = {},
  ): Promise<OrderTurn> {
    const { ca } = this;
    const order = { id: "1", ca: ca.settings.name, names: [DOMAIN], startedAt: this.clock.now(), ...progress };
    const turn = await this.begin({ order, state: "issuing", ...record }, ports);
    const secret = { id: "1", domain: DOMAIN, key: "key", csr: "csr", expiresAt: Number.MAX_SAFE_INTEGER };
    return { turn, progress: order, ca, secret };
  }
}
