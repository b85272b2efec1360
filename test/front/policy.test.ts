import type { Tenant } from "../../core/tenant/tenant";
import { checkedName, fileStem, policyOf, servedNames, unsafePrefixes } from "../../front/agent/policy";
import { serverArgs, serverOf } from "../../front/agent/upstreams";
import { tenant } from "../../testing/records";

const CA = "-----BEGIN CERTIFICATE-----\n";

/** `domain|http|hsts|clients|server` of the tenant's primary name. */
const fields = (changes: Partial<Tenant>, covered = ["a.example"], defaultUpstream?: string): string | undefined =>
  policyOf(tenant("a.example", changes), covered, defaultUpstream).hosts.get("a.example");

describe("a tenant's policy", () => {
  const own = serverOf("http://10.0.0.1:8080").name;
  const hsts = { maxAge: 31_536_000, includeSubdomains: true, preload: true };
  const cases: readonly [string, Parameters<typeof fields>, string][] = [
    ["redirects", [{}], "a.example|r|-|n|-"],
    ["waits for its certificate", [{}, []], "a.example|w|-|n|-"],
    ["serves", [{ http: "serve" }], "a.example|s|-|n|-"],
    ["serves without a certificate too", [{ http: "serve" }, []], "a.example|s|-|n|-"],
    ["redirects with exceptions", [{ http: { redirectExcept: ["/api/"] } }], "a.example|x|-|n|-"],
    [
      "never serves plainly what needs client certificates",
      [{ http: "serve", clientCertificates: { mode: "required", ca: CA } }],
      "a.example|r|-|q|-|0",
    ],
    ["asks for client certificates", [{ clientCertificates: { mode: "optional", ca: CA } }], "a.example|r|-|o|-|0"],
    ["has all of HSTS", [{ hsts }], "a.example|r|max-age=31536000_includeSubDomains_preload|n|-"],
    [
      "has a part of HSTS",
      [{ hsts: { ...hsts, maxAge: 60.5, preload: false } }],
      "a.example|r|max-age=60_includeSubDomains|n|-",
    ],
    [
      "has HSTS for itself only",
      [{ hsts: { ...hsts, includeSubdomains: false } }],
      "a.example|r|max-age=31536000_preload|n|-",
    ],
    [
      "serves exceptions only without a certificate",
      [{ http: { redirectExcept: ["/api/"] } }, []],
      "a.example|x|-|n|-",
    ],
    [
      "serves nothing before it is known whose the name is",
      [{ http: "serve", owner: "somebody" }, []],
      "a.example|w|-|n|-",
    ],
    ["serves once it is known", [{ http: "serve", owner: "somebody" }], "a.example|s|-|n|-"],
    [
      "has its own upstream rather than the stack's",
      [{ upstream: "http://10.0.0.1:8080" }, ["a.example"], "http://10.0.0.2:80"],
      `a.example|r|-|n|${own}`,
    ],
    ["has its own upstream", [{ upstream: "http://10.0.0.1:8080" }], `a.example|r|-|n|${own}`],
    ["has the stack's upstream", [{}, ["a.example"], "http://10.0.0.1:8080"], `a.example|r|-|n|${own}`],
  ];
  it.each(cases)("%s", (_, args, expected) => expect(fields(...args)).toBe(expected));

  it("holds for every name, waiting only where the certificate does not reach yet", () => {
    const { hosts } = policyOf(tenant("a.example", { aliases: ["www.a.example"] }), ["a.example"], undefined);
    expect([...hosts]).toEqual([
      ["a.example", "a.example|r|-|n|-"],
      ["www.a.example", "a.example|w|-|n|-"],
    ]);
  });

  it("says of each name since when a client's connection counts, in whole milliseconds", () => {
    const subject = tenant("a.example", { aliases: ["b.example"], clientCertificates: { mode: "optional", ca: CA } });
    const { hosts } = policyOf(subject, [], undefined, (name) => (name === "b.example" ? 7.5 : 0));
    expect([...hosts.values()].map((one) => one.split("|")[5])).toEqual(["0", "7"]);
  });

  it("names each exception for each name", () => {
    const subject = tenant("a.example", { aliases: ["b.example"], http: { redirectExcept: ["/api/", "/dap/"] } });
    expect([...policyOf(subject, [], undefined).exceptions]).toEqual([
      "a.example/api/",
      "a.example/dap/",
      "b.example/api/",
      "b.example/dap/",
    ]);
  });

  it.each<[string, Partial<Tenant>]>([
    ["a domain with a command in it", { domain: "a.example;quit" }],
    ["a domain with a space", { domain: "a.example x" }],
    ["a domain that climbs", { domain: "../etc.passwd" }],
    ["an upper-case domain", { domain: "A.example" }],
    ["an alias with a line break", { aliases: ["b.example\nquit"] }],
    ["an alias with a field of its own", { aliases: ["b.example|s"] }],
  ])("refuses %s", (_, changes) => {
    expect(() => policyOf(tenant("a.example", changes), [], undefined)).toThrow(RangeError);
  });

  it.each([["/a b"], ["/a\n"], ["api"], ["/a%20b/"], ["/a/../b/"]])(
    "leaves the prefix %j out, and nothing else of the tenant",
    (prefix) => {
      const subject = tenant("a.example", { http: { redirectExcept: [prefix, "/api/"] } });
      const { hosts, exceptions } = policyOf(subject, ["a.example"], undefined);
      expect([...exceptions]).toEqual(["a.example/api/"]);
      expect(hosts.get("a.example")).toBe("a.example|x|-|n|-");
    },
  );

  it.each([
    ["http://10.0.0.1:80 backup"],
    ["http://10.0.0.1/app"],
    ["file:///etc/passwd"],
    ["http://a b@10.0.0.1"],
    ["http://my_app:80"],
  ])("gives the requests of the upstream %j to no server, and leaves the rest", (upstream) => {
    const { hosts } = policyOf(tenant("a.example", { upstream }), ["a.example"], undefined);
    expect(hosts.get("a.example")).toBe("a.example|r|-|n|u0-refused");
    expect(() => serverOf(upstream)).toThrow(RangeError);
  });
});

