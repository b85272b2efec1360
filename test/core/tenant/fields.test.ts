import { ConfigError, type ConfigProblem } from "../../../core/base/errors";
import { parseTenants } from "../../../core/tenant/config";
import { TestCa } from "../../../testing/certificates";

const context = { caNames: ["letsencrypt", "zerossl"] };
const read = (fields: object) => parseTenants([{ domain: "a.example", ...fields }], context)[0];

function problemsOf(fields: object): readonly ConfigProblem[] {
  try {
    read(fields);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const PREFIXES = "must be a list of path prefixes, like [/api/]";
const LETTERS =
  "may hold letters, digits and . _ ~ / @ : + - only, at most 200: it is compared with paths as clients send them";
const FOLDS = "holds an empty segment, . or .., which no request keeps on plain http";
const SECONDS = "must be whole seconds from 0 to 315360000";
const PRELOAD = "needs includeSubdomains: true and maxAge of at least 31536000";
const OWNER = "must be your own id of the customer: 1 to 100 letters, digits and signs without spaces, in quotes";
const HTTP = 'must be "redirect", "serve" or {redirectExcept: [path prefixes]}';
const BOOLEAN = "must be true or false";

describe("a field that is wrong", () => {
  it.each<[Record<string, unknown>, string, string]>([
    [{ htpp: "serve" }, "htpp", "is not an option; did you mean http?"],
    [{ Alias: [] }, "Alias", "is not an option; did you mean aliases?"],
    [
      { colour: "red" },
      "colour",
      "is not an option; there are domain, aliases, upstream, http, hsts, clientCertificates, keyType, ca, owner",
    ],
    [{ http: "never" }, "http", HTTP],
    [{ http: ["/api/"] }, "http", HTTP],
    [{ http: null }, "http", HTTP],
    [{ http: {} }, "http.redirectExcept", PREFIXES],
    [{ http: { redirectExcept: [] } }, "http.redirectExcept", PREFIXES],
    [{ http: { redirectExcept: "/api/" } }, "http.redirectExcept", PREFIXES],
    [
      { http: { redirectExcept: Array.from({ length: 51 }, (_, n) => `/${n}`) } },
      "http.redirectExcept",
      "has 51 prefixes, at most 50 are allowed",
    ],
    [{ http: { redirectExcept: ["api/"] } }, "http.redirectExcept[0]", "must begin with /, like /api/"],
    [{ http: { redirectExcept: [7] } }, "http.redirectExcept[0]", "must begin with /, like /api/"],
    [
      { http: { redirectExcept: ["/a", "/"] } },
      "http.redirectExcept[1]",
      "covers every path; write http: serve instead",
    ],
    [{ http: { redirectExcept: ["/a b"] } }, "http.redirectExcept[0]", `"/a b" ${LETTERS}`],
    [{ http: { redirectExcept: ["/a\nset map"] } }, "http.redirectExcept[0]", `"/a\\nset map" ${LETTERS}`],
    [{ http: { redirectExcept: ["/a;quit"] } }, "http.redirectExcept[0]", `"/a;quit" ${LETTERS}`],
    [
      { http: { redirectExcept: [`/${"a".repeat(200)}`] } },
      "http.redirectExcept[0]",
      `"/${"a".repeat(99)}…" ${LETTERS}`,
    ],
    [{ http: { redirectExcept: ["/a//b"] } }, "http.redirectExcept[0]", `"/a//b" ${FOLDS}`],
    [{ http: { redirectExcept: ["/a/./b"] } }, "http.redirectExcept[0]", `"/a/./b" ${FOLDS}`],
    [{ http: { redirectExcept: ["/a/.."] } }, "http.redirectExcept[0]", `"/a/.." ${FOLDS}`],
    [{ http: { redirectExcept: ["/a"], more: 1 } }, "http.more", "is not an option; there are redirectExcept"],
    [{ hsts: "yes" }, "hsts", "must be true, false or {maxAge, includeSubdomains, preload}"],
    [{ hsts: null }, "hsts", "must be true, false or {maxAge, includeSubdomains, preload}"],
    [{ hsts: { maxAge: -1 } }, "hsts.maxAge", SECONDS],
    [{ hsts: { maxAge: 1.5 } }, "hsts.maxAge", SECONDS],
    [{ hsts: { maxAge: "1" } }, "hsts.maxAge", SECONDS],
    [{ hsts: { maxAge: 315_360_001 } }, "hsts.maxAge", SECONDS],
    [{ hsts: { includeSubdomains: "yes" } }, "hsts.includeSubdomains", BOOLEAN],
    [{ hsts: { preload: "yes" } }, "hsts.preload", BOOLEAN],
    [{ hsts: { preload: true } }, "hsts.preload", PRELOAD],
    [{ hsts: { preload: true, includeSubdomains: true, maxAge: 31_535_999 } }, "hsts.preload", PRELOAD],
    [{ hsts: { maxage: 1 } }, "hsts.maxage", "is not an option; did you mean maxAge?"],
    [{ keyType: "rsa-4096" }, "keyType", "must be ecdsa-p256 or rsa-2048"],
    [{ ca: "verisign" }, "ca", "must be one of the stack's CAs: letsencrypt, zerossl"],
    [{ ca: ["zerossl"] }, "ca", "must be one of the stack's CAs: letsencrypt, zerossl"],
    [{ owner: 17 }, "owner", OWNER],
    [{ owner: "" }, "owner", OWNER],
    [{ owner: "Anna Muster" }, "owner", OWNER],
    [{ owner: "x".repeat(101) }, "owner", OWNER],
    [{ upstream: "10.0.0.7:8080" }, "upstream", "must be http://host:port or https://host:port"],
  ])("%j is reported at its path", (fields, path, message) => {
    expect(problemsOf(fields)).toEqual([{ path: `tenants[0].${path}`, message, tenant: "a.example" }]);
  });
});

describe("a field that is right", () => {
  it.each<[Record<string, unknown>, Record<string, unknown>]>([
    [{ http: "redirect" }, { http: "redirect" }],
    [{ http: "serve" }, { http: "serve" }],
    [
      { http: { redirectExcept: ["/api/", "/a.b/..c", "/~x@y:+-_Z9", `/${"a".repeat(199)}`] } },
      { http: { redirectExcept: ["/api/", "/a.b/..c", "/~x@y:+-_Z9", `/${"a".repeat(199)}`] } },
    ],
    [
      { http: { redirectExcept: Array.from({ length: 50 }, (_, n) => `/${n}`) } },
      { http: { redirectExcept: Array.from({ length: 50 }, (_, n) => `/${n}`) } },
    ],
    [{ hsts: false }, { hsts: false }],
    [{ hsts: true }, { hsts: { maxAge: 31_536_000, includeSubdomains: false, preload: false } }],
    [{ hsts: {} }, { hsts: { maxAge: 31_536_000, includeSubdomains: false, preload: false } }],
    [{ hsts: { maxAge: 0 } }, { hsts: { maxAge: 0, includeSubdomains: false, preload: false } }],
    [{ hsts: { maxAge: 315_360_000 } }, { hsts: { maxAge: 315_360_000, includeSubdomains: false, preload: false } }],
    [
      { hsts: { includeSubdomains: true, preload: true } },
      { hsts: { maxAge: 31_536_000, includeSubdomains: true, preload: true } },
    ],
    [{ clientCertificates: { mode: "off" } }, { clientCertificates: { mode: "off" } }],
    [{ keyType: "ecdsa-p256" }, { keyType: "ecdsa-p256" }],
    [{ keyType: "rsa-2048" }, { keyType: "rsa-2048" }],
    [{ ca: "letsencrypt" }, { ca: "letsencrypt" }],
    [{ owner: "!".repeat(100) }, { owner: "!".repeat(100) }],
    [{ owner: "~" }, { owner: "~" }],
  ])("%j is taken", (fields, expected) => {
    expect(read(fields)).toMatchObject(expected);
  });
});

describe("visitors' certificates", () => {
  const ca = new TestCa("tenant-ca");
  const leaf = ca.issueClient("someone");
  const MODE = "must be off, optional or required";
  const PEM = "must be the PEM of the CA that signs this tenant's client certificates";
  const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
  const long = ca.root.repeat(Math.ceil(15_001 / ca.root.length));
  const required = (changes: object) => ({ mode: "required", ca: ca.root, ...changes });

  it.each<[string, unknown, string, string]>([
    ["a text", "required", "", "must be {mode: off, optional or required, ca: PEM}"],
    ["no mode", { ca: ca.root }, ".mode", MODE],
    ["an unknown mode", { mode: "maybe" }, ".mode", MODE],
    ["no CA", { mode: "required" }, ".ca", PEM],
    ["a CA that nobody needs", { mode: "off", ca: ca.root }, ".ca", "has no use while mode is off"],
    ["lists that nobody needs", { mode: "off", crl: "x" }, ".crl", "has no use while mode is off"],
    ["a file without end", required({ ca: " ".repeat(100_001) }), ".ca", PEM],
    ["no certificate", required({ ca: "x" }), ".ca", "holds no PEM certificate (-----BEGIN CERTIFICATE-----)"],
    ["a certificate that is none", required({ ca: broken }), ".ca", "holds a certificate that cannot be read"],
    [
      "a certificate that is no CA's",
      required({ ca: ca.root + leaf.leaf }),
      ".ca",
      '"CN=someone" is not a CA certificate (basicConstraints)',
    ],
    [
      "a private key",
      required({ ca: ca.root + leaf.key }),
      ".ca",
      "contains a private key; give the CA's certificate alone",
    ],
    [
      "more certificates than a front can hand over",
      required({ ca: long }),
      ".ca",
      `has ${long.length} characters of certificates, at most 15000 are allowed`,
    ],
    ["lists that are no text", required({ crl: 7 }), ".crl", "must be PEM (-----BEGIN X509 CRL-----)"],
    ["no lists", required({ crl: "x" }), ".crl", "holds no PEM revocation list (-----BEGIN X509 CRL-----)"],
    ["a slip of the pen", required({ crt: "x" }), ".crt", "is not an option; did you mean crl?"],
  ])("are reported where there is %s", (_, clientCertificates, member, message) => {
    expect(problemsOf({ clientCertificates })).toEqual([
      { path: `tenants[0].clientCertificates${member}`, message, tenant: "a.example" },
    ]);
  });

  it.each([["optional"], ["required"]])("are %s with the certificates alone", (mode) => {
    const other = new TestCa("other-ca").root;
    const written = `a comment${" ".repeat(90_000)}\n${ca.root.replaceAll("\n", "\r\n")}more\n${other}`;
    expect(read({ clientCertificates: { mode, ca: written } })?.clientCertificates).toStrictEqual({
      mode,
      ca: ca.root + other,
    });
  });
});
