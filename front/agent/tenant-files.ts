import * as fs from "node:fs/promises";
import * as path from "node:path";
import { inParallel } from "../../core/base/in-parallel";
import { verifyIssued } from "../../core/certificate/facts";
import type { Tenant } from "../../core/tenant/tenant";
import { type FrontPaths, frontPaths } from "../settings";
import { readIfThere, writeAtomic } from "./atomic-file";
import { certificatesOf, type Departure, type HeldCertificate, type HeldTenant } from "./held-tenant";
import { nextCertificate } from "./next-certificate";
import { fileStem, policyOf } from "./policy";
import { sha256 } from "./sha256";

/** The last good set on disk. A tenant is there when its JSON file is; what that names is verified by hash when read. */
export class TenantFiles {
  readonly paths: FrontPaths;

  constructor(settings: { directory: string }) {
    this.paths = frontPaths(settings);
  }

  async save(held: HeldTenant): Promise<void> {
    await writeAtomic(this.tenantFile(held.domain), JSON.stringify(held));
  }

  async remove(domain: string): Promise<void> {
    await fs.rm(this.tenantFile(domain), { force: true });
  }

  /** Every tenant on disk. One whose files are damaged is left out: it will be fetched again. */
  async all(): Promise<HeldTenant[]> {
    const names = (await fs.readdir(this.paths.tenants)).filter(
      (name) => name.endsWith(".json") && !name.startsWith("."),
    );
    const found: HeldTenant[] = [];
    await inParallel(names, 32, async (name) => {
      const held = await this.intact(name);
      if (held) found.push(held);
    });
    return found.sort((a, b) => (a.domain < b.domain ? -1 : 1));
  }

  /** What is served on until others have its names; what is damaged is left out. */
  async departures(): Promise<Departure[]> {
    const names = await fs.readdir(this.paths.departed).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    const found = await inParallel(
      names.filter((name) => name.endsWith(".json") && !name.startsWith(".")),
      32,
      async (name) => this.intactDeparture(name),
    );
    return found.filter((one) => one !== undefined);
  }

  async saveDeparture(departure: Departure): Promise<void> {
    await writeAtomic(this.departureFile(departure), JSON.stringify(departure));
  }

  async removeDeparture(departure: Departure): Promise<void> {
    await fs.rm(this.departureFile(departure), { force: true });
  }

  /** Deletes certificate and CA files that no tenant in `held` names. Call when no start-up file names them any more. */
  async sweep(held: Iterable<HeldTenant>, busy: ReadonlySet<string>): Promise<void> {
    const used = new Set(busy);
    for (const { file, clientCa, clientCrl } of [...held].flatMap(certificatesOf)) {
      for (const one of [file, clientCa?.file, clientCrl?.file]) if (one !== undefined) used.add(one);
    }
    for (const directory of [this.paths.certificates, this.paths.clientCas]) {
      for (const name of await fs.readdir(directory)) {
        const file = path.join(directory, name);
        if (!used.has(file)) await fs.rm(file, { force: true });
      }
    }
  }

  private async intact(name: string): Promise<HeldTenant | undefined> {
    try {
      const held = JSON.parse((await readIfThere(path.join(this.paths.tenants, name))) ?? "") as HeldTenant;
      return path.basename(this.tenantFile(held.domain)) === name ? await this.intactTenant(held) : undefined;
    } catch {
      return undefined; // cut, or not ours: it will be fetched again
    }
  }

  private async intactDeparture(name: string): Promise<Departure | undefined> {
    try {
      const departure = JSON.parse((await readIfThere(path.join(this.paths.departed, name))) ?? "") as Departure;
      const { heirs, until } = departure;
      if (path.basename(this.departureFile(departure)) !== name || !Number.isFinite(until)) return undefined;
      const previous = await this.intactTenant(departure.previous);
      return previous && { previous, until, heirs: heirs.map(({ domain, revision }) => ({ domain, revision })) };
    } catch {
      return undefined; // cut, or not ours: its names are lost until their heirs come
    }
  }

  /**
   * Nothing in the file is believed but the tenant and what its certificate is said to be: names, options and paths are made anew
   * from these, checked on the way, and only a file that says the same is good.
   */
  private async intactTenant(held: HeldTenant): Promise<HeldTenant | undefined> {
    if (held.tenant.domain !== held.domain) return undefined;
    policyOf(held.tenant, [], undefined);
    const { certificate, further, ...rest } = held;
    const own = certificate && (await this.intactCertificate(held.tenant, certificate));
    const others = await Promise.all((further ?? []).map((said) => this.intactCertificate(held.tenant, said)));
    if ((certificate && !own) || others.includes(undefined)) return undefined;
    const intact = others.filter((one) => one !== undefined);
    return { ...rest, ...(own && { certificate: own }), ...(intact.length > 0 && { further: intact }) };
  }

  private async intactCertificate(tenant: Tenant, said: HeldCertificate): Promise<HeldCertificate | undefined> {
    const pem = (await readIfThere(said.file)) ?? "";
    // The agent was killed after it wrote the next certificate and before it wrote that down: good, unless half-written.
    const { names, ca } = said.summary;
    const summary =
      sha256(pem) === said.hash ? said.summary : verifyIssued({ chain: pem, key: pem, names, ca }, Date.now());
    const certificate = nextCertificate(tenant, { summary, pem }, this.paths, new Set(said.names))?.certificate;
    if (certificate?.file !== said.file || certificate.options !== said.options) return undefined;
    for (const one of [certificate.clientCa, certificate.clientCrl]) {
      if (one && sha256((await readIfThere(one.file)) ?? "") !== one.hash) return undefined;
    }
    return certificate;
  }

  private departureFile({ previous: { domain, revision } }: Departure): string {
    return path.join(this.paths.departed, `${fileStem(domain)}~${Number(revision)}.json`);
  }

  private tenantFile(domain: string): string {
    return path.join(this.paths.tenants, `${fileStem(domain)}.json`);
  }
}
