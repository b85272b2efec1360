import { ConfigError } from "../../core/base/errors";
import { parseTenants } from "../../core/tenant/config";
import { parseUpstream } from "../../core/tenant/fields";
import { namesOf, type Tenant } from "../../core/tenant/tenant";
import { fileStem, policyOf, unsafePrefixes } from "../../front/agent/policy";
import { type Reach, reachOf } from "../../front/agent/reach";
import { serverArgs, serverOf } from "../../front/agent/upstreams";
import { Random } from "../../testing/random";

const VALUES = 4_000;
const context = { caNames: ["letsencrypt"] };

/** Pieces that real configurations hold, and those that differ between two readers of the same thing. */
const HOST_PIECES = [
  "a",
  "b9",
  "app",
  "server",
  "-",
  "_",
  ".",
  "..",
  "10",
  "0x7f",
  "127",
  "1",
  "xn--",
  "é",
  "A",
  "[::1]",
  "%41",
  ":",
  "@",
  " ",
  "internal",
] as const;
const PREFIX_PIECES = [
  "/",
  "/",
  "api",
  "v1",
  ".",
  "..",
  "%20",
  "%2e",
  ",",
  "=",
  ";",
  "~",
  "_",
  "@",
  ":",
  "+",
  "-",
  "\\",
  "#",
  "|",
  " ",
  "é",
  "\n",
] as const;
const NAME_PIECES = [
  "a",
  "shop",
  "-",
  "--",
  ".",
  ".",
  ".",
  "xn--bcher-kva",
  "ü",
  "_",
  "9",
  "l·l",
  "*",
  "example",
  "a".repeat(60),
] as const;

function written(random: Random): Record<string, unknown> {
  const upstream = `${random.pick(["http", "https", "ftp"])}://${random.join(HOST_PIECES, 1, 5)}${random.pick(["", ":80", ":8080", ":0", ":65536", "/", ":x"])}`;
  const prefixes = Array.from({ length: random.integer(1, 3) }, () => `/${random.join(PREFIX_PIECES, 1, 6)}`);
  const plain = random.chance(0.5);
  return {
    domain: random.chance(0.6) ? "a.example" : `${random.join(NAME_PIECES, 1, 6)}.example`,
    ...(random.chance(0.4) && { aliases: [`${random.join(NAME_PIECES, 1, 8)}.example`] }),
    ...(random.chance(0.7) && {
      upstream: plain ? `http://${random.join(["a", "b9", "-", ".", "app"], 1, 5)}` : upstream,
    }),
    ...(random.chance(0.7) && {
      http: { redirectExcept: plain ? [`/${random.join(["api", "/", ".", "~", "v1", "-"], 1, 5)}`] : prefixes },
    }),
    ...(random.chance(0.3) && { hsts: { maxAge: random.pick([0, 1, 315_360_000, 1e15, 0.5]) } }),
  };
}

