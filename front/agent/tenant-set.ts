import type { Clock } from "../../core/base/clock";
import { wordsOf } from "../../core/base/errors";
import { inParallel } from "../../core/base/in-parallel";
import type { FrontItem } from "../../core/record/record";
import { isSealed } from "../../core/seal/envelope";
import type { Opener } from "../../core/seal/opener";
import { namesOf } from "../../core/tenant/tenant";
import type { FrontSettings } from "../settings";
import { writeAtomic } from "./atomic-file";
import { asksClients, isCheckedAlike, shutNames, withOpened, withShut } from "./client-trust";
import { damageOf } from "./damaged-item";
import { Departures } from "./departures";
import { dropUnheld, ownerOf } from "./drop-unheld";
import { isUnreachable } from "./faults";
import { Guests } from "./guests";
import { proveServed } from "./handshake";
import type { Haproxy } from "./haproxy";
import { type HaproxyMirror, readMirror } from "./haproxy-mirror";
import { HeldSet } from "./held-set";
import { certificatesOf, type HeldTenant, heldNext } from "./held-tenant";
import type { NextCertificate } from "./next-certificate";
import { nextCertificates } from "./next-certificates";
import { unsafePrefixes } from "./policy";
import type { TenantFiles } from "./tenant-files";
import { TenantLoader } from "./tenant-loader";
import { TenantUpstreams } from "./tenant-upstreams";
import type { UpstreamServers } from "./upstream-servers";
import { withdrawnBy } from "./withdrawn";

/** Tenants worked on at once; HAProxy takes its commands one after the other anyway. */
const WIDTH = 32;

/** All tenants of this front: in memory without keys, on disk, and in HAProxy. */
export class TenantSet {
  private readonly held = new HeldSet();
  private loader: TenantLoader | undefined;
  /** Files of changes under way: nobody holds them yet. */
  private readonly busy = new Set<string>();
  private readonly upstreams: TenantUpstreams;
  private readonly guests: Guests;
  private readonly departures: Departures;
  /** Grows with every change of a tenant's client CAs or revocation lists. */
  clientTrustChanges = 0;
  /** Something changed that the start-up files do not have yet. */
  dirty = true;

  constructor(
    private readonly settings: FrontSettings,
    private readonly files: TenantFiles,
    private readonly haproxy: Haproxy,
    servers: UpstreamServers,
    private readonly keys: Pick<Opener, "privateKey">,
    private readonly clock: Clock,
  ) {
    this.upstreams = new TenantUpstreams(settings, servers);
    this.guests = new Guests(haproxy);
    this.departures = new Departures((domain) => this.held.get(domain), files);
  }

  get(domain: string): HeldTenant | undefined {
    return this.held.get(domain);
  }

  all(): IterableIterator<HeldTenant> {
    return this.held.all();
  }

  /** What is served on until others have its names. */
  departed(): HeldTenant[] {
    return this.departures.all();
  }

  get certificates(): number {
    return this.held.certificates;
  }

  /** Whether any tenant here asks for client certificates. */
  get asksForClientCertificates(): boolean {
    return this.held.asksForClientCertificates;
  }

  async readDisk(): Promise<void> {
    for (const one of await this.files.all()) this.held.set(one);
    await this.departures.readDisk(this.clock.now());
  }

  /**
   * Brings an HAProxy process that is not known yet to what is held: what it lacks is pushed, what differs is replaced.
   * Problems of single tenants are returned, so that they stop nobody else.
   */
  async adopt(): Promise<Map<string, { readonly problem: string; readonly unserved: boolean }>> {
    await this.haproxy.abortLeftOpen();
    const mirror = await readMirror(this.haproxy, this.settings);
    const loader = new TenantLoader(this.settings, this.haproxy, mirror);
    this.loader = loader;
    this.dirty = true;
    const problems = new Map<string, { problem: string; unserved: boolean }>();
    await this.adoptDeparted(loader);
    await inParallel(this.held.all(), WIDTH, async (held) => {
      // An upstream whose name cannot be looked up is no reason not to serve the certificate.
      const steps = [
        { unserved: false, run: () => this.upstreams.ensure(held, mirror) },
        { unserved: true, run: () => loader.load(held) },
      ];
      for (const { unserved, run } of steps) {
        try {
          await run();
        } catch (error) {
          if (isUnreachable(error)) throw error;
          problems.set(held.domain, { problem: wordsOf(error), unserved });
        }
      }
    });
    return problems;
  }

