import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { ConfigError } from "../../core/base/errors";
import { CONFIG_DEFAULTS, readConfig } from "../../infra/config/config";
import { KNOWN_CAS } from "../../infra/config/known-cas";
import { tenantListOf } from "../../infra/config/tenant-list";
import { kindOf } from "../../tools/config-reference";

const noFiles = (file: string): string => {
  throw new Error(`ENOENT: ${file}`);
};

/** Reads a configuration given as a person writes it in the stack's file. */
function read(config: Record<string, unknown>, readFile = noFiles, secretKeys = ["eab"]) {
  const values = Object.entries(config).map(([key, value]) => [
    key,
    typeof value === "object" ? JSON.stringify(value) : String(value),
  ]);
  return readConfig({ values: Object.fromEntries(values), secretKeys, readFile });
}

function problemsOf(config: Record<string, unknown>, readFile = noFiles): string[] {
  try {
    read(config, readFile);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

describe("a stack's configuration", () => {
  test("empty is a stack without tenants, two fronts and Let's Encrypt", () => {
    expect(read({})).toEqual({
      tenants: tenantListOf([], [{ name: "letsencrypt" }]),
      cas: [{ name: "letsencrypt", directory: KNOWN_CAS[0]?.directory, caaIdentities: ["letsencrypt.org"] }],
      allowRemovals: 0,
      allowTakeovers: [],
      contact: "",
      accountKey: 1,
      fronts: { min: 2, max: 4, sessionManager: false },
      alarms: {},
      logRetentionDays: 30,
      protect: true,
      tags: {},
    });
  });

  test("five mistakes give five messages in one run", () => {
    const config = {
      tenants: ["a.example.org", { domain: "b.example.org", http: "redirekt" }],
      minFronts: "two",
      alarmEmail: "ops",
      logRetentionDays: 31,
      alarmMail: "ops@example.org",
    };
    const problems = problemsOf(config);
    expect(problems.map((problem) => problem.split(":")[0])).toEqual([
      "alarmMail",
      "tenants[1].http",
      "minFronts",
      "alarmEmail",
      "logRetentionDays",
    ]);
    expect(() => read(config)).toThrow(/^5 problems in the configuration:\n/);
  });

  test.each([
    [
      "a key that nobody reads, with what was meant",
      { contct: "x" },
      "contct: is not an option; did you mean contact?",
    ],
    ["no CA at all", { cas: [] }, /^cas: must be a list of at least one CA: letsencrypt, /],
    ["an unknown CA", { cas: ["letsencript"] }, /^cas\[0\]: "letsencript" is not a known CA; there are letsencrypt, /],
    [
      "a CA twice",
      { cas: ["letsencrypt", "letsencrypt"] },
      "cas[1]: names letsencrypt twice; each CA needs a name of its own",
    ],
    [
      "a directory without https",
      { cas: [{ name: "own", directory: "http://ca.example/dir" }] },
      /^cas\[0\]\.directory: must be the https:/,
    ],
    ["a CA that needs a binding", { cas: ["zerossl"] }, /^eab\.zerossl: is missing: zerossl opens accounts only with/],
    [
      "half a binding",
      { cas: ["google"], eab: { google: { kid: "k" } } },
      "eab.google.hmacKey: must be the key in base64url, as the CA shows it",
    ],
    [
      "a binding for no CA of the stack",
      { eab: { zerosl: { kid: "k", hmacKey: "a".repeat(32) } } },
      /^eab\.zerosl: is not an option/,
    ],
    ["an operator in one word", { operator: ["Example"] }, "operator: must be an object: {name, support}"],
    [
      "an operator that is not reached",
      { operator: { name: "Example", support: "call us", mail: "x" } },
      /^operator\.mail: is not an option/,
    ],
    [
      "support that is no address",
      { operator: { support: "javascript:alert(1)" } },
      "operator.support: must be an e-mail address or an https address, such as help@example.com",
    ],
    [
      "an operator of several lines",
      { operator: { name: "a\nb" } },
      "operator.name: must be a line of at most 80 characters",
    ],
    ["fewer most than least fronts", { minFronts: 5, maxFronts: 3 }, "maxFronts: is 3, less than minFronts (5)"],
    [
      "two images",
      { ami: "ami-01234567", customAmi: "ami-01234567" },
      "customAmi: is set beside ami; a front boots from one image",
    ],
    ["a type that is none", { instanceType: "large" }, /^instanceType: is "large"; must be EC2 instance types such as/],
    ["types of two processors", { instanceType: "c7g.large,c7i.large" }, /^instanceType: .*must be all Arm or all x86/],
    ["a name with a dot", { name: "prod.eu" }, /^name: is "prod.eu"; must be up to 40 lower-case letters/],
    ["a CNAME target that is no name", { cnameTarget: "edge" }, /^cnameTarget: /],
    ["a zone without a name", { cnameZoneId: "Z0123456789" }, "cnameTarget: is missing beside cnameZoneId"],
    [
      "two ways to page",
      { pageEmail: "a@example.org", pageTopicArn: "arn:aws:sns:eu-west-1:111122223333:x" },
      /^pageTopicArn: is set beside pageEmail/,
    ],
    ["a VPC without subnets", { vpcId: "vpc-01234567" }, /^subnetIds: must name 2 to 5 public subnets of vpc-01234567/],
    [
      "subnets without a VPC",
      { subnetIds: ["subnet-01234567", "subnet-12345678"] },
      "vpcId: is missing beside subnetIds",
    ],
    [
      "one subnet twice",
      { vpcId: "vpc-01234567", subnetIds: ["subnet-01234567", "subnet-01234567"] },
      /^subnetIds: must name 2 to 5/,
    ],
    [
      "an address and a topic",
      { alarmEmail: "a@example.org", alarmTopicArn: "arn:aws:sns:eu-west-1:111122223333:x" },
      /^alarmTopicArn: is set beside/,
    ],
    ["a flag that is neither", { protect: "yes" }, 'protect: is "yes"; must be true or false'],
    ["tags that are none", { tags: ["web"] }, "tags: must be an object of texts: {team: web}"],
    ["tags that are no texts", { tags: { cost: 5 } }, "tags.cost: is 5; must be text, in quotes"],
    ["AWS' own tags", { tags: { "aws:team": "web" } }, "tags.aws:team: begins with aws:, which AWS keeps for itself"],
    ["the program's tag", { tags: { certfront: "x" } }, "tags.certfront: is the program's own tag; choose another key"],
    ["a tag that AWS would refuse", { tags: { team: "a;b" } }, /^tags\.team: must have a value of letters, digits/],
    [
      "more tags than a resource has",
      { tags: Object.fromEntries(Array.from({ length: 46 }, (_, at) => [`t${at}`, ""])) },
      "tags: are more than 45",
    ],
    [
      "a CNAME target that is a tenant's name",
      { cnameTarget: "Edge.example.org", tenants: [{ domain: "example.org", aliases: ["edge.example.org"] }] },
      "cnameTarget: is a tenant's name too, whose record would point at itself; choose another",
    ],
    ["a takeover that is no text", { allowTakeovers: [{ name: "x" }] }, "allowTakeovers[0]: must be a domain name"],
    [
      "a binding with a key too many",
      { cas: ["zerossl"], eab: { zerossl: { kid: "k", hmackey: "x" } } },
      "eab.zerossl.hmackey: is not an option; did you mean hmacKey?",
    ],
    [
      "a CA's identity that is no domain",
      { cas: [{ name: "own", directory: "https://ca.example/dir", caaIdentities: ["ca example"] }] },
      /^cas\[0\]\.caaIdentities: must be a list of the domains/,
    ],
    ["a list that is not one", { tenants: "a.example.org" }, /^tenants: is not a list or object/],
    [
      "an upstream with a path",
      { defaultUpstream: "http://app.internal/x" },
      "defaultUpstream: must have no path or query; requests keep theirs",
    ],
    [
      "a tenant's CA that the stack lacks",
      { tenants: [{ domain: "a.example.org", ca: "zerossl" }] },
      "tenants[0].ca: must be one of the stack's CAs: letsencrypt",
    ],
    [
      "a file beside the list",
      { tenants: ["a.example.org"], tenantsFile: "t.yaml" },
      /^tenantsFile: is set beside tenants/,
    ],
    ["a file that is not there", { tenantsFile: "t.yaml" }, "tenantsFile: t.yaml cannot be read: ENOENT: t.yaml"],
  ])("refuses %s", (_, config, expected) => {
    expect(problemsOf(config)[0]).toEqual(typeof expected === "string" ? expected : expect.stringMatching(expected));
  });

  test("refuses a binding key that is not encrypted in the stack's file", () => {
    const config = { cas: ["google"], eab: { google: { kid: "k", hmacKey: "A".repeat(43) } } };
    expect(read(config).cas[0]?.eab?.kid).toBe("k");
    expect(() => read(config, noFiles, [])).toThrow("eab: lies in plain text in the stack's file");
  });

  test("a refused binding key is not repeated in the message", () => {
    const secret = "not base64url: s3cret";
    expect(problemsOf({ cas: ["google"], eab: { google: { kid: "k", hmacKey: secret } } }).join()).not.toContain(
      secret,
    );
  });

  test.each([
    ["YAML", "- a.example.org\n- {domain: b.example.org, http: serve}\n"],
    ["YAML with a key", "tenants:\n  - a.example.org\n  - {domain: b.example.org, http: serve}\n"],
    ["JSON", '["a.example.org", {"domain": "b.example.org", "http": "serve"}]'],
  ])("takes the list from a %s file", (_, content) => {
    const { tenants } = read({ tenantsFile: "lists/tenants" }, (file) =>
      file === "lists/tenants" ? content : noFiles(file),
    );
    const list = ["a.example.org", { domain: "b.example.org", http: "serve" }];
    expect(tenants).toEqual(tenantListOf(list, [{ name: "letsencrypt" }]));
  });

  const subnets = (count: number) => Array.from({ length: count }, (_, at) => `subnet-0123456${at}`);
  const tags = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`t${at}`, ""]));
  const support = (length: number) => `https://${"s".repeat(length - 8)}`;
  test.each<[string, (much: number) => Record<string, unknown>, number]>([
    ["tags", (count) => ({ tags: tags(count) }), 45],
    ["characters of a tag's key", (length) => ({ tags: { ["k".repeat(length)]: "" } }), 128],
    ["characters of a tag's value", (length) => ({ tags: { k: "v".repeat(length) } }), 256],
    ["subnets", (count) => ({ vpcId: "vpc-01234567", subnetIds: subnets(count) }), 5],
    ["characters of the operator's support", (length) => ({ operator: { support: support(length) } }), 200],
  ])("takes as many %s as there may be, and not one more", (_what, config, most) => {
    expect([problemsOf(config(most)).length, problemsOf(config(most + 1)).length]).toEqual([0, 1]);
  });

  test("says all that is wrong with an operator, and with each tag", () => {
    const found = problemsOf({ operator: { name: 5, support: "x" }, tags: { a: true, b: "ok", c: null } });
    expect(found.map((problem) => problem.split(":")[0])).toEqual([
      ...["operator.name", "operator.support", "tags.a", "tags.c"],
    ]);
  });

  test.each<[what: string, content: string, problems: RegExp[]]>([
    [
      "merge keys, as Pulumi's own files may have",
      "- &a\n  domain: a.example\n  hsts: false\n- <<: *a\n  domain: b.example\n",
      [],
    ],
    ["the mark that some editors begin with, and their line ends", "\uFEFF- a.example\r\n- b.example\r\n", []],
    [
      "a key beside the list, which nobody reads",
      "tenants: [a.example, b.example]\ntenant: [c.example]\n",
      [/^tenantsFile: t\.yaml: tenant is not/],
    ],
  ])("a list in a file with %s", (_, content, problems) => {
    const file = () => content;
    const expected = problems.map((problem) => expect.stringMatching(problem));
    expect(problemsOf({ tenantsFile: "t.yaml" }, file)).toEqual(expected);
    if (problems.length === 0)
      expect(read({ tenantsFile: "t.yaml" }, file).tenants.tenants.map(({ domain }) => domain)).toEqual([
        ...["a.example", "b.example"],
      ]);
  });

  test("a list in a file is checked like one in the configuration", () => {
    expect(problemsOf({ tenantsFile: "t" }, () => "- a.example.org\n- a.example.org\n")[0]).toMatch(/^tenants\[1\]: /);
  });

  test("the profile goes to the CAs that have profiles, unless they name their own", () => {
    const { cas } = read({
      cas: ["letsencrypt", "sslcom", { name: "letsencrypt-staging", profile: "shortlived" }],
      eab: { sslcom: { kid: "k", hmacKey: "A".repeat(43) } },
      profile: "tlsserver",
    });
    expect(cas.map(({ name, profile }) => [name, profile])).toEqual([
      ["letsencrypt", "tlsserver"],
      ["sslcom", undefined],
      ["letsencrypt-staging", "shortlived"],
    ]);
  });
});

