import { isIPv6 } from "node:net";
import { CertfrontError } from "../core/base/errors";
import { canonicalName, quoted } from "../core/tenant/domain-name";

/** What mails, chats and tickets wrap a name in: quotes and brackets of every script, marks that nobody sees, ends of sentences. */
const WRAPPING = /^[\s<>"'`\p{Pi}\p{Pf}\p{Ps}\p{Cf}]+|[\s<>"'`\p{Pi}\p{Pf}\p{Pe}\p{Cf},;!?…]+$/gu;
/** `[text](url)`, of which the URL counts. */
const MARKDOWN_LINK = /^\[[^\]]*\]\((.*)\)$/s;
/** Also doubled, and as typed in a hurry: `https//`, `https:`. */
const SCHEMES = /^(?:mailto:|[a-z][a-z0-9+.-]*:[/\\]{2,}|https?(?::|[/\\]{2,})|[/\\]{2,})+/i;
const LABEL = /^(?:host|domain|site|url)\s*:\s+/i;

/**
 * The domain name in what somebody typed or pasted: a URL, a name with port or path, in capitals, in any script.
 * @throws CertfrontError (USAGE) where there is none in it, with what is wrong
 */
export function typedName(typed: string): string {
  const host = typed
    .normalize("NFC")
    .trim()
    .replace(MARKDOWN_LINK, "$1")
    .replace(LABEL, "")
    .replace(WRAPPING, "")
    .replace(SCHEMES, "")
    // User and password; then whatever follows the host.
    .replace(/^[^/?#]*@/, "")
    .replace(/[/?#\\].*$/s, "");
  const address = host.replace(/^\[|\](?::\d*)?$/g, "");
  const checked = isIPv6(address)
    ? { problem: `${quoted(address)} is an IP address; tenants are domain names` }
    : canonicalName(host.replace(/:\d*$/, "").replace(/^\*\./, ""));
  if ("name" in checked) return checked.name;
  // Problems name what they are about, but for that of nothing at all.
  const problem = host === "" ? "there is no domain name in it" : checked.problem;
  throw new CertfrontError(host === typed && host !== "" ? `${problem}.` : `${quoted(typed)}: ${problem}.`, {
    code: "USAGE",
    advice: "Name a tenant by its domain, one of its aliases, or a URL of its site.",
  });
}
