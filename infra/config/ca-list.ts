import { ConfigError } from "../../core/base/errors";
import { ProblemList } from "../../core/tenant/problems";
import type { CertificateAuthorityArgs } from "../data/account-key";
import { parseCa } from "./cas";
import type { KnownCaName } from "./known-cas";

/** A CA as a program names it: one that certfront knows, or an object. */
export type CaEntry = KnownCaName | CaDescription;

/** A CA of the list; what a known CA's name says already may be left out. */
export interface CaDescription {
  /**
   * Up to 32 lower-case letters, digits and hyphens; in names of parameters and metrics.
   * @example name: "corporate"
   */
  readonly name: string;
  /**
   * The `https://` URL of its ACME directory (RFC 8555 §7.1.1). Default: the known CA's.
   * @example directory: "https://ca.example.com/acme/acme/directory"
   */
  readonly directory?: string;
  /**
   * The domains that it recognises in CAA records (RFC 8659). Default: the known CA's, else none: no CAA record counts as forbidding it.
   * @example caaIdentities: ["ca.example.com"]
   */
  readonly caaIdentities?: readonly string[];
  /**
   * Certificate profile to ask for. Default: the CA's own.
   * @example profile: "shortlived"
   */
  readonly profile?: string;
  /**
   * External account binding, from the CA's web site; the key is base64url. It is kept as an encrypted parameter.
   * @example eab: { kid: "kid-1", hmacKey: pulumi.secret("c2VjcmV0LWtleS1vZi1hLWRvY3VtZW50") }
   */
  readonly eab?: CertificateAuthorityArgs["eab"];
}

/** @throws ConfigError with every problem of every entry */
export function caListOf(entries: readonly CaEntry[]): CertificateAuthorityArgs[] {
  const problems = new ProblemList();
  if (entries.length === 0) problems.add("cas", "must name at least one CA");
  const cas = entries.flatMap((entry, at) => {
    const { eab, ...described } = typeof entry === "string" ? { name: entry } : entry;
    const ca = parseCa(described, `cas[${at}]`, problems);
    if (ca === undefined) return [];
    const { needsEab, hasProfiles: _, ...known } = ca;
    if (needsEab && eab === undefined)
      problems.add(`cas[${at}].eab`, `is missing: ${ca.name} opens accounts only with a key from its web site`);
    return [{ ...known, ...(eab === undefined ? {} : { eab }) }];
  });
  if (problems.all.length > 0) throw new ConfigError(problems.all);
  return cas;
}
