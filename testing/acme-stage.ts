import { AcmeCertificateAuthority } from "../acme/acme-certificate-authority";
import type { CaSettings } from "../core/ca/certificate-authority";
import { thumbprintOf } from "../core/ca/challenge";
import { CaLimits } from "../core/ca/limits";
import { CaOutages } from "../core/ca/outages";
import { createKeyAndCsr } from "../core/certificate/csr";
import { AnsweringFronts } from "../core/issue/answering-fronts";
import { issueBatch, type Outcome } from "../core/issue/issue";
import type { Step } from "../core/issue/observer";
import type { IssuerPorts } from "../core/issue/ports";
import { claimTenant } from "../core/issue/turn";
import type { TenantRecord } from "../core/record/record";
import type { Store } from "../core/record/store";
import { ROUND } from "../core/renewal/policy";
import type { Tenant } from "../core/tenant/tenant";
import { type LocalDns, startDns } from "../local/process/parts/dns";
import { type Pebble, type PebbleOptions, startPebble } from "../local/process/parts/pebble";
import { DnsResolver } from "../wire/dns/resolver";
import { PlainHttpProbe } from "../wire/http-probe";
import { type ChallengeServer, startChallengeServer } from "./challenge-server";
import { TestDataKeys } from "./data-keys";
import { ManualClock } from "./manual-clock";
import { MemoryStore } from "./memory-store";
import { tenant, tenantRecord } from "./records";

/** The issuer's core with a real DNS server, real HTTP-01 over TCP and as many real CAs as asked for. */
export class AcmeStage {
  readonly steps: { tenant: string; step: Step }[] = [];
  readonly errors: unknown[] = [];
  readonly cas: AcmeCertificateAuthority[] = [];
  readonly dataKeys = new TestDataKeys();
  private readonly transient = new MemoryStore();
  private readonly pebbles: Pebble[] = [];
  private random = 0.5;

  private constructor(
    readonly store: Store,
    readonly clock: ManualClock,
    readonly dns: LocalDns,
    /** The fronts' port 80. */
    readonly challenges: ChallengeServer,
    readonly accountKey: string,
  ) {}

  /** @param store default: in memory */
  static async start(store?: Store): Promise<AcmeStage> {
    const dns = await startDns();
    const { key } = await createKeyAndCsr([], "ecdsa-p256");
    const challenges = await startChallengeServer(thumbprintOf(key));
    const clock = new ManualClock(Date.now());
    return new AcmeStage(store ?? new MemoryStore(clock), clock, dns, challenges, key);
  }

  /** Adds a Pebble to the end of the CA list. */
  async addPebble(
    options: Partial<PebbleOptions> = {},
    settings: Partial<CaSettings> = {},
  ): Promise<{ pebble: Pebble; ca: AcmeCertificateAuthority }> {
    const pebble = await startPebble({ dnsServer: this.dns.server, httpPort: this.challenges.port, ...options });
    this.pebbles.push(pebble);
    return { pebble, ca: this.addCa(pebble, settings) };
  }

  addCa(server: { directory: string; trust: string }, settings: Partial<CaSettings> = {}): AcmeCertificateAuthority {
    const name = settings.name ?? `pebble-${this.cas.length + 1}`;
    const ca = new AcmeCertificateAuthority(
      { name, directory: server.directory, caaIdentities: [`${name}.example`], ...settings },
      { accountKey: this.accountKey, contact: "ops@certfront.example", trust: server.trust, timeoutMs: 10_000 },
    );
    const dated = wrap(ca, async (_call, _args, run) => this.dated(await run()));
    this.cas.push(dated);
    return dated;
  }

  /** Pebble dates orders by the machine's clock, the issuer reads them by the stage's. */
  private dated(answer: unknown): unknown {
    const { expires } = (answer ?? {}) as { expires?: unknown };
    return typeof expires === "number" ? { ...(answer as object), expires: expires + this.ahead() } : answer;
  }

  /** ms by which the stage's clock is ahead of the machine's. */
  private ahead(): number {
    return this.clock.now() - Date.now();
  }

  /** What the issuer works with; `changes` puts something else in a part's place. */
  ports(changes: Partial<IssuerPorts> = {}): IssuerPorts {
    const { clock } = this;
    const store = changes.store ?? this.store;
    return {
      stack: "test",
      store,
      transient: this.transient,
      cas: this.cas,
      limits: new CaLimits(store, clock),
      outages: new CaOutages(store, clock, 1),
      resolver: new DnsResolver([this.dns.server]),
      probe: new PlainHttpProbe(this.challenges.port),
      loadBalancer: { addresses: ["127.0.0.1"], cnameTarget: "lb.certfront.example" },
      fronts: new AnsweringFronts(store, clock, thumbprintOf(this.accountKey)),
      sealer: this.dataKeys.sealer(clock),
      clock,
      random: () => this.random,
      // The clock stands still while a CA works; what passes is real time, and as little of it as will do.
      pause: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 100))),
      timeScale: 1,
      observer: {
        step: (name, step) => this.steps.push({ tenant: name, step }),
        setback: (_tenant, _reason, _at, error) => {
          if (error !== undefined) this.errors.push(error);
        },
        metric: () => {},
      },
      ...changes,
    };
  }

  async addTenant(domain: string, changes: Partial<Tenant> = {}): Promise<void> {
    const record = tenantRecord(domain, this.clock.now(), { tenant: tenant(domain, changes) });
    await this.store.createTenant(record);
  }

  /** One turn of the issuer on these tenants, as `reconcile` and `issue` do it; those not due are left out. */
  async turn(domains: readonly string[], ports: IssuerPorts = this.ports()): Promise<Outcome[]> {
    const claims = await Promise.all(domains.map((domain) => claimTenant(domain, ports)));
    const deadline = this.clock.now() + 300_000;
    return issueBatch(
      claims.filter((claim) => claim !== undefined),
      ports,
      deadline,
    );
  }

  async record(domain: string): Promise<TenantRecord> {
    const record = await this.store.tenant(domain);
    if (!record) throw new Error(`${domain} has no record.`);
    return record;
  }

  /** Moves the clock to when the tenant is looked at next, and takes that turn. */
  async nextTurn(domain: string, ports?: IssuerPorts): Promise<TenantRecord> {
    const { nextActionAt = 0, renewal } = await this.record(domain);
    const wait = nextActionAt - this.clock.now();
    const inRound = renewal?.inRound && wait > ROUND;
    this.clock.advance(Math.max(inRound ? ROUND : wait, 0));
    if (inRound) await issueBatch([{ domain, inRound }], ports ?? this.ports(), this.clock.now() + 300_000);
    await this.turn([domain], ports);
    return this.record(domain);
  }

  async stop(): Promise<void> {
    for (const ca of this.cas) ca.close();
    await Promise.all([...this.pebbles.map((pebble) => pebble.stop()), this.dns.stop(), this.challenges.stop()]);
  }
}

/** An object whose asynchronous methods go through `around`, for watching, losing or replacing calls. */
export function wrap<T extends object>(
  target: T,
  around: (call: keyof T, args: readonly unknown[], run: () => Promise<unknown>) => Promise<unknown>,
): T {
  return new Proxy(target, {
    get(object, name) {
      const member: unknown = Reflect.get(object, name);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => around(name as keyof T, args, async () => member.apply(object, args));
    },
  });
}