describe("a name as a word of commands and as a file's", () => {
  it.each(["a", "", "A.example", "a b.example", "a.example\n", "-a.example", "../a.example"])("is none: %j", (name) => {
    expect(() => checkedName(name)).toThrow(new RangeError(`not a domain name: ${JSON.stringify(name)}`));
    expect(() => fileStem(name)).toThrow(RangeError);
  });

  it("is the domain, and where that is very long its beginning and what tells it from others", () => {
    const label = "a".repeat(48);
    const long = (end: string) => `${[label, label, label, label].join(".")}.${end}`;
    expect([fileStem("a.example"), fileStem(long("abcd")).length]).toEqual(["a.example", 200]);
    expect(fileStem(long("abcde"))).toMatch(/^[a.]{150}~[0-9a-f]{24}$/);
    expect(fileStem(long("abcde"))).not.toBe(fileStem(long("abcdf")));
  });

  it("is served where the certificate covers it, the tenant's domain first", () => {
    const subject = tenant("b.example", { aliases: ["a.example", "c.example"] });
    expect(servedNames(subject, { names: ["a.example", "b.example", "other.example"] })).toEqual([
      "b.example",
      "a.example",
    ]);
  });

  it("has path prefixes that configuration would refuse today, quoted", () => {
    expect(unsafePrefixes(tenant("a.example", { http: { redirectExcept: ["/a b", "/api/"] } }))).toEqual(['"/a b"']);
    expect(unsafePrefixes(tenant("a.example", { http: "serve" }))).toEqual([]);
  });
});

describe("an upstream's server", () => {
  it("is one for all tenants that name the same, and lies in the backend its name begins with", () => {
    expect(serverOf("http://app.internal:80")).toEqual(serverOf("http://app.internal"));
    expect(serverOf("http://app.internal").name).not.toBe(serverOf("https://app.internal").name);
    const { backend, name } = serverOf("http://app.internal");
    expect(name.startsWith(`${backend}-`)).toBe(true);
  });

  it("never takes part in load balancing", () => {
    for (const upstream of ["http://app.internal", "https://app.internal"]) {
      expect(serverArgs(serverOf(upstream), "10.0.0.1")).toContain(" weight 0 ");
    }
  });

  it("is verified over TLS, in its checks too", () => {
    const args = serverArgs(serverOf("https://app.internal"), "2001:db8::1");
    expect(args).toMatch(/^\[2001:db8::1\]:443 /);
    for (const word of ["verify required", "verifyhost app.internal", "check-ssl", "check-sni app.internal"]) {
      expect(args).toContain(word);
    }
  });
});
