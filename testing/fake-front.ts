import { X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import type { FrontItem } from "../core/record/record";
import type { Opener } from "../core/seal/opener";
import { namesOf, type Tenant } from "../core/tenant/tenant";
import { prepare } from "../front/agent/configure";
import { Haproxy } from "../front/agent/haproxy";
import { reachOf } from "../front/agent/reach";
import { writeStartupFiles } from "../front/agent/startup-files";
import { TenantFiles } from "../front/agent/tenant-files";
import { TenantSet } from "../front/agent/tenant-set";
import { UpstreamServers } from "../front/agent/upstream-servers";
import { type FrontPaths, type FrontSettings, frontPaths } from "../front/settings";
import { type IssueOptions, TestCa, type TestCertificate } from "./certificates";
import { TestDataKeys } from "./data-keys";
import { FakeHaproxyProcess } from "./fake-haproxy-process";
import { frontSettings } from "./front-settings";
import { ManualClock } from "./manual-clock";
import { frontItem, tenant } from "./records";

/** The agent's own parts on a temporary folder, with the fake HAProxy beside them, keys that open at once, and a clock that is told. */
export class FakeFront {
  readonly clock = new ManualClock(Date.now());
  readonly ca = new TestCa("test-ca", () => this.clock.now());
  readonly kms = new TestDataKeys();
  /** Of host names; one that is not in here is not found. */
  readonly addresses = new Map<string, readonly string[]>();
  readonly settings: FrontSettings;
  readonly paths: FrontPaths;
  readonly files: TenantFiles;
  client: Haproxy;
  servers: UpstreamServers;
  tenants: TenantSet;
  /** How sealed keys are opened; undefined: as KMS does. */
  opening: Opener["privateKey"] | undefined;
  private revision = 1_000;

  private constructor(
    private readonly home: string,
    readonly process: FakeHaproxyProcess,
    settings: FrontSettings,
  ) {
    this.settings = { ...settings, httpsPort: process.httpsPort };
    this.paths = frontPaths(settings);
    this.files = new TenantFiles(settings);
    [this.client, this.servers, this.tenants] = this.parts();
  }

  /** A new machine whose HAProxy runs, and is known to the agent. */
  static async start(changes: Partial<FrontSettings> = {}): Promise<FakeFront> {
    const home = mkdtempSync(path.join(tmpdir(), "certfront-fake-front-"));
    const settings = frontSettings(home, changes);
    mkdirSync(settings.directory);
    await prepare(settings);
    const front = new FakeFront(home, await FakeHaproxyProcess.start(settings), settings);
    await front.tenants.adopt();
    front.haproxy.commands.splice(0);
    return front;
  }

  get haproxy() {
    return this.process.haproxy;
  }

  /** An item as the issuer writes it, newer than all before. */
  item(domain: string, changes: Partial<Tenant> = {}, more: Partial<FrontItem> = {}): FrontItem {
    return frontItem(domain, ++this.revision, { tenant: tenant(domain, changes), ...more });
  }

  /** The same with a certificate for all of the tenant's names. */
  issued(domain: string, changes: Partial<Tenant> = {}, more: Partial<FrontItem> = {}): FrontItem & Issued {
    const certificate = this.issue(namesOf(tenant(domain, changes)));
    return { ...this.item(domain, changes, more), certificate };
  }

  issue(names: readonly string[], options: IssueOptions = {}): TestCertificate {
    return this.ca.issue(names, options);
  }

  /** @returns what stands in the item's way */
  apply(item: FrontItem, prove = true): Promise<string | undefined> {
    return this.tenants.apply(item, prove);
  }

  /** Serial number of what HAProxy serves for a name. */
  served(name: string): string | undefined {
    const pem = this.haproxy.files.cert.get(this.haproxy.lineOf(name)?.file ?? "");
    return pem === undefined ? undefined : new X509Certificate(pem).serialNumber.toLowerCase();
  }

  policy(host: string): string | undefined {
    return this.haproxy.maps.get(this.paths.policyMap)?.get(host);
  }

  exceptions(): string[] {
    return [...(this.haproxy.maps.get(this.paths.exceptionMap) ?? new Map()).keys()];
  }

  /** What was asked of HAProxy since the last time, without the folder. */
  commands(): string[] {
    return this.haproxy.commands.splice(0).map((command) => command.replaceAll(`${this.settings.directory}/`, ""));
  }

  writeStartupFiles(): Promise<void> {
    return writeStartupFiles(this.settings, this.tenants.all(), this.tenants.departed());
  }

  /** The agent was killed and started again: it knows what is on disk, and nothing of HAProxy yet. */
  async restartAgent(): Promise<void> {
    this.client.close();
    [this.client, this.servers, this.tenants] = this.parts();
    await this.tenants.readDisk();
  }

  /** HAProxy alone was killed and started again, and the agent's connection is known to be lost. */
  async restartHaproxy(): Promise<void> {
    this.process.restart();
    await this.client.info().catch(() => undefined);
    this.commands();
  }

  async stop(): Promise<void> {
    this.client.close();
    await this.process.stop();
    rmSync(this.home, { recursive: true, force: true });
  }

  private parts(): [Haproxy, UpstreamServers, TenantSet] {
    const { settings, files, kms, clock } = this;
    const haproxy = new Haproxy(settings.socket);
    const lookup = async (host: string) => {
      const found = this.addresses.get(host);
      if (found === undefined) throw new Error(`getaddrinfo ENOTFOUND ${host}`);
      return found;
    };
    const servers = new UpstreamServers(haproxy, reachOf(settings), lookup);
    const opener = kms.opener();
    const keys = { privateKey: (key: string, of: string) => (this.opening ?? opener.privateKey.bind(opener))(key, of) };
    return [haproxy, servers, new TenantSet(settings, files, haproxy, servers, keys, clock)];
  }
}

interface Issued {
  readonly certificate: TestCertificate;
}
