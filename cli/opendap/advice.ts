import type { Tenant } from "../../core/tenant/tenant";

export interface OpendapAdvice {
  /** As the configuration has it, or what else leads to it. */
  readonly setting: string;
  /** What it does to which client, from docs/clients.md. */
  readonly does: string;
  /** Absent: it does not show in the configuration, or nobody without a certificate sees what is served. */
  readonly applies?: (tenant: Pick<Tenant, "http" | "clientCertificates">) => boolean;
}

/** What a tenant that serves OPeNDAP data has to know of its settings; docs/configuration.md has the same as a table. */
export const OPENDAP_ADVICE: readonly OpendapAdvice[] = [
  {
    setting: "http: redirect",
    does:
      "all that were run follow it once they trust the CA; getdap takes it only as an absolute URL without capitals in its path, " +
      "jsdap as an absolute URL: keep dataset paths lower-case",
    applies: ({ http }) => http !== "serve",
  },
  {
    setting: "http: serve",
    does: "lets clients that fall back to plain HTTP (pydap from 3.5.6 on) do so, password included",
    applies: ({ http }) => http === "serve",
  },
  {
    setting: "a login on the tenant's own name, with plain HTTP served",
    does: "ncdump and all others on libnetcdf, getdap, pydap, curl and wget send the password over plain HTTP too",
    applies: ({ http }) => http === "serve",
  },
  {
    setting: "a login on another host, HTTPS throughout",
    does: "nothing is sent in clear; clients on libcurl with a .netrc hand the login host's password back to the data host",
  },
  {
    setting: "clientCertificates: optional",
    does:
      "passes with every program on libnetcdf, pydap (3.5.7 and later: by get_kwargs), OPeNDAP's Java library, curl and wget; disturbs " +
      "none of the others. getdap, jsdap and netCDF-Java 4.2.20 can send none",
    applies: ({ clientCertificates }) => clientCertificates.mode === "optional",
  },
  {
    setting: "clientCertificates: required",
    does: "shuts out getdap, jsdap, netCDF-Java 4.2.20 and whoever was not told of a certificate",
  },
  {
    setting: "a body cut short (an upstream that restarts, a proxy's time limit)",
    does:
      "every program on libnetcdf shows wrong numbers and ends with exit code 0. The fronts let bodies finish; see that what is behind " +
      "them does too",
    applies: () => true,
  },
];

/** What of it concerns a tenant as it is configured. */
export function opendapAdviceFor(tenant: Pick<Tenant, "http" | "clientCertificates">): OpendapAdvice[] {
  return OPENDAP_ADVICE.filter(({ applies }) => applies?.(tenant));
}
