import * as fs from "node:fs/promises";
import { type FrontSettings, frontPaths } from "../settings";
import type { Haproxy } from "./haproxy";
import type { HaproxyMirror } from "./haproxy-mirror";
import { type ClientFile, certificatesOf, type HeldCertificate, type HeldTenant } from "./held-tenant";
import { crtListLine, hostOf, policyOfHeld } from "./startup-files";

/** Brings HAProxy to what is held of a tenant: only what differs from the mirror is sent. Order: nothing is served that the policy does not yet cover. */
export class TenantLoader {
  private readonly paths;

  constructor(
    private readonly settings: FrontSettings,
    private readonly haproxy: Haproxy,
    readonly mirror: HaproxyMirror,
  ) {
    this.paths = frontPaths(settings);
  }

  /**
   * @param previous what was held before: what of it is no more wanted goes last
   * @throws HaproxyUnreachableError, HaproxyRefusedError
   */
  async load(held: HeldTenant, previous?: HeldTenant): Promise<void> {
    const policy = policyOfHeld(held, this.settings);
    for (const prefix of policy.exceptions) await this.addException(prefix);
    for (const [host, fields] of policy.hosts) await this.setPolicy(host, fields);
    for (const certificate of certificatesOf(held)) await this.loadCertificate(certificate);
    if (previous) await this.unload(previous, held);
  }

  /**
   * Loads what is served on until others have its names, into a process that may know nothing of it.
   * @param isTaken whether somebody has this host by now: its policy is that one's
   */
  async loadDeparted(departed: HeldTenant, isTaken: (host: string) => boolean): Promise<void> {
    const policy = policyOfHeld(departed, this.settings);
    for (const prefix of policy.exceptions) if (!isTaken(hostOf(prefix))) await this.addException(prefix);
    for (const [host, fields] of policy.hosts) if (!isTaken(host)) await this.setPolicy(host, fields);
    for (const certificate of certificatesOf(departed)) await this.loadCertificate(certificate);
  }

  /**
   * Takes out of HAProxy what `previous` has and `next` has not.
   * @param others what else of the same tenant is served
   */
  async unload(previous: HeldTenant, next?: HeldTenant, others: readonly HeldTenant[] = []): Promise<void> {
    const remaining = [...(next ? [next] : []), ...others];
    const kept = new Set(remaining.flatMap(certificatesOf).map(({ file }) => file));
    for (const { file } of certificatesOf(previous)) if (!kept.has(file)) await this.dropCertificate(file);
    const before = policyOfHeld(previous, this.settings);
    const after = remaining.map((one) => policyOfHeld(one, this.settings));
    // A name that meanwhile moved to another tenant is that tenant's now.
    const owned = (host: string): boolean => this.mirror.policies.get(host)?.startsWith(`${previous.domain}|`) ?? true;
    for (const prefix of before.exceptions) {
      if (!after.some(({ exceptions }) => exceptions.has(prefix)) && owned(hostOf(prefix)))
        await this.dropException(prefix);
    }
    for (const host of before.hosts.keys())
      if (!after.some(({ hosts }) => hosts.has(host)) && owned(host)) await this.dropPolicy(host);
  }

  async dropCertificate(file: string): Promise<void> {
    if (this.mirror.crtList.has(file)) await this.haproxy.removeCrtListFile(this.paths.crtList, file);
    this.mirror.crtList.delete(file);
    if (this.mirror.certificates.has(file)) await this.haproxy.removeCertificate(file);
    this.mirror.certificates.delete(file);
  }

  async dropPolicy(host: string): Promise<void> {
    if (this.mirror.policies.has(host)) await this.haproxy.deleteMap(this.paths.policyMap, host);
    this.mirror.policies.delete(host);
  }

  async dropException(prefix: string): Promise<void> {
    if (this.mirror.exceptions.has(prefix)) await this.haproxy.deleteMap(this.paths.exceptionMap, prefix);
    this.mirror.exceptions.delete(prefix);
  }

  private async setPolicy(host: string, fields: string): Promise<void> {
    if (this.mirror.policies.get(host) === fields) return;
    await this.haproxy.setMap(this.paths.policyMap, host, fields, this.mirror.policies.has(host));
    this.mirror.policies.set(host, fields);
  }

  private async addException(prefix: string): Promise<void> {
    if (this.mirror.exceptions.has(prefix)) return;
    await this.haproxy.setMap(this.paths.exceptionMap, prefix, "1", false);
    this.mirror.exceptions.add(prefix);
  }

  private async loadCertificate(certificate: HeldCertificate): Promise<void> {
    const { file, sha1, clientCa, clientCrl } = certificate;
    await this.loadClientFile("ca-file", clientCa);
    await this.loadClientFile("crl-file", clientCrl);
    if (this.mirror.certificates.get(file) !== sha1) {
      await this.haproxy.putCertificate(file, await fs.readFile(file, "utf8"), this.mirror.certificates.has(file));
      this.mirror.certificates.set(file, sha1);
    }
    if (!this.mirror.crtList.has(file)) {
      await this.haproxy.addCrtListLine(this.paths.crtList, crtListLine(certificate));
      this.mirror.crtList.add(file);
    }
  }

  private async loadClientFile(kind: "ca-file" | "crl-file", wanted: ClientFile | undefined): Promise<void> {
    if (!wanted || this.mirror.clientFiles.has(wanted.file)) return;
    await this.haproxy.putClientFile(kind, wanted.file, await fs.readFile(wanted.file, "utf8"));
    this.mirror.clientFiles.add(wanted.file);
  }
}
