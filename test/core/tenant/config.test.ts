import { ConfigError, type ConfigProblem } from "../../../core/base/errors";
import { circleProblem, parseTenants, type TenantContext } from "../../../core/tenant/config";
import { TestCa } from "../../../testing/certificates";

const context = { caNames: ["letsencrypt", "zerossl"] };

function problemsOf(raw: unknown, of: TenantContext = context): readonly ConfigProblem[] {
  try {
    parseTenants(raw, of);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe("a tenant", () => {
  it("is a bare domain with sensible defaults", () => {
    expect(parseTenants(["shop.example"], context)).toStrictEqual([
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
    const ca = new TestCa("tenant-ca");
    const crl = ca.revocationLists([]);
    const [tenant] = parseTenants(
      [
        {
          domain: "data.paris.example",
          aliases: ["www.data.paris.example", "opendap.paris.example"],
          upstream: "http://10.0.0.7:8080/",
          http: { redirectExcept: ["/api/", "/dap/"] },
          hsts: { maxAge: 63_072_000, includeSubdomains: true, preload: true },
          clientCertificates: { mode: "required", ca: `  comment\n${ca.root}\nmore`, crl: `comment\n${crl}` },
          keyType: "rsa-2048",
          ca: "zerossl",
          owner: "customer-17",
        },
      ],
      context,
    );
    expect(tenant).toStrictEqual({
      domain: "data.paris.example",
      aliases: ["www.data.paris.example", "opendap.paris.example"],
      upstream: "http://10.0.0.7:8080",
      http: { redirectExcept: ["/api/", "/dap/"] },
      hsts: { maxAge: 63_072_000, includeSubdomains: true, preload: true },
      clientCertificates: { mode: "required", ca: ca.root, crl },
      keyType: "rsa-2048",
      ca: "zerossl",
      owner: "customer-17",
    });
  });

  it("has its names in their canonical form", () => {
    expect(parseTenants([{ domain: "BÜCHER.example.", aliases: ["Shop.Example"] }], context)).toMatchObject([
      { domain: "xn--bcher-kva.example", aliases: ["shop.example"] },
    ]);
  });

  it.each([
    ["http://u.example", "http://u.example:80"],
    ["https://u.example/", "https://u.example:443"],
    ["http://web:8080", "http://web:8080"],
    ["http://[2001:db8::1]:8080", "http://[2001:db8::1]:8080"],
  ])("reaches its upstream %s at %s", (upstream, canonical) => {
    expect(parseTenants([{ domain: "a.example", upstream }], context)[0]?.upstream).toBe(canonical);
  });

  it("may lie on the same machine where the whole stack does", () => {
    const raw = [{ domain: "a.example", upstream: "http://localhost:8080" }];
    expect(parseTenants(raw, { ...context, oneMachine: true })).toMatchObject([{ upstream: "http://localhost:8080" }]);
    for (const of of [context, { ...context, oneMachine: false }]) {
      expect(problemsOf(raw, of)).toMatchObject([{ message: "is the front itself, not a server behind it" }]);
    }
  });
});

describe("names of a list", () => {
  const many = (count: number) => Array.from({ length: count }, (_, n) => `n${n}.a.example`);

  it("are 25 for one tenant at the most", () => {
    expect(parseTenants([{ domain: "a.example", aliases: many(24) }], context)[0]?.aliases).toHaveLength(24);
    expect(problemsOf([{ domain: "a.example", aliases: many(25) }])).toEqual([
      {
        path: "tenants[0].aliases",
        message: "has 25 names, a certificate carries at most 25 with the domain",
        tenant: "a.example",
      },
    ]);
  });

  it.each<[unknown, string, string]>([
    ["www.a.example", "aliases", "must be a list of domains"],
    [[7], "aliases[0]", "must be a domain name"],
    [["www.a.example", undefined], "aliases[1]", "is missing"],
    [["localhost"], "aliases[0]", '"localhost" has a single label; write the whole name, like shop.example.com'],
    [["A.example."], "aliases[0]", "a.example is already tenants[0].domain; each name belongs to one tenant"],
    [
      ["www.a.example", "www.a.example"],
      "aliases[1]",
      "www.a.example is already tenants[0].aliases[0]; each name belongs to one tenant",
    ],
  ])("are told where they are wrong: %j", (aliases, path, message) => {
    expect(problemsOf([{ domain: "a.example", aliases }])).toEqual([
      { path: `tenants[0].${path}`, message, tenant: "a.example" },
    ]);
  });

  it("are told where the domain itself is", () => {
    expect(problemsOf([{ domain: 7 }, {}])).toStrictEqual([
      { path: "tenants[0].domain", message: "must be a domain name" },
      { path: "tenants[1].domain", message: "is missing" },
    ]);
  });
});

describe("an upstream that leads back to the load balancer", () => {
  const CIRCLE = "b.example is a tenant of this stack and leads back to the load balancer; name the server behind it";

  it("is refused, whichever tenant's name it is, wherever in the list", () => {
    const raw = [{ domain: "a.example", upstream: "http://b.example" }, "b.example"];
    expect(problemsOf(raw)).toEqual([{ path: "tenants[0].upstream", message: CIRCLE, tenant: "a.example" }]);
  });

  it.each([
    ["http://b.example", CIRCLE],
    ["https://b.example", CIRCLE],
    ["https://b.example:80", CIRCLE],
    ["http://b.example:443", CIRCLE],
    ["http://b.example:8080", undefined],
    ["http://origin.b.example", undefined],
  ])("is known by name and port: %s", (upstream, problem) => {
    expect(circleProblem(upstream, new Set(["b.example"]))).toBe(problem);
  });
});

describe("an entry that is none", () => {
  it.each([[7], [null], [["a.example"]]])("%j is no tenant", (entry) => {
    expect(problemsOf([entry])).toEqual([{ path: "tenants[0]", message: "must be a domain or {domain: …, …}" }]);
  });

  it.each([[undefined], ["a.example"], [{}]])("%j is no list", (raw) => {
    expect(problemsOf(raw)).toEqual([
      { path: "tenants", message: "must be a list, each entry a domain or {domain: …, …}" },
    ]);
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
