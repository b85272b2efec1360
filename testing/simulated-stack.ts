import { X509Certificate } from "node:crypto";
import { Logger } from "@aws-lambda-powertools/logger";
import { DAY, HOUR, MINUTE } from "../core/base/clock";
import type { RenewalInfo } from "../core/ca/certificate-authority";
import type { FrontItem, Heartbeat } from "../core/record/record";
import { namesOf, type Tenant } from "../core/tenant/tenant";
import { alarmDefinitions } from "../infra/alarms/definitions";
import type { AlarmKey } from "../infra/alarms/texts";
import { checkShards, type Remaining } from "../lambdas/expiry-monitor/check-shards";
import { Journal as MonitorJournal } from "../lambdas/expiry-monitor/emf";
import type { Handshake } from "../lambdas/expiry-monitor/handshake";
import type { Lookup, PublicDns } from "../lambdas/expiry-monitor/public-dns";
import { sweep } from "../lambdas/expiry-monitor/sweep";
import type { Issuer } from "../lambdas/issuer/compose";
import type { IssuerRequest } from "../lambdas/issuer/event";
import { perform } from "../lambdas/issuer/handler";
import { Journal as IssuerJournal } from "../lambdas/issuer/journal";
import { AlarmEvaluator } from "../local/aws/cloudwatch/alarm-evaluator";
import { MetricStore } from "../local/aws/cloudwatch/metric-store";
import { THUMBPRINT } from "./challenge-server";
import { IssuerStage, OUR_ADDRESSES, OUR_NAME } from "./issuer-stage";
import { tableOver } from "./monitor-table";
import { tenant } from "./records";
import { ScriptedCa } from "./scripted-ca";

export const STACK = "simulated";
/** Everything happens once an hour unless told otherwise, also what on AWS happens each minute: a simulated year is 8,760 of these. */
const TICK = HOUR;
/** Into each hour the alarms are evaluated, when what every minute would have brought is not missing yet. */
const EVALUATED_AFTER = 5 * MINUTE;

/** One change of an alarm, with how much lifetime the certificate that ends first had left. */
export interface Ring {
  readonly alarm: AlarmKey;
  readonly to: "ALARM" | "OK";
  readonly at: number;
  readonly daysLeft: number;
}

/** Answers ARI as Let's Encrypt does: around 2/3 of the lifetime (1/2 under ten days), in the past once revoked. */
export class SimulatedCa extends ScriptedCa {
  readonly revokedSerials = new Set<string>();
  /** Says so of every certificate, whatever its dates. */
  window: ((from: number, to: number) => RenewalInfo) | undefined;

  private readonly leaves = new Map<string, { serial: string; from: number; to: number }>();

  override async renewalInfo(leafPem = ""): Promise<RenewalInfo | undefined> {
    await super.renewalInfo(); // fails where the CA is down
    const { serial, from, to } = this.leaf(leafPem);
    if (this.window) return this.window(from, to);
    const lifetime = to - from;
    if (this.revokedSerials.has(serial)) {
      return { start: from, end: from + HOUR, retryAfterMs: 6 * HOUR };
    }
    const middle = from + lifetime * (lifetime < 10 * DAY ? 1 / 2 : 2 / 3);
    return { start: middle - lifetime / 100, end: middle + lifetime / 100, retryAfterMs: 6 * HOUR };
  }

  /** It is asked thousands of times a year for the same few. */
  private leaf(pem: string) {
    const known = this.leaves.get(pem);
    if (known) return known;
    const { serialNumber, validFrom, validTo } = new X509Certificate(pem);
    const leaf = { serial: serialNumber.toLowerCase(), from: Date.parse(validFrom), to: Date.parse(validTo) };
    this.leaves.set(pem, leaf);
    return leaf;
  }
}

/** What one front serves: what the table told it last. In place of HAProxy and its agent. */
class SimulatedFront {
  stuck = false;
  /** What of its heartbeats is not as it should be. */
  says: Partial<Heartbeat> = {};
  private readonly served = new Map<string, FrontItem["certificate"]>();
  private readonly parsed = new Map<string, X509Certificate[]>();

  constructor(readonly name: string) {}

  learn(items: readonly FrontItem[]): void {
    if (this.stuck) return;
    for (const item of items) {
      const certificates = [...(item.certificate ? [item.certificate] : []), ...(item.further ?? [])];
      for (const name of [item.domain, ...item.tenant.aliases]) {
        const certificate = certificates.find(({ summary }) => summary.names.includes(name));
        if (item.removed) this.served.delete(name);
        else if (certificate) this.served.set(name, certificate);
      }
    }
  }

  chainFor(name: string): X509Certificate[] | undefined {
    const certificate = this.served.get(name);
    if (certificate === undefined) return undefined;
    const { fingerprint } = certificate.summary;
    const chain =
      this.parsed.get(fingerprint) ??
      (certificate.chain.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []).map(
        (pem) => new X509Certificate(pem),
      );
    this.parsed.set(fingerprint, chain);
    return chain;
  }
}

