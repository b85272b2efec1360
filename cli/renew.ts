import { CertfrontError } from "../core/base/errors";
import { invokeIssuer } from "./clients";
import { type Command, EXIT, type Invocation } from "./command";

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
    const domain = domainOf(invocation);
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
