import * as path from "node:path";
import type { Clock } from "../../core/base/clock";
import { inParallel } from "../../core/base/in-parallel";
import type { FrontItem } from "../../core/record/record";
import { isSealed } from "../../core/seal/envelope";
import type { Opener } from "../../core/seal/opener";
import { namesOf } from "../../core/tenant/tenant";
import type { FrontSettings } from "../settings";
import { writeAtomic } from "./atomic-file";
import { asksClients, shutNames, withOpened, withShut } from "./client-trust";
import { Departures } from "./departures";
import { Guests } from "./guests";
import { servedFingerprint } from "./handshake";
import type { Haproxy } from "./haproxy";
import { type HaproxyMirror, readMirror } from "./haproxy-mirror";
import { certificatesOf, type HeldTenant } from "./held-tenant";
import type { NextCertificate } from "./next-certificate";
import { nextCertificates } from "./next-certificates";
import { fileStem, unsafePrefixes } from "./policy";
import { policyOfHeld } from "./startup-files";
import type { TenantFiles } from "./tenant-files";
import { TenantLoader } from "./tenant-loader";
import type { UpstreamServers } from "./upstream-servers";
import { serverNameOf } from "./upstreams";
import { withdrawnBy } from "./withdrawn";

/** Tenants worked on at once; HAProxy takes its commands one after the other anyway. */
const WIDTH = 32;

/** All tenants of this front: in memory without keys, on disk, and in HAProxy. */
export class TenantSet {
  private readonly held = new Map<string, HeldTenant>();
  /** Of these, the domains that ask for client certificates: it is asked every few seconds, however many tenants there are. */
  private readonly asking = new Set<string>();
  private loader: TenantLoader | undefined;
  /** Files of changes under way: nobody holds them yet. */
  private readonly busy = new Set<string>();
  private unusedUpstreams = new Set<string>();
  private readonly guests: Guests;
  private readonly departures = new Departures((domain) => this.held.get(domain));
  /** Grows with every change of a tenant's client CAs or revocation lists. */
  clientTrustChanges = 0;
  /** Something changed that the start-up files do not have yet. */
  dirty = true;

  constructor(
    private readonly settings: FrontSettings,
    private readonly files: TenantFiles,
    private readonly haproxy: Haproxy,
    private readonly upstreams: UpstreamServers,
    private readonly keys: Pick<Opener, "privateKey">,
    private readonly clock: Clock,
  ) {
    this.guests = new Guests(haproxy);
  }

  get(domain: string): HeldTenant | undefined {
    return this.held.get(domain);
  }

  all(): IterableIterator<HeldTenant> {
    return this.held.values();
  }

  get certificates(): number {
    let count = 0;
    for (const one of this.held.values()) if (one.certificate) count++;
    return count;
  }

  /** Whether any tenant here asks for client certificates. */
  get asksForClientCertificates(): boolean {
    return this.asking.size > 0;
  }

  async readDisk(): Promise<void> {
    for (const one of await this.files.all()) this.hold(one);
  }

  private hold(one: HeldTenant): void {
    this.held.set(one.domain, one);
    if (asksClients(one)) this.asking.add(one.domain);
    else this.asking.delete(one.domain);
  }

  /**
   * Brings an HAProxy process that is not known yet to what is held: what it lacks is pushed, what differs is replaced.
   * Problems of single tenants are returned, so that they stop nobody else.
   */
  async adopt(): Promise<Map<string, { readonly problem: string; readonly unserved: boolean }>> {
    await this.haproxy.abortLeftOpen();
    this.departures.clear();
    const mirror = await readMirror(this.haproxy, this.settings);
    const loader = new TenantLoader(this.settings, this.haproxy, mirror);
    this.loader = loader;
    this.dirty = true;
    const problems = new Map<string, { problem: string; unserved: boolean }>();
    await inParallel(this.held.values(), WIDTH, async (held) => {
      // An upstream whose name cannot be looked up is no reason not to serve the certificate.
      const steps = [
        { unserved: false, run: () => this.ensureUpstream(held, mirror) },
        { unserved: true, run: () => loader.load(held) },
      ];
      for (const { unserved, run } of steps) {
        try {
          await run();
        } catch (error) {
          if (isUnreachable(error)) throw error;
          problems.set(held.domain, { problem: messageOf(error), unserved });
        }
      }
    });
    return problems;
  }