  /** First, so that what is held goes before it. What cannot be loaded of it is not missed more than what the process never had. */
  private async adoptDeparted(loader: TenantLoader): Promise<void> {
    const taken = new Set([...this.held.all()].flatMap(({ tenant }) => namesOf(tenant)));
    for (const one of this.departures.all()) {
      const load = async (): Promise<void> => {
        await loader.loadDeparted(one, (host) => taken.has(host));
        await this.upstreams.ensure(one, loader.mirror);
      };
      await load().catch((error: unknown) => {
        if (isUnreachable(error)) throw error;
      });
    }
  }

  /** Brings HAProxy to what is held of one tenant; throws what stood in the way. */
  async reload(domain: string): Promise<void> {
    const held = this.held.get(domain);
    if (!held) return;
    const loader = this.requireLoader();
    await this.upstreams.ensure(held, loader.mirror);
    await loader.load(held);
  }

  /**
   * Brings disk and HAProxy to the stored item, and proves it. The certificate served before stays served until then.
   * @returns what the item itself stands in the way of, after all that can be done was done. Throws what this front could not do.
   * @param prove false: leave the handshake out (in the middle of a full load)
   */
  async apply(item: FrontItem, prove: boolean): Promise<string | undefined> {
    const previous = this.held.get(item.domain);
    if (item.removed) {
      await this.remove(item);
      return undefined;
    }
    const damage = damageOf(item);
    if (damage !== undefined) return damage;

    const problems: unknown[] = [];
    const next = await nextCertificates(item, previous, this.files.paths, this.keys, this.clock.now(), problems);
    const files = next.flatMap((one) => one.files);
    for (const { file } of files) this.busy.add(file);
    try {
      for (const { file, contents } of files) await writeAtomic(file, contents);
      await this.take(item, next, previous, prove, problems);
    } finally {
      for (const { file } of files) this.busy.delete(file);
    }
    return problems.length > 0 ? wordsOf(problems[0]) : undefined;
  }

  private async take(
    item: FrontItem,
    next: readonly NextCertificate[],
    previous: HeldTenant | undefined,
    prove: boolean,
    problems: unknown[],
  ): Promise<void> {
    const loader = this.requireLoader();
    const gained = this.gainedBy(item, loader.mirror);
    const cameSealed = problems.length === 0 && item.certificate !== undefined && isSealed(item.certificate.key);
    const certificates = next.map((one) => one.certificate);
    const held = withShut(heldNext(item, certificates, previous, cameSealed), gained);
    await this.upstreams.ensure(held, loader.mirror).catch((error: unknown) => {
      if (isUnreachable(error)) throw error;
      problems.push(error);
    });
    problems.push(...unsafePrefixes(item.tenant).map((prefix) => new RangeError(`not a path prefix: ${prefix}`)));
    await loader.load(held);
    if (previous) await this.unload(previous, held);
    if (prove && !this.departures.includes(item.domain)) await this.prove(held, gained);
    await this.keep(await this.distrusted(held, previous));
  }

  /** Names that were another tenant's on this front. */
  private gainedBy({ domain, tenant }: FrontItem, { policies }: HaproxyMirror): ReadonlySet<string> {
    return new Set(
      namesOf(tenant).filter((name) => {
        const fields = policies.get(name);
        return fields !== undefined && ownerOf(fields) !== domain;
      }),
    );
  }

