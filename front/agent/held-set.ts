import { asksClients } from "./client-trust";
import type { HeldTenant } from "./held-tenant";

/** What this front holds, in memory and without keys, by domain. */
export class HeldSet {
  private readonly tenants = new Map<string, HeldTenant>();
  /** Of these, the domains that ask for client certificates: it is asked every few seconds, however many tenants there are. */
  private readonly asking = new Set<string>();

  get(domain: string): HeldTenant | undefined {
    return this.tenants.get(domain);
  }

  all(): IterableIterator<HeldTenant> {
    return this.tenants.values();
  }

  set(one: HeldTenant): void {
    this.tenants.set(one.domain, one);
    if (asksClients(one)) this.asking.add(one.domain);
    else this.asking.delete(one.domain);
  }

  delete(domain: string): void {
    this.tenants.delete(domain);
    this.asking.delete(domain);
  }

  get certificates(): number {
    let count = 0;
    for (const one of this.tenants.values()) if (one.certificate) count++;
    return count;
  }

  /** Those that ask for client certificates. */
  askingClients(): HeldTenant[] {
    return [...this.asking].flatMap((domain) => this.tenants.get(domain) ?? []);
  }

  get asksForClientCertificates(): boolean {
    return this.asking.size > 0;
  }
}
