import { CertfrontError } from "../core/base/errors";
import { REVOCATION_REASONS } from "../core/issue/operations";
import { invokeIssuer } from "./clients";
import { type Command, EXIT, text } from "./command";
import { primaryDomain } from "./renew";

const REASONS = Object.keys(REVOCATION_REASONS);

export const revokeCommand: Command = {
  name: "revoke",
  argument: "<domain>",
  summary: "revoke a tenant's certificate and get a new one with a new key",
  description:
    "Tells the CA that the tenant's present certificate must not be trusted any more, and has the issuer replace it at\n" +
    "once. Browsers may refuse the site until the new one is on the fronts, so this is for a key that leaked, not for\n" +
    "renewing. Asks before it does so.",
  options: {
    reason: { value: "REASON", help: `${REASONS.join(", ")} (default: unspecified)` },
    yes: { help: "do not ask" },
    json: { help: "the issuer's answer as JSON" },
  },
  examples: ["npx certfront revoke data.paris.example --reason keyCompromise"],
  async run(invocation) {
    const { target, terminal } = invocation;
    const reason = text(invocation, "reason") ?? "unspecified";
    if (!REASONS.includes(reason))
      throw new CertfrontError(`--reason does not know ${reason}.`, {
        code: "USAGE",
        advice: `It takes one of: ${REASONS.join(", ")}.`,
      });
    const domain = await primaryDomain(invocation);
    if (
      !invocation.options.yes &&
      !(await terminal.confirm(`Revoke the certificate of ${domain}? This cannot be undone.`))
    ) {
      terminal.note("Nothing was revoked. (Where nobody can answer, --yes is needed.)");
      return EXIT.bad;
    }
    const answer = await invokeIssuer(target, { operation: "revoke", domain, reason });
    if (invocation.options.json) terminal.out(JSON.stringify(answer));
    else
      terminal.out(
        `The certificate of ${domain} is revoked, and will be replaced. \`npx certfront status ${domain}\` tells how far it is.`,
      );
    return EXIT.ok;
  },
};