function accepted(raw: unknown): Tenant | undefined {
  try {
    return parseTenants([raw], context)[0];
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

/** What a front would leave out or stumble over. */
function frontsProblems(tenant: Tenant): string[] {
  const problems: string[] = [];
  const must = (holds: boolean, what: string) => holds || problems.push(what);
  const policy = policyOf(tenant, namesOf(tenant), undefined);
  const prefixes = typeof tenant.http === "string" ? [] : tenant.http.redirectExcept;
  must(unsafePrefixes(tenant).length === 0, "a prefix is left out");
  must(policy.exceptions.size === new Set(prefixes).size * namesOf(tenant).length, "an exception is missing");
  for (const word of [...policy.hosts.keys(), ...policy.hosts.values(), ...policy.exceptions]) {
    must(/^[\x21-\x7e]+$/.test(word) && !/[;#"'\\]/.test(word), `${JSON.stringify(word)} is no word of a map`);
  }
  must(Buffer.byteLength(`${fileStem(tenant.domain)}~0123456789ab.pem`) <= 255, "the file's name is too long");
  if (tenant.upstream !== undefined) {
    const server = serverOf(tenant.upstream);
    must(
      [...policy.hosts.values()].every((fields) => fields.endsWith(`|${server.name}`)),
      "the upstream is left out",
    );
    must(!/[^\x20-\x7e]|[;#"'\\$]/.test(serverArgs(server, "10.0.0.1")), "the server line is not plain");
  }
  return problems;
}

describe("what configuration accepts, every front takes", () => {
  it(`for ${VALUES} tenants made by chance`, () => {
    const random = new Random(20_261_129);
    const seen = { accepted: 0, refused: 0, upstreams: 0, prefixes: 0 };
    for (let count = 0; count < VALUES; count++) {
      const raw = written(random);
      const tenant = accepted(raw);
      if (!tenant) seen.refused++;
      else {
        seen.accepted++;
        if (tenant.upstream !== undefined) seen.upstreams++;
        if (typeof tenant.http !== "string") seen.prefixes++;
        expect({ raw, problems: frontsProblems(tenant) }).toEqual({ raw, problems: [] });
      }
    }
    // Enough of each for the sentence to mean something.
    expect(seen.accepted).toBeGreaterThan(VALUES / 10);
    expect(seen.refused).toBeGreaterThan(VALUES / 10);
    expect(Math.min(seen.upstreams, seen.prefixes)).toBeGreaterThan(200);
  });

  it("and a name of 253 characters has files like every other", () => {
    const domain = `${`${"a".repeat(61)}.`.repeat(3)}${"b".repeat(63)}.${"c".repeat(3)}`;
    expect(domain).toHaveLength(253);
    const tenant = accepted(domain);
    expect(tenant && frontsProblems(tenant)).toEqual([]);
  });

  it.each([
    ["http://app_server:8080"],
    ["http://-a:80"],
    ["http://a-:80"],
    ["http://a..b:80"],
    ["http://.a:80"],
    ["http://a:0"],
  ])("configuration refuses %s, as a front must", (upstream) =>
    expect(accepted({ domain: "a.example", upstream })).toBeUndefined(),
  );

  it("a name's last dot is no difference", () => {
    expect(parseUpstream("http://app.internal.:8080", () => undefined, { oneMachine: false })).toBe(
      "http://app.internal:8080",
    );
  });
});

const instance = { bind: "0.0.0.0", httpPort: 80, httpsPort: 443, healthPort: 8404 };

/** Spellings of addresses that lead to the instance's metadata, its link, the front itself, or to nobody. */
const FORBIDDEN = [
  "169.254.169.254",
  "0xa9fea9fe",
  "2852039166",
  "0251.0376.0251.0376",
  "169.254.43518",
  "0xa9.254.0251.254",
  "169.254.169.254.",
  "[::ffff:169.254.169.254]",
  "[::ffff:a9fe:a9fe]",
  "[0:0:0:0:0:ffff:a9fe:a9fe]",
  "[::169.254.169.254]",
  "[::ffff:0:a9fe:a9fe]",
  "[64:ff9b::a9fe:a9fe]",
  "[64:ff9b:1::a9fe:a9fe]",
  "[2002:a9fe:a9fe::1]",
  "[fd00:ec2::254]",
  "[fd00:0ec2:0::0254]",
  "[fd00:ec2::253]",
  "169.254.0.1",
  "169.254.169.253",
  "[fe80::1]",
  "[FE80::1]",
  "[febf::1]",
  "instance-data",
  "instance-data.ec2.internal",
  "metadata.google.internal",
  "Instance-Data.EC2.internal.",
  "127.0.0.1",
  "127.1",
  "127.255.255.254",
  "0x7f.1",
  "0177.0.0.1",
  "2130706433",
  "[::1]",
  "[0:0:0:0:0:0:0:1]",
  "[::ffff:127.0.0.1]",
  "[::127.0.0.1]",
  "localhost",
  "LOCALHOST",
  "localhost.",
  "a.localhost",
  "localhost.localdomain",
  "ip6-localhost",
  "0.0.0.0",
  "0",
  "0x0",
  "0.1.2.3",
  "[::]",
  "[::ffff:0.0.0.0]",
  "224.0.0.1",
  "239.255.255.250",
  "255.255.255.255",
  "240.0.0.1",
  "[ff02::1]",
  "[ff05::2]",
  "[::ffff:224.0.0.1]",
] as const;

describe("an upstream that leads to the instance's metadata, its link, the front itself or nobody", () => {
  it.each(FORBIDDEN.flatMap((host) => [[`http://${host}:8080`], [`http://${host}`]]))(
    "is refused as %s",
    (upstream) => {
      expect(accepted({ domain: "a.example", upstream })).toBeUndefined();
    },
  );

  it.each([
    ["169.254.169.254"],
    ["::ffff:169.254.169.254"],
    ["::ffff:a9fe:a9fe"],
    ["fd00:ec2::254"],
    ["fe80::1%eth0"],
    ["127.0.0.1"],
    ["::1"],
    ["0.0.0.0"],
    ["::"],
    ["224.0.0.1"],
    ["ff02::1%2"],
    ["10.0.7.1"],
    ["fd12::7"],
  ])("is refused where a name was looked up to %s", (address) => {
    expect(reachOf(instance, () => ["10.0.7.1", "fd12::7"])(address, 8080)).toMatch(/^is /);
  });

  it.each([
    ["10.0.7.2"],
    ["192.168.1.1"],
    ["172.31.0.2"],
    ["203.0.113.9"],
    ["100.64.0.1"],
    ["fd12::8"],
    ["2001:db8::1"],
    ["::ffff:10.0.7.2"],
  ])("is not %s", (address) => {
    expect(reachOf(instance, () => ["10.0.7.1"])(address, 8080)).toBeUndefined();
    const host = address.includes(":") ? `[${address}]` : address;
    expect(accepted({ domain: "a.example", upstream: `http://${host}:8080` })).toBeDefined();
  });

  describe("where the whole stack is one machine", () => {
    const here: Reach = reachOf({ ...instance, bind: "127.0.0.1", httpPort: 8080, httpsPort: 8443 });

    it("may be on its loopback address, but not at the front's own ports", () => {
      expect([here("127.0.0.1", 3000), here("::1", 3000)]).toEqual([undefined, undefined]);
      expect([8080, 8443, 8404].map((port) => here("127.0.0.1", port) !== undefined)).toEqual([true, true, true]);
      const upstream = "http://localhost:3000";
      expect(parseTenants([{ domain: "a.example", upstream }], { ...context, oneMachine: true })[0]?.upstream).toBe(
        upstream,
      );
    });

    it("may not be the metadata service all the same", () => {
      expect(here("169.254.169.254", 80)).toMatch(/metadata/);
    });
  });

  it.each([["http://www.b.example"], ["http://B.example.:80"], ["https://www.b.example"]])(
    "is refused as %s, a tenant of the same stack: its requests would come back for ever",
    (upstream) => {
      const list = [
        { domain: "a.example", upstream },
        { domain: "b.example", aliases: ["www.b.example"] },
      ];
      expect(() => parseTenants(list, context)).toThrow(/leads back to the load balancer/);
      expect(parseTenants([list[0], "c.example"], context)).toHaveLength(2);
    },
  );
});
