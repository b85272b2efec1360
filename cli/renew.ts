import { CertfrontError } from "../core/base/errors";
import type { TenantRecord } from "../core/record/record";
import { invokeIssuer, openStore } from "./clients";
import { type Command, EXIT, type Invocation } from "./command";
import { findTenant } from "./find-tenant";
import { waitFor } from "./follow";

export const renewCommand: Command = {
  name: "renew",
  argument: "<domain>",
  summary: "replace a tenant's certificate now instead of when it is due",
  description:
    "Has the issuer order a new certificate at once. The present one stays served until the new one is proven on the fronts. " +
    "It counts against the CA's limits as every order does. With --wait it watches until every front serves the new one, up to " +
    "five minutes: exit code 0 then, and 1 with the reason where something stands in the way.",
  options: {
    wait: { help: "watch until every front serves the new certificate, or say why it does not come" },
    json: { help: "the issuer's answer as JSON; with --wait {domain, outcome, certificate, reason}" },
  },
  examples: ["npx certfront renew data.paris.example", "npx certfront renew data.paris.example --wait"],
  async run(invocation) {
    const { domain, record } = await primaryTenant(invocation);
    const answer = await invokeIssuer(invocation.target, { operation: "renew", domain });
    if (invocation.options.wait && record) return waitFor(invocation, record);
    if (invocation.options.json) invocation.terminal.out(JSON.stringify(answer));
    else invocation.terminal.out(`${domain} will be renewed. \`npx certfront status ${domain}\` tells how far it is.`);
    return EXIT.ok;
  },
};

/** The domain of a command that cannot do without one. */
export function domainOf(invocation: Invocation): string {
  if (invocation.domain === undefined) throw new CertfrontError("This command needs a domain.", { code: "USAGE" });
  return invocation.domain;
}

/**
 * The tenant, and its own domain for the name that was typed. Where only --issuer was given there is no table to ask, and the issuer decides.
 * @throws CertfrontError (NO_TENANT) where no tenant has the name
 */
export async function primaryTenant(invocation: Invocation): Promise<{ domain: string; record?: TenantRecord }> {
  const name = domainOf(invocation);
  if (!invocation.target.table) {
    if (invocation.options.wait)
      throw new CertfrontError("--wait needs the table, which --issuer alone does not tell.", {
        code: "USAGE",
        advice: "Name it as well: --table NAME.",
      });
    return { domain: name };
  }
  const { record, alias } = await findTenant(openStore(invocation.target), name);
  const { domain } = record.tenant;
  if (alias) invocation.terminal.note(`${alias} is an alias of ${domain}.`);
  if (record.state === "removed")
    throw new CertfrontError(`${domain} was taken out of the configuration.`, {
      code: "NO_TENANT",
      tenant: domain,
      advice: "Put it back into the configuration and run `pulumi up`; then its certificate is renewed by itself.",
    });
  return { domain, record };
}
