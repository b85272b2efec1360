import type { CertificateAuthorityArgs } from "../data/account-key";

/** CAs that may be named instead of described. */
export type KnownCaName = "letsencrypt" | "letsencrypt-staging" | "zerossl" | "google" | "sslcom";

/** One of them, as it is described. */
export interface KnownCa extends Omit<CertificateAuthorityArgs, "eab" | "profile"> {
  readonly name: string;
  /** Its accounts need an external account binding. */
  readonly needsEab: boolean;
  /** It offers certificate profiles. */
  readonly hasProfiles: boolean;
}

/** Directories and CAA identities as the CAs document them. */
export const KNOWN_CAS: readonly KnownCa[] = [
  {
    name: "letsencrypt",
    directory: "https://acme-v02.api.letsencrypt.org/directory",
    caaIdentities: ["letsencrypt.org"],
    needsEab: false,
    hasProfiles: true,
  },
  {
    name: "letsencrypt-staging",
    directory: "https://acme-staging-v02.api.letsencrypt.org/directory",
    caaIdentities: ["letsencrypt.org"],
    needsEab: false,
    hasProfiles: true,
  },
  {
    name: "zerossl",
    directory: "https://acme.zerossl.com/v2/DV90",
    caaIdentities: ["sectigo.com", "trust-provider.com", "usertrust.com", "comodoca.com", "comodo.com"],
    needsEab: true,
    hasProfiles: false,
  },
  {
    name: "google",
    directory: "https://dv.acme-v02.api.pki.goog/directory",
    caaIdentities: ["pki.goog"],
    needsEab: true,
    hasProfiles: false,
  },
  {
    name: "sslcom",
    directory: "https://acme.ssl.com/sslcom-dv-ecc",
    caaIdentities: ["ssl.com"],
    needsEab: true,
    hasProfiles: false,
  },
];
