import { inParallel } from "../../core/base/in-parallel";
import type { Store, TenantIndexEntry } from "../../core/record/store";
import { namesOf, type Tenant } from "../../core/tenant/tenant";
import { tlsHandshake } from "../../wire/tls";
import type { Front } from "../fronts/front";
import type { Progress } from "./events";

/** One tenant as this run sees it, from outside; the shape that `--json` prints. */
export interface TenantReport {
  readonly domain: string;
  readonly names: readonly string[];
  readonly state: string;
  readonly reason?: string;
  readonly sentence?: string;
  /** Fronts that answered a TLS handshake for the domain with the stored certificate, chained to the local CA. */
  readonly servedBy: readonly string[];
  /** From the moment the tenant was applied until every front served it. */
  readonly secondsToServed?: number;
}

export interface WatchOptions {
  /** Opened when the first tenants are known. */
  readonly store: () => Pick<Store, "listTenants">;
  readonly fronts: () => readonly Front[];
  /** PEM of the root that certificates must chain to. */
  readonly root: string;
  readonly progress: Progress;
}

interface Watched {
  readonly tenant: Tenant;
  /** When it was applied, ms. */
  readonly since: number;
  /** When the present certificate was first seen in the table, ms; of the first one, when the tenant was applied. */
  certificateSince: number;
  entry?: TenantIndexEntry;
  /** Serial served, by front. */
  readonly servedBy: Map<string, string>;
  servedByAllAt?: number;
}

/** ms between two looks while a tenant is waited for, and when all is well. */
const INTERVAL = 250;
const QUIET_INTERVAL = 2_000;
/** Handshakes at once. */
const HANDSHAKES = 16;

/** Follows every tenant from outside: the table's index for its state, real handshakes with each front for what is served. */
export class TenantWatch {
  private readonly watched = new Map<string, Watched>();
  /** Taken out of the configuration, but still served somewhere. */
  private readonly leaving = new Map<string, Watched>();
  private timer: NodeJS.Timeout | undefined;
  private started = false;
  private stopped = false;

  constructor(private readonly options: WatchOptions) {}

  /** What the configuration holds now; what it held before and no longer does is watched until no front serves it. */
  expect(tenants: readonly Tenant[]): void {
    const now = Date.now();
    const wanted = new Set(tenants.map(({ domain }) => domain));
    for (const [domain, watched] of this.watched) {
      if (wanted.has(domain)) continue;
      this.watched.delete(domain);
      this.leaving.set(domain, watched);
    }
    for (const tenant of tenants) {
      const known = this.watched.get(tenant.domain);
      this.watched.set(
        tenant.domain,
        known ? { ...known, tenant } : { tenant, since: now, certificateSince: now, servedBy: new Map() },
      );
      this.leaving.delete(tenant.domain);
    }
    if (!this.started) this.start();
  }

  private start(): void {
    this.started = true;
    const look = async () => {
      await this.look().catch((error: Error) => this.options.progress.warn(`status: ${error.message}`));
      const quiet = this.allServed() && this.leaving.size === 0;
      if (!this.stopped) this.timer = setTimeout(() => void look(), quiet ? QUIET_INTERVAL : INTERVAL);
    };
    void look();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** Whether every tenant is served by every front. */
  allServed(): boolean {
    return [...this.watched.values()].every(({ servedByAllAt }) => servedByAllAt !== undefined);
  }

  /** What was last expected, as JSON by domain. */
  configured(): Map<string, string> {
    return new Map([...this.watched].map(([domain, { tenant }]) => [domain, JSON.stringify(tenant)]));
  }

  report(): TenantReport[] {
    return [...this.watched.values()].map(({ tenant, since, entry, servedBy, servedByAllAt }) => ({
      domain: tenant.domain,
      names: namesOf(tenant),
      state: entry?.state ?? "pending-dns",
      ...(entry?.reason === undefined ? {} : { reason: entry.reason.code, sentence: entry.reason.sentence }),
      servedBy: [...servedBy.keys()].sort(),
      ...(servedByAllAt === undefined ? {} : { secondsToServed: Math.round((servedByAllAt - since) / 10) / 100 }),
    }));
  }

  private async look(): Promise<void> {
    await this.readStates();
    const fronts = this.options.fronts();
    const due: (() => Promise<void>)[] = [];
    for (const watched of this.watched.values()) {
      const serial = watched.entry?.certificate?.serial;
      for (const front of fronts) {
        if (serial !== undefined && watched.servedBy.get(front.name) !== serial)
          due.push(() => this.check(watched, front, serial));
      }
    }
    for (const watched of this.leaving.values())
      for (const front of fronts) due.push(() => this.checkGone(watched, front));
    await inParallel(due, HANDSHAKES, (look) => look());
  }

  private async readStates(): Promise<void> {
    let cursor: string | undefined;
    do {
      const page = await this.options.store().listTenants(cursor);
      for (const entry of page.items) this.update(entry);
      cursor = page.cursor;
    } while (cursor !== undefined);
  }

  private update(entry: TenantIndexEntry): void {
    const watched = this.watched.get(entry.domain);
    if (watched === undefined) return;
    const before = watched.entry;
    watched.entry = entry;
    if (before?.certificate && before.certificate.serial !== entry.certificate?.serial)
      watched.certificateSince = Date.now();
    if (before?.state === entry.state && before.reason?.sentence === entry.reason?.sentence) return;
    const sentence = entry.reason?.sentence;
    this.options.progress.tell({
      kind: "state",
      tenant: entry.domain,
      state: entry.state,
      ...(sentence === undefined ? {} : { sentence }),
    });
  }

  private async check(watched: Watched, front: Front, serial: string): Promise<void> {
    const { tenant } = watched;
    if ((await this.served(front, tenant.domain)) !== serial) return;
    watched.servedBy.set(front.name, serial);
    const seconds = (Date.now() - watched.certificateSince) / 1_000;
    this.options.progress.tell({ kind: "served", tenant: tenant.domain, front: front.name, seconds });
    const all = this.options.fronts().every(({ name }) => watched.servedBy.get(name) === serial);
    if (all) watched.servedByAllAt ??= Date.now();
  }

  private async checkGone(watched: Watched, front: Front): Promise<void> {
    const { domain } = watched.tenant;
    if (!watched.servedBy.has(front.name) || (await this.served(front, domain)) !== undefined) return;
    watched.servedBy.delete(front.name);
    this.options.progress.tell({ kind: "gone", tenant: domain, front: front.name });
    if (watched.servedBy.size === 0) this.leaving.delete(domain);
  }

  /** Serial of the certificate a front presents for the name, lower-case; undefined when there is none that is good. */
  private async served(front: Front, name: string): Promise<string | undefined> {
    const { httpsPort: port } = front.settings;
    const seen = await tlsHandshake({ address: "127.0.0.1", port, name, trust: this.options.root });
    return seen.status === "served" ? seen.leaf.serialNumber.toLowerCase() : undefined;
  }
}