describe("Pulumi.yaml", () => {
  const project = parse(fs.readFileSync(path.join(__dirname, "../../Pulumi.yaml"), "utf8")) as {
    main?: string;
    config: Record<string, { default?: unknown; description?: string; secret?: boolean }>;
  };

  test("declares every key that the program reads, with the same default", () => {
    const defaults = Object.entries(project.config).map(([key, declared]) => [key, declared.default]);
    expect(Object.fromEntries(defaults)).toEqual(CONFIG_DEFAULTS);
  });

  test("describes every key", () => {
    for (const [key, { description }] of Object.entries(project.config)) {
      expect([key, description?.length ?? 0]).toEqual([key, expect.any(Number)]);
      expect(description?.length).toBeGreaterThan(20);
    }
  });

  // The Pulumi CLI demands a value for a key without default, and stops at the first value that is not of a key's type.
  test("says nothing that the CLI would refuse on an empty stack", () => {
    for (const declared of Object.values(project.config)) {
      expect(declared.default).toBeDefined();
      expect(Object.keys(declared)).not.toContain("type");
    }
  });

  // Without it Pulumi takes the package's `exports`, the library, for the program; a file in a folder would make that folder the program's own.
  test("names the program, beside itself", () => {
    expect(project.main).toBe("index.ts");
  });

  test("is what docs/configuration.md says, key by key", () => {
    const page = fs.readFileSync(path.join(__dirname, "../../docs/configuration.md"), "utf8");
    for (const [key, declared] of Object.entries(project.config)) {
      const row = `| \`${key}\` | ${kindOf(declared)} | \`${JSON.stringify(declared.default)}\` | ${declared.description} |`;
      expect(page).toContain(row);
    }
    for (const { name } of KNOWN_CAS) expect(page).toContain(`\n| \`${name}\` | `);
  });

  test("and the example there is valid but for the key and the certificate that it leaves out", () => {
    const page = fs.readFileSync(path.join(__dirname, "../../docs/configuration.md"), "utf8");
    const [, yaml = ""] = page.match(/```yaml\n([\s\S]*?)```/) ?? [];
    const { config } = parse(yaml) as { config: Record<string, unknown> };
    const own = Object.entries(config).flatMap(([key, value]) =>
      key.startsWith("certfront:") ? [[key.replace("certfront:", ""), value]] : [],
    );
    expect(
      problemsOf({
        cas: ["letsencrypt", { name: "zerossl", directory: "https://ca.example" }],
        ...Object.fromEntries(own),
      }),
    ).toEqual([
      expect.stringMatching(/^eab\.zerossl: is missing/),
      expect.stringMatching(/^tenants\[1\]\.clientCertificates\.ca: /),
    ]);
  });

  test("marks the binding keys as secret", () => {
    expect(project.config.eab?.secret).toBe(true);
  });
});