/**
 * The issuer's and the monitor's own code, and the program's own alarms on the metrics that both write, in simulated time. Doubles:
 * the CA (signs real certificates, but no wire), DNS, the fronts, and the metrics that AWS itself would make (always healthy here).
 */
export class SimulatedStack {
  readonly stage = new IssuerStage();
  readonly clock = this.stage.clock;
  readonly ca: SimulatedCa;
  readonly fronts = OUR_ADDRESSES.map((address) => new SimulatedFront(address));
  readonly rings: Ring[] = [];
  issuerAlive = true;
  monitorAlive = true;
  /** When what the story is about happened, ms. */
  eventAt: number | undefined;
  /** How far the monitor's clock is ahead of the others, ms. */
  monitorSkew = 0;
  private readonly metrics = new MetricStore({ retentionMs: 2 * DAY });
  private readonly evaluator: AlarmEvaluator;
  private readonly issuer: Issuer;
  private tenants: readonly Tenant[] = [];
  private ticks = 0;
  private readonly begun = this.clock.now();

  /**
   * @param lifetime of certificates, ms
   * @param tick how often the issuer has its turn, ms; the monitor and the alarms have theirs once an hour at most
   */
  constructor(
    lifetime: number,
    private readonly tickMs = TICK,
  ) {
    const { stage, clock } = this;
    this.ca = new SimulatedCa("first-ca", clock);
    this.ca.lifetime = lifetime;
    stage.cas = [this.ca];
    const journal = new IssuerJournal(
      STACK,
      new Logger({ logLevel: "SILENT" }),
      clock,
      (line) => void this.metrics.ingest(line),
    );
    this.issuer = {
      ports: stage.ports({ observer: journal, random: pseudoRandom() }),
      settings: { cas: [this.ca.settings], timeScale: 1 } as unknown as Issuer["settings"],
      journal,
      invokeSelf: async (event) => void (await this.invokeIssuer(event as IssuerRequest)),
    };
    this.evaluator = new AlarmEvaluator(alarmDefinitions(alarmContext()), this.metrics, {
      clock,
      onTransition: (name, { from, to, at }) => {
        if (to === "INSUFFICIENT_DATA" || (to === "OK" && from !== "ALARM")) return;
        this.rings.push({ alarm: name.slice(STACK.length + 1) as AlarmKey, to, at, daysLeft: this.daysLeft() });
      },
    });
  }

  async addTenants(...added: readonly (string | Tenant)[]): Promise<void> {
    const tenants = added.map((one) => (typeof one === "string" ? tenant(one) : one));
    this.stage.point(...tenants.flatMap(namesOf));
    await this.apply([...this.tenants, ...tenants]);
  }

  /** Takes this list in place of the present one. */
  async apply(tenants: readonly Tenant[]): Promise<void> {
    this.tenants = tenants;
    await this.stage.apply(...tenants);
  }

  /** A further CA, asked after the first. */
  addCa(name: string): SimulatedCa {
    const ca = new SimulatedCa(name, this.clock);
    ca.lifetime = this.ca.lifetime;
    this.stage.cas.push(ca);
    return ca;
  }

  /** On how many fronts a certificate for this name, valid now, is served. */
  servedBy(name: string): number {
    const leaves = this.fronts.flatMap((front) => front.chainFor(name)?.[0] ?? []);
    return leaves.filter((leaf) => Date.parse(leaf.validTo) > this.clock.now() && leaf.checkHost(name)).length;
  }

  /** Lets time pass. */
  async run(ms: number): Promise<void> {
    const until = this.clock.now() + ms;
    while (this.clock.now() < until) await this.tick();
  }

  /** The CA revokes what a tenant is served, and says so by ARI. */
  revoke(domain: string): void {
    const serial = this.fronts[0]?.chainFor(domain)?.[0]?.serialNumber.toLowerCase();
    if (serial !== undefined) this.ca.revokedSerials.add(serial);
  }

  /** Nothing answers at the CA until `ca.heal()`. */
  takeCaDown(): void {
    for (const call of ["accountUrl", "newOrder", "findOrder", "order", "renewalInfo"] as const) {
      this.ca.fail(call, { type: "certfront:unreachable", detail: "connect ECONNREFUSED" }, { times: 1_000 });
    }
  }

  /** Certificates that the CA has signed. */
  issued(): number {
    return this.ca.orders.filter(({ status }) => status === "valid").length;
  }

  /** Days until the first served certificate ends. */
  daysLeft(): number {
    const names = this.tenants.map(({ domain }) => domain);
    const served = this.fronts.flatMap((front) => names.map((name) => front.chainFor(name)?.[0]));
    const ends = served.flatMap((leaf) => (leaf ? Date.parse(leaf.validTo) : []));
    return (Math.min(...ends) - this.clock.now()) / DAY;
  }

