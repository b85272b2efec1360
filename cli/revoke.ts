import { CertfrontError } from "../core/base/errors";
import { REVOCATION_REASONS } from "../core/issue/operations";
import { invokeIssuer } from "./clients";
import { type Command, EXIT, text } from "./command";
import { waitFor } from "./follow";
import { primaryTenant } from "./renew";

const REASONS = Object.keys(REVOCATION_REASONS);

export const revokeCommand: Command = {
  name: "revoke",
  argument: "<domain>",
  summary: "revoke a tenant's certificate and get a new one with a new key",
  description:
    "Tells the CA that the tenant's present certificate must not be trusted any more, and has the issuer replace it at " +
    "once. Browsers may refuse the site until the new one is on the fronts, so this is for a key that leaked, not for " +
    "renewing. Asks before it does so. With --wait it watches until every front serves the new one, up to five minutes.",
  options: {
    reason: { value: "REASON", help: `${REASONS.join(", ")} (default: unspecified)` },
    yes: { help: "do not ask" },
    wait: { help: "watch until every front serves the new certificate, or say why it does not come" },
    json: { help: "the issuer's answer as JSON; with --wait {domain, outcome, certificate, reason}" },
  },
  examples: ["npx certfront revoke data.paris.example --reason keyCompromise --wait"],
  async run(invocation) {
    const { target, terminal } = invocation;
    const reason = text(invocation, "reason") ?? "unspecified";
    if (!REASONS.includes(reason))
      throw new CertfrontError(`--reason does not know ${reason}.`, {
        code: "USAGE",
        advice: `It takes one of: ${REASONS.join(", ")}.`,
      });
    const { domain, record } = await primaryTenant(invocation);
    const sure =
      invocation.options.yes === true ||
      (await terminal.confirm(`Revoke the certificate of ${domain}? This cannot be undone.`));
    if (sure !== true) {
      terminal.note(`Nothing was revoked.${sure === undefined ? " Where nobody can answer, --yes is needed." : ""}`);
      return EXIT.bad;
    }
    const answer = await invokeIssuer(target, { operation: "revoke", domain, reason });
    if (invocation.options.wait && record) return waitFor(invocation, record);
    if (invocation.options.json) terminal.out(JSON.stringify(answer));
    else
      terminal.out(
        `The certificate of ${domain} is revoked, and will be replaced. \`npx certfront status ${domain}\` tells how far it is.`,
      );
    return EXIT.ok;
  },
};
