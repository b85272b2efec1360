import { CertfrontError } from "../core/errors";
import { invokeIssuer } from "./clients";
import { type Command, EXIT, text } from "./command";
import { domainOf } from "./renew";

/** Reasons a subscriber may give (RFC 5280 §5.3.1, as CAs accept them by RFC 8555 §7.6), by their names. */
const REASONS: Readonly<Record<string, number>> = {
  unspecified: 0,
  "key-compromise": 1,
  superseded: 4,
  "cessation-of-operation": 5,
};

export const revokeCommand: Command = {
  name: "revoke",
  argument: "<domain>",
  summary: "revoke a tenant's certificate and get a new one with a new key",
  description:
    "Tells the CA that the tenant's present certificate must not be trusted any more, and has the issuer replace it. Browsers may refuse the\n" +
    "site until the new one is on the fronts, so this is for a key that leaked, not for renewing. Asks before it does so.",
  options: {
    reason: { value: "REASON", help: `${Object.keys(REASONS).join(", ")} (default: unspecified)` },
    yes: { help: "do not ask" },
    json: { help: "the issuer's answer as JSON" },
  },
  examples: ["npx certfront revoke data.paris.example --reason key-compromise"],
  async run(invocation) {
    const { target, terminal } = invocation;
    const domain = domainOf(invocation);
    const reason = REASONS[text(invocation, "reason") ?? "unspecified"];
    if (reason === undefined)
      throw new CertfrontError(`--reason does not know ${text(invocation, "reason")}.`, {
        code: "USAGE",
        advice: `It takes one of: ${Object.keys(REASONS).join(", ")}.`,
      });
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