  private async tick(): Promise<void> {
    const start = this.begun + this.ticks * this.tickMs;
    const isHourly = (this.ticks * this.tickMs) % HOUR < this.tickMs;
    this.ticks += 1;
    // Fronts report every ten seconds: what the issuer reads of them is fresh.
    if (this.tickMs < TICK) await this.syncFronts();
    if (this.issuerAlive) await this.invokeIssuer({ operation: "reconcile" });
    await this.syncFronts();
    if (isHourly) {
      if (this.monitorAlive) await this.sweep();
      this.moveTo(start + EVALUATED_AFTER - MINUTE);
      this.measureLoadBalancer();
      this.moveTo(start + EVALUATED_AFTER);
      this.evaluator.evaluate();
    }
    this.moveTo(start + this.tickMs);
  }

  private moveTo(time: number): void {
    this.clock.advance(Math.max(0, time - this.clock.now()));
  }

  /** One invocation: its metrics are written at its end, as the handler does. */
  private async invokeIssuer(request: IssuerRequest): Promise<void> {
    await perform(request, this.issuer, this.clock.now() + 5 * MINUTE);
    this.issuer.journal.publish();
  }

  private async syncFronts(): Promise<void> {
    const { memory } = this.stage;
    const { items } = await memory.frontItemsSince(this.clock.now() - 3 * TICK - 3 * this.tickMs);
    for (const front of this.fronts) {
      front.learn(items);
      if (front.stuck) continue;
      await memory.putHeartbeat({
        front: front.name,
        role: "AROAFRONT",
        at: this.clock.now(),
        revision: this.clock.now(),
        certificates: this.tenants.length,
        haproxyVersion: "simulated",
        agentVersion: "simulated",
        ready: true,
        thumbprint: THUMBPRINT,
        opensKeys: true,
        failed: [],
        ...front.says,
      });
    }
  }

  private async sweep(): Promise<void> {
    const clock = { now: () => this.clock.now() + this.monitorSkew };
    // CloudWatch takes a line's own time stamp; the journal stamps with the function's clock, as on AWS.
    const context = {
      clock,
      table: tableOver(this.stage.memory),
      journal: new MonitorJournal(STACK, clock, (line) => void this.metrics.ingest(line)),
      addresses: OUR_ADDRESSES,
      cnameTarget: OUR_NAME,
      cas: [this.ca.settings],
      httpsPort: 443,
      timeScale: 1,
      handshake: this.handshake,
      dns: this.dns,
      hasTime: () => true,
    };
    const batches: Remaining[] = [];
    await sweep({ ...context, startBatch: async (batch) => void batches.push(batch) });
    for (const batch of batches) await checkShards(batch, context);
  }

  private readonly handshake: Handshake = async ({ address, name }) => {
    const chain = this.fronts.find((front) => front.name === address)?.chainFor(name);
    const [leaf, ...issuers] = chain ?? [];
    if (leaf === undefined) return { status: "refused", detail: "the front has no certificate for this name" };
    return { status: "served", leaf, issuers, protocol: "TLSv1.3" };
  };

  /** The same DNS that the issuer sees, in the monitor's words. */
  private readonly dns: PublicDns = {
    a: async (name) => lookup(await this.stage.resolver.a(name)),
    aaaa: async (name) => lookup(await this.stage.resolver.aaaa(name)),
    caa: (name) => this.stage.resolver.caa(name),
  };

  private measureLoadBalancer(): void {
    const dimensions = { LoadBalancer: "net/simulated", TargetGroup: "targetgroup/https" };
    const at = this.clock.now();
    this.metrics.put({
      namespace: "AWS/NetworkELB",
      metric: "HealthyHostCount",
      dimensions,
      value: this.fronts.length,
      at,
    });
  }
}

function alarmContext() {
  return {
    stack: STACK,
    pulumiStack: "simulated",
    called: "simulated",
    frontGroup: "fronts",
    minFronts: 2,
    functions: { issuer: "issuer", monitor: "monitor" },
    deadLetterQueue: "dead-letters",
    loadBalancer: "net/simulated",
    targetGroup: "targetgroup/https",
    logGroups: { issuer: "/issuer", monitor: "/monitor", fronts: "/fronts" },
  };
}

function lookup<T>(answer: { status: string; records?: readonly T[]; detail?: string }): Lookup<T> {
  if (answer.status === "servfail") return { status: "failed", detail: answer.detail ?? "" };
  if (answer.status === "nxdomain") return { status: "none", nameExists: false };
  return answer.records && answer.records.length > 0
    ? { status: "found", records: answer.records }
    : { status: "none", nameExists: true };
}

/** The same numbers each time (a linear congruential generator), so that a history is one and the same history. */
function pseudoRandom(): () => number {
  let state = 1;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}