  /** Brings HAProxy to what is held of one tenant; throws what stood in the way. */
  async reload(domain: string): Promise<void> {
    const held = this.held.get(domain);
    if (!held) return;
    const loader = this.requireLoader();
    await this.ensureUpstream(held, loader.mirror);
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
    return problems.length > 0 ? messageOf(problems[0]) : undefined;
  }

  private async take(
    item: FrontItem,
    next: readonly NextCertificate[],
    previous: HeldTenant | undefined,
    prove: boolean,
    problems: unknown[],
  ): Promise<void> {
    const loader = this.requireLoader();
    const [certificate, ...further] = next.map((one) => one.certificate);
    const gained = this.gainedBy(item, loader.mirror);
    const cameSealed = problems.length === 0 && item.certificate !== undefined && isSealed(item.certificate.key);
    const wanted: HeldTenant = {
      domain: item.domain,
      revision: item.revision,
      tenant: item.tenant,
      ...(certificate && { certificate }),
      ...(further.length > 0 && { further }),
      ...(previous?.trustedSince !== undefined && { trustedSince: previous.trustedSince }),
      ...(previous?.namesSince && { namesSince: previous.namesSince }),
      ...((previous?.sealed || cameSealed) && { sealed: true }),
      ...(item.heirs && { heirs: item.heirs }),
      ...(item.waitsFor && { waitsFor: item.waitsFor }),
    };
    const held = withShut(wanted, gained);
    await this.ensureUpstream(held, loader.mirror).catch((error: unknown) => {
      if (isUnreachable(error)) throw error;
      problems.push(error);
    });
    problems.push(...unsafePrefixes(item.tenant).map((prefix) => new RangeError(`not a path prefix: ${prefix}`)));
    await loader.load(held);
    if (previous) await this.unload(previous, held);
    if (prove && next.length > 0 && !this.departures.includes(item.domain)) await this.prove(held, gained);
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
    if (!this.departures.postpone(previous, next, heirs, this.clock.now()))
      await this.requireLoader().unload(previous, next);
  }

  /** Call after each look at the table: takes out what waited for heirs that have come by now. */
  async unloadDeparted(): Promise<void> {
    const loader = this.requireLoader();
    for (const previous of this.departures.ended(this.clock.now())) {
      await loader.unload(previous, this.held.get(previous.domain));
      this.dirty = true;
    }
    const asking = [...this.asking].flatMap((domain) => this.held.get(domain) ?? []);
    const others = [...asking, ...this.departures.all()];
    for (const held of asking.filter((one) => shutNames(one).length > 0)) {
      const opened = withOpened(held, others, this.clock.now());
      if (opened !== held) await this.keep(await this.trusted(opened));
    }
  }

  /** After the tenant's client CAs or revocation lists changed: nothing counts that was checked against the former ones. */
  private async distrusted(held: HeldTenant, previous: HeldTenant | undefined): Promise<HeldTenant> {
    const checked = (one: HeldTenant | undefined) =>
      certificatesOf(one)
        .slice(0, 1)
        .flatMap(({ clientCa, clientCrl }) => [clientCa?.hash, clientCrl?.hash])
        .join();
    if (checked(held) === checked(previous) || !asksClients(held)) return held;
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
    this.hold(held);
    this.dirty = true;
    await this.files.save(held);
  }

  /** Deletes files that nobody needs any more. Call when HAProxy's start-up files name none of them. */
  async sweepFiles(): Promise<void> {
    await this.files.sweep([...this.held.values(), ...this.departures.all()], this.busy);
  }

  /** Compares what is served for this tenant with what is held; throws when it is another certificate or none. */
  async prove(held: HeldTenant, except: ReadonlySet<string> = new Set()): Promise<void> {
    for (const { names, summary } of certificatesOf(held)) {
      for (const name of names.filter((one) => !except.has(one))) {
        const served = await servedFingerprint(this.settings, name);
        if (served !== summary.fingerprint) {
          throw new Error(`${name} is served with certificate ${served.slice(0, 16)}… instead of the stored one`);
        }
      }
    }
  }

  /** Follows upstreams' names to their present addresses, and makes servers that are missing. */
  async followUpstreams(): Promise<void> {
    const { mirror } = this.requireLoader();
    for (const held of this.held.values()) {
      await this.ensureUpstream(held, mirror).catch((error: unknown) => {
        // That tenant's own trouble, reported where its change was applied: the others' names are followed all the same.
        if (isUnreachable(error)) throw error;
      });
    }
    if (await this.upstreams.followNames(mirror)) this.dirty = true;
  }