  /** Takes out what is held no more. What heirs are to serve stays until this front has it of them. */
  private async unload(previous: HeldTenant, next?: HeldTenant, heirs = next?.heirs): Promise<void> {
    if (await this.departures.postpone(previous, next, heirs, this.clock.now())) return;
    await this.requireLoader().unload(previous, next, this.departedOf(previous.domain));
  }

  private departedOf(domain: string, except?: HeldTenant): HeldTenant[] {
    return this.departures.all().filter((one) => one.domain === domain && one !== except);
  }

  /** Call after each look at the table: takes out what waited for heirs that have come by now. */
  async unloadDeparted(): Promise<void> {
    const loader = this.requireLoader();
    for (const departure of this.departures.due(this.clock.now())) {
      const { previous } = departure;
      const { domain } = previous;
      await loader.unload(previous, this.held.get(domain), this.departedOf(domain, previous));
      await this.departures.over(departure);
      this.dirty = true;
    }
    const asking = this.held.askingClients();
    const others = [...asking, ...this.departures.all()];
    for (const held of asking.filter((one) => shutNames(one).length > 0)) {
      const opened = withOpened(held, others, this.clock.now());
      if (opened !== held) await this.keep(await this.trusted(opened));
    }
  }

  /** After the tenant's client CAs or revocation lists changed: nothing counts that was checked against the former ones. */
  private async distrusted(held: HeldTenant, previous: HeldTenant | undefined): Promise<HeldTenant> {
    if (isCheckedAlike(held, previous) || !asksClients(held)) return held;
    const since = this.clock.now();
    const trusted = await this.trusted({ ...held, trustedSince: since });
    // From here on no request of theirs passes: what is under way is all there is.
    const isWithdrawn = previous && withdrawnBy(previous.tenant.clientCertificates, held.tenant.clientCertificates);
    if (isWithdrawn) {
      await this.guests.end((guest) => guest.tenant === held.domain && guest.since < since && isWithdrawn(guest));
    }
    return trusted;
  }

  private async trusted(held: HeldTenant): Promise<HeldTenant> {
    await this.requireLoader().load(held);
    this.clientTrustChanges++;
    return held;
  }

  private async keep(held: HeldTenant): Promise<void> {
    this.held.set(held);
    this.dirty = true;
    await this.files.save(held);
  }

  /** Deletes files that nobody needs any more. Call when HAProxy's start-up files name none of them. */
  async sweepFiles(): Promise<void> {
    await this.files.sweep(this.served(), this.busy);
  }

  /** Compares what is served for this tenant with what is held; throws when it is another certificate or none. */
  async prove(held: HeldTenant, except: ReadonlySet<string> = new Set()): Promise<void> {
    for (const { names, summary } of certificatesOf(held)) {
      for (const name of names.filter((one) => !except.has(one)))
        await proveServed(this.settings, name, summary.fingerprint);
    }
  }

  async followUpstreams(): Promise<void> {
    if (await this.upstreams.follow(this.held.all(), this.requireLoader().mirror)) this.dirty = true;
  }

  async dropUpstreams(): Promise<void> {
    if (await this.upstreams.dropUnused(this.served(), this.requireLoader().mirror)) this.dirty = true;
  }

  private async remove(item: FrontItem): Promise<void> {
    const previous = this.held.get(item.domain);
    this.departures.removed(item);
    if (!previous) return;
    await this.unload(previous, undefined, item.heirs);
    await this.files.remove(item.domain);
    this.held.delete(item.domain);
    this.dirty = true;
  }

  /** Everything that is to be served: what is held, and what is served on until others have its names. */
  private served(): HeldTenant[] {
    return [...this.held.all(), ...this.departures.all()];
  }

  /** See drop-unheld.ts. @param failing domains that this front could not bring to what the table says */
  dropUnheld(failing: ReadonlySet<string>): Promise<void> {
    return dropUnheld(this.requireLoader(), this.served(), failing, this.settings);
  }

  private requireLoader(): TenantLoader {
    if (!this.loader) throw new Error("adopt() comes first");
    return this.loader;
  }
}
