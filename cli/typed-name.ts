import { CertfrontError } from "../core/base/errors";
import { canonicalName, quoted } from "../core/tenant/domain-name";

/** What mails and tickets wrap a name in. */
const WRAPPING = /^[\s<>"'`([]+|[\s<>"'`)\],;]+$/g;

/**
 * The domain name in what somebody typed or pasted: a URL, a name with port or path, in capitals, in any script.
 * @throws CertfrontError (USAGE) where there is none in it, with what is wrong
 */
export function typedName(typed: string): string {
  const bare = typed.normalize("NFC").replace(WRAPPING, "");
  // Scheme, user and password; then whatever follows the host.
  const host = bare
    .replace(/^(?:mailto:|(?:[a-z][a-z0-9+.-]*:)?[/\\]{2,})/i, "")
    .replace(/^[^/?#]*@/, "")
    .replace(/[/?#\\].*$/s, "")
    .replace(/:\d*$/, "")
    .replace(/^\*\./, "");
  const checked = canonicalName(host);
  if ("name" in checked) return checked.name;
  const problem = host === typed ? checked.problem : `${quoted(host)}: ${checked.problem}`;
  throw new CertfrontError(`${quoted(typed)} is no domain name: ${problem}.`, {
    code: "USAGE",
    advice: "Name a tenant by its domain, one of its aliases, or a URL of its site.",
  });
}