  /** Forgets upstreams that no tenant names any more. */
  async dropUpstreams(): Promise<void> {
    const { mirror } = this.requireLoader();
    const wanted = new Set<string>();
    for (const { tenant } of this.held.values()) {
      const upstream = tenant.upstream ?? this.settings.defaultUpstream;
      if (upstream !== undefined) wanted.add(serverNameOf(upstream));
    }
    if (this.settings.defaultUpstream) wanted.add(serverNameOf(this.settings.defaultUpstream));
    // Unused twice in a row: a tenant on its way in may have asked for one and not be held yet.
    const unused = [...mirror.servers.keys()].filter((name) => !wanted.has(name));
    for (const name of unused) if (!this.unusedUpstreams.has(name)) wanted.add(name);
    this.unusedUpstreams = new Set(unused);
    if (await this.upstreams.removeUnused(wanted, mirror)) this.dirty = true;
  }

  private async remove(item: FrontItem): Promise<void> {
    const previous = this.held.get(item.domain);
    this.departures.removed(item);
    if (!previous) return;
    await this.unload(previous, undefined, item.heirs);
    await this.files.remove(item.domain);
    this.held.delete(item.domain);
    this.asking.delete(item.domain);
    this.dirty = true;
  }

  private async ensureUpstream(held: HeldTenant, mirror: HaproxyMirror): Promise<void> {
    const upstream = held.tenant.upstream ?? this.settings.defaultUpstream;
    if (upstream !== undefined) await this.upstreams.ensure(upstream, mirror);
  }

  /**
   * Takes out of HAProxy what no tenant holds, such as one removed while HAProxy was down. Only after a complete load: never on a guess.
   * @param failing domains that the table has and this front could not bring to what it says: what HAProxy serves of them stays
   */
  async dropUnheld(failing: ReadonlySet<string>): Promise<void> {
    const loader = this.requireLoader();
    const files = new Set<string>();
    const hosts = new Set<string>();
    const exceptions = new Set<string>();
    for (const held of [...this.held.values(), ...this.departures.all()]) {
      for (const { file } of certificatesOf(held)) files.add(file);
      const policy = policyOfHeld(held, this.settings);
      for (const host of policy.hosts.keys()) hosts.add(host);
      for (const prefix of policy.exceptions) exceptions.add(prefix);
    }
    const missingIn = (of: Iterable<string>, known: Set<string>): string[] => [...of].filter((one) => !known.has(one));
    const { mirror } = loader;
    const stems = new Set([...failing].map((domain) => fileStem(domain)));
    for (const file of mirror.certificates.keys()) if (stems.has(stemOf(file))) files.add(file);
    for (const [host, fields] of mirror.policies) if (failing.has(ownerOf(fields))) hosts.add(host);
    for (const prefix of mirror.exceptions) {
      if (failing.has(ownerOf(mirror.policies.get(hostOf(prefix)) ?? ""))) exceptions.add(prefix);
    }
    for (const file of missingIn(mirror.certificates.keys(), files)) await loader.dropCertificate(file);
    for (const host of missingIn(mirror.policies.keys(), hosts)) await loader.dropPolicy(host);
    for (const prefix of missingIn(mirror.exceptions, exceptions)) await loader.dropException(prefix);
  }

  private requireLoader(): TenantLoader {
    if (!this.loader) throw new Error("adopt() comes first");
    return this.loader;
  }
}

/** The domain that a line of the policy map belongs to. */
const ownerOf = (fields: string): string => fields.slice(0, fields.indexOf("|"));

const hostOf = (prefix: string): string => prefix.slice(0, prefix.indexOf("/"));

/** Certificates are called `<stem>~<hash>.pem` (next-certificate.ts). */
const stemOf = (file: string): string => path.basename(file).replace(/~[0-9a-f]+\.pem$/, "");

/** Whether it is the machine that fails: its disk is full, broken or read-only, or it has no more files to give. */
export const isMachines = (error: unknown): boolean =>
  ["ENOSPC", "EDQUOT", "EIO", "EROFS", "EMFILE", "ENFILE"].includes(String((error as { code?: unknown }).code));

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const isUnreachable = (error: unknown): boolean =>
  (error as { code?: unknown } | undefined)?.code === "HAPROXY_UNREACHABLE";
