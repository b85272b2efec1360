import { ConfigError, type ConfigProblem } from "../../../core/base/errors";
import { parseTenants } from "../../../core/tenant/config";
import { TestCa } from "../../../testing/certificates";

const context = { caNames: ["letsencrypt", "zerossl"] };

function problemsOf(raw: unknown): readonly ConfigProblem[] {
  try {
    parseTenants(raw, context);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe("a tenant", () => {
  it("is a bare domain with sensible defaults", () => {
    expect(parseTenants(["shop.example"], context)).toEqual([
      {
        domain: "shop.example",
        aliases: [],
        http: "redirect",
        hsts: false,
        clientCertificates: { mode: "off" },
        keyType: "ecdsa-p256",
      },
    ]);
  });

  it("can say everything", () => {
    const ca = new TestCa("tenant-ca").root;
    const [tenant] = parseTenants(
      [
        {
          domain: "data.paris.example",
          aliases: ["www.data.paris.example", "opendap.paris.example"],
          upstream: "http://10.0.0.7:8080/",
          http: { redirectExcept: ["/api/", "/dap/"] },
          hsts: { maxAge: 63_072_000, includeSubdomains: true, preload: true },
          clientCertificates: { mode: "required", ca: `  comment\n${ca}\nmore` },
          keyType: "rsa-2048",
          ca: "zerossl",
        },
      ],
      context,
    );
    expect(tenant).toEqual({
      domain: "data.paris.example",
      aliases: ["www.data.paris.example", "opendap.paris.example"],
      upstream: "http://10.0.0.7:8080",
      http: { redirectExcept: ["/api/", "/dap/"] },
      hsts: { maxAge: 63_072_000, includeSubdomains: true, preload: true },
      clientCertificates: { mode: "required", ca },
      keyType: "rsa-2048",
      ca: "zerossl",
    });
  });

  it.each([
    ["Shop.Example", "shop.example"],
    ["shop.example.", "shop.example"],
    ["bücher.example", "xn--bcher-kva.example"],
    ["BÜCHER.example", "xn--bcher-kva.example"],
    ["xn--bcher-kva.example", "xn--bcher-kva.example"],
    ["例え。テスト", "xn--r8jz45g.xn--zckzah"],
    ["a.github.io", "a.github.io"],
    [`${"a".repeat(63)}.example`, `${"a".repeat(63)}.example`],
    ["1.2.3.4.example", "1.2.3.4.example"],
    ["a.b.c.d.e.f.g.h.example.org", "a.b.c.d.e.f.g.h.example.org"],
    // The list's private section: their owners have certificates for them.
    ["github.io", "github.io"],
    ["netlify.app", "netlify.app"],
    ["eu.org", "eu.org"],
    ["uk.com", "uk.com"],
    ["azurewebsites.net", "azurewebsites.net"],
    // Characters that stand in some places only (RFC 5892, appendix A).
    ["col·legi.cat", "xn--collegi-xma.cat"],
    ["א׳.co.il", "xn--4db4e.co.il"],
    ["テスト・サイト.jp", "xn--eck7al5clc86a.jp"],
    ["نامه\u200cای.com", "xn--mgba3gch31f060k.com"],
    ["නෙත්\u200dය.lk", "xn--n0ch2a4dtd648l.lk"],
    ["faß.de", "xn--fa-hia.de"],
  ])("%s becomes %s", (raw, canonical) => {
    expect(parseTenants([raw], context)[0]?.domain).toBe(canonical);
  });

  it.each([
    ["http://u.example", "http://u.example:80"],
    ["https://u.example/", "https://u.example:443"],
    ["http://web:8080", "http://web:8080"],
    ["http://[2001:db8::1]:8080", "http://[2001:db8::1]:8080"],
  ])("reaches its upstream %s at %s", (upstream, canonical) => {
    expect(parseTenants([{ domain: "a.example", upstream }], context)[0]?.upstream).toBe(canonical);
  });

  it("has HSTS of a year where it only says true", () => {
    const hsts = parseTenants([{ domain: "a.example", hsts: true }], context)[0]?.hsts;
    expect(hsts).toEqual({ maxAge: 31_536_000, includeSubdomains: false, preload: false });
  });
});

describe("a name that cannot have a certificate here", () => {
  it.each<[string, RegExp]>([
    ["", /^is empty/],
    ["*.shop.example", /wildcard, which needs DNS-01/],
    ["https://shop.example/", /is a URL; write the domain name alone/],
    ["203.0.113.9", /is an IP address/],
    ["2001:db8::1", /is an IP address/],
    ["0x7f.1", /is an IP address|single label/],
    ["shop.123", /is an IP address/],
    ["shop_1.example", /underscore/],
    ["localhost", /single label/],
    ["co.uk", /is a public suffix/],
    ["foo.kawasaki.jp", /is a public suffix/],
    ["ab--cd.example.org", /label "ab--cd"; CAs refuse hyphens in the third and fourth place/],
    ["r3---sn.example.org", /third and fourth place/],
    ["a.b.c.d.e.f.g.h.i.j.k.example.org", /has 13 labels/],
    ["shop.0x7f", /is an IP address/],
    ["shop.example..", /empty label/],
    ["a·b.cat", /contains "·"/],
    ["テスト·サイト.jp", /contains "·"/],
    ["shop・paris.example", /contains "・"/],
    ["\u05f3shop.co.il", /contains/],
    ["ab\u0375.gr", /contains/],
    ["\u0660\u06f1.example", /contains/],
    ["ab\u200d.example", /not a valid internationalised/],
    ["shop..example", /empty label/],
    [".shop.example", /empty label/],
    ["-shop.example", /begin and end with a letter or a digit/],
    [`${"a".repeat(64)}.example`, /label of 64 characters/],
    [`${"a.".repeat(130)}example`, /has 267 characters/],
    // Node.js 24 calls it valid; the label is none either way.
    ["xn--a.example", /not a valid internationalised domain name|internationalised label with a hyphen/],
    ["shop.example/path", /contains "\/"/],
    ["shop.example:443", /contains ":"/],
    ["shop.exam%70le", /contains "%"/],
    ["shop .example", /a space or an invisible character/],
    ["shop.example\n", /invisible/],
    ["shop.example\tredirect", /invisible/],
    ["shop\u0000.example", /"shop\\u0000\.example" contains a space or an invisible character/],
    ["sh\u200bop.example", /"sh\\u\{200b\}op\.example" contains/],
    ["sh\u202eop.example", /"sh\\u\{202e\}op\.example" contains/],
    ["shop\u00a0.example", /"shop\\u\{a0\}\.example" contains/],
    ["shop.example;", /contains ";"/],
    ["shop.example#", /contains "#"/],
    ["shop.example'", /contains "'"/],
  ])("%j is refused: %s", (domain, message) => {
    const problems = problemsOf([{ domain }]);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.path).toBe("tenants[0].domain");
    expect(problems[0]?.message).toMatch(message);
  });
});

describe("a field that is wrong", () => {
  const ca = new TestCa("tenant-ca");
  const clientCertificate = ca.issueClient("someone");
  it.each<[Record<string, unknown>, string, RegExp]>([
    [{ htpp: "serve" }, "htpp", /is not an option; did you mean http\?/],
    [{ Alias: [] }, "Alias", /did you mean aliases\?/],
    [{ colour: "red" }, "colour", /is not an option; there are domain, aliases/],
    [{ aliases: "www.a.example" }, "aliases", /must be a list/],
    [{ aliases: [7] }, "aliases[0]", /must be a domain name/],
    [
      { aliases: Array.from({ length: 25 }, (_, n) => `n${n}.a.example`) },
      "aliases",
      /has 25 names, a certificate carries at most 25/,
    ],
    [{ aliases: ["A.example."] }, "aliases[0]", /a\.example is already tenants\[0\]\.domain/],
    [{ http: "never" }, "http", /must be "redirect", "serve" or/],
    [{ http: { redirectExcept: [] } }, "http.redirectExcept", /list of path prefixes/],
    [{ http: { redirectExcept: ["api/"] } }, "http.redirectExcept[0]", /must begin with \//],
    [{ http: { redirectExcept: ["/a", "/"] } }, "http.redirectExcept[1]", /covers every path/],
    [{ http: { redirectExcept: ["/a b"] } }, "http.redirectExcept[0]", /may hold letters, digits/],
    [{ http: { redirectExcept: ["/a\nset map"] } }, "http.redirectExcept[0]", /may hold/],
    [{ http: { redirectExcept: ["/a;quit"] } }, "http.redirectExcept[0]", /may hold/],
    [{ http: { redirectExcept: ["/a"], more: 1 } }, "http.more", /is not an option/],
    [{ hsts: "yes" }, "hsts", /must be true, false or/],
    [{ hsts: { maxAge: -1 } }, "hsts.maxAge", /whole seconds/],
    [{ hsts: { maxAge: 1.5 } }, "hsts.maxAge", /whole seconds/],
    [{ hsts: { includeSubdomains: "yes" } }, "hsts.includeSubdomains", /true or false/],
    [{ hsts: { preload: true } }, "hsts.preload", /needs includeSubdomains: true/],
    [{ hsts: { maxage: 1 } }, "hsts.maxage", /did you mean maxAge\?/],
    [{ clientCertificates: "required" }, "clientCertificates", /must be \{mode/],
    [{ clientCertificates: { mode: "maybe" } }, "clientCertificates.mode", /off, optional or required/],
    [{ clientCertificates: { mode: "required" } }, "clientCertificates.ca", /must be the PEM/],
    [{ clientCertificates: { mode: "off", ca: "x" } }, "clientCertificates.ca", /has no use/],
    [{ clientCertificates: { mode: "required", ca: "x" } }, "clientCertificates.ca", /holds no PEM certificate/],
    [
      { clientCertificates: { mode: "required", ca: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----" } },
      "clientCertificates.ca",
      /cannot be read/,
    ],
    [
      { clientCertificates: { mode: "required", ca: clientCertificate.leaf } },
      "clientCertificates.ca",
      /is not a CA certificate/,
    ],
    [
      { clientCertificates: { mode: "required", ca: ca.root + clientCertificate.key } },
      "clientCertificates.ca",
      /contains a private key/,
    ],
    [
      { clientCertificates: { mode: "required", ca: ca.root.repeat(40) } },
      "clientCertificates.ca",
      /characters of certificates, at most 15000 are allowed/,
    ],
    [{ keyType: "rsa-4096" }, "keyType", /ecdsa-p256 or rsa-2048/],
    [{ ca: "verisign" }, "ca", /one of the stack's CAs: letsencrypt, zerossl/],
    [{ owner: 17 }, "owner", /your own id of the customer/],
    [{ owner: "" }, "owner", /your own id of the customer/],
    [{ owner: "Anna Muster" }, "owner", /without spaces/],
    [{ owner: "x".repeat(101) }, "owner", /1 to 100/],
    [{ upstream: "10.0.0.7:8080" }, "upstream", /must be http/],
    [{ upstream: "ftp://h" }, "upstream", /must be http/],
    [{ upstream: "http://u:p@h" }, "upstream", /must not carry credentials/],
    [{ upstream: "https://10.0.3.7:8443" }, "upstream", /must name a host/],
    [{ upstream: "https://[fd00::7]" }, "upstream", /must name a host/],
    [{ upstream: "http://h/path" }, "upstream", /no path or query/],
    [{ upstream: "http://h?" }, "upstream", /no path or query/],
    [{ upstream: "http://h\n" }, "upstream", /must be http/],
    [{ upstream: "http://h;x" }, "upstream", /not a valid name/],
    [{ upstream: "http://169.254.169.254" }, "upstream", /link-local/],
  ])("%j is reported at its path", (fields, path, message) => {
    const problems = problemsOf([{ domain: "a.example", ...fields }]);
    expect(problems).toEqual([
      { path: `tenants[0].${path}`, message: expect.stringMatching(message), tenant: "a.example" },
    ]);
  });

  it.each([[7], [null], [["a.example"]]])("%j is no tenant", (entry) => {
    expect(problemsOf([entry])).toEqual([{ path: "tenants[0]", message: "must be a domain or {domain: …, …}" }]);
  });

  it.each([[undefined], ["a.example"], [{}]])("%j is no list", (raw) => {
    expect(problemsOf(raw)[0]?.path).toBe("tenants");
  });
});

describe("a list with several mistakes", () => {
  it("is refused with every one of them, each with path and tenant, in one message", () => {
    const raw = [
      "a.example",
      { domain: "b.example", http: "x", aliases: ["A.example"] },
      { aliases: [] },
      "*.c.example",
    ];
    expect(() => parseTenants(raw, context)).toThrow(
      [
        "4 problems in the configuration:",
        "  tenants[1].aliases[0]: a.example is already tenants[0]; each name belongs to one tenant (tenant b.example)",
        '  tenants[1].http: must be "redirect", "serve" or {redirectExcept: [path prefixes]} (tenant b.example)',
        "  tenants[2].domain: is missing",
        "  tenants[3]: *.c.example is a wildcard, which needs DNS-01; certfront uses HTTP-01, so list each name that is used",
      ].join("\n"),
    );
  });
});
