import * as fs from "node:fs/promises";
import * as path from "node:path";
import { verifyIssued } from "../../core/certificate/facts";
import { type FrontPaths, frontPaths } from "../settings";
import { readIfThere, writeAtomic } from "./atomic-file";
import type { HeldTenant } from "./held-tenant";
import { inParallel } from "./in-parallel";
import { nextCertificate } from "./next-certificate";
import { fileStem } from "./policy";
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
      const held = await this.intact(path.join(this.paths.tenants, name));
      if (held) found.push(held);
    });
    return found.sort((a, b) => (a.domain < b.domain ? -1 : 1));
  }

  /** Deletes certificate and CA files that no tenant in `held` names. Call when no start-up file names them any more. */
  async sweep(held: Iterable<HeldTenant>, busy: ReadonlySet<string>): Promise<void> {
    const used = new Set(busy);
    for (const { certificate } of held) {
      if (certificate) used.add(certificate.file);
      if (certificate?.clientCa) used.add(certificate.clientCa.file);
    }
    for (const directory of [this.paths.certificates, this.paths.clientCas]) {
      for (const name of await fs.readdir(directory)) {
        const file = path.join(directory, name);
        if (!used.has(file)) await fs.rm(file, { force: true });
      }
    }
  }

  private async intact(file: string): Promise<HeldTenant | undefined> {
    const held = parse(await readIfThere(file));
    if (!held) return undefined;
    if (!held.certificate) return held;
    const { file: pemFile, clientCa, hash } = held.certificate;
    if (clientCa && sha256((await readIfThere(clientCa.file)) ?? "") !== clientCa.hash) return undefined;
    const pem = (await readIfThere(pemFile)) ?? "";
    return sha256(pem) === hash ? held : this.rotatedMeanwhile(held, pem);
  }

  /** The agent was killed after it wrote the next certificate and before it wrote that down: good, unless half-written. */
  private rotatedMeanwhile(held: HeldTenant, pem: string): HeldTenant | undefined {
    try {
      const names = held.certificate?.summary.names ?? [];
      const summary = verifyIssued({ chain: pem, key: pem, names, ca: held.certificate?.summary.ca ?? "" }, Date.now());
      const certificate = nextCertificate(held.tenant, { summary, pem }, this.paths)?.certificate;
      return certificate && { ...held, certificate };
    } catch {
      return undefined;
    }
  }

  private tenantFile(domain: string): string {
    return path.join(this.paths.tenants, `${fileStem(domain)}.json`);
  }
}

/** Written by this program, so only a cut file is looked for. */
function parse(text: string | undefined): HeldTenant | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as HeldTenant);
  } catch {
    return undefined;
  }
}
