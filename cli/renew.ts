import { CertfrontError } from "../core/base/errors";
import { invokeIssuer, openStore } from "./clients";
import { type Command, EXIT, type Invocation } from "./command";
import { findTenant } from "./find-tenant";

export const renewCommand: Command = {
  name: "renew",
  argument: "<domain>",
  summary: "replace a tenant's certificate now instead of when it is due",
  description:
    "Has the issuer order a new certificate at once. The present one stays served until the new one is proven on the fronts.\n" +
    "It counts against the CA's limits as every order does.",
  options: { json: { help: "the issuer's answer as JSON" } },
  examples: ["npx certfront renew data.paris.example"],
  async run(invocation) {
    const domain = await primaryDomain(invocation);
    const answer = await invokeIssuer(invocation.target, { operation: "renew", domain });
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
 * The tenant's own domain for the name that was typed. Where only --issuer was given there is no table to ask, and the issuer decides.
 * @throws CertfrontError (NO_TENANT) where no tenant has the name
 */
export async function primaryDomain(invocation: Invocation): Promise<string> {
  const name = domainOf(invocation);
  if (!invocation.target.table) return name;
  const { record, alias } = await findTenant(openStore(invocation.target), name);
  const { domain } = record.tenant;
  if (alias) invocation.terminal.note(`${alias} is an alias of ${domain}.`);
  if (record.state === "removed")
    throw new CertfrontError(`${domain} was taken out of the configuration.`, {
      code: "NO_TENANT",
      tenant: domain,
      advice: "Put it back into the configuration and run `pulumi up`; then its certificate is renewed by itself.",
    });
  return domain;
}
