import { addressProblem, onThisMachine, readUpstream } from "../../../core/tenant/upstream";

const APART = { oneMachine: false };
const TOGETHER = { oneMachine: true };
const METADATA = "is a link-local address (the cloud's metadata service)";
const ITSELF = "is the front itself, not a server behind it";
const NOBODY = "is no server's address (unspecified, multicast or reserved)";
const SHAPE = "must be http://host:port or https://host:port";

describe("where a tenant's requests go", () => {
  it.each([
    ["http://web", { url: "http://web:80", host: "web", port: 80, tls: false }],
    ["https://web.example/", { url: "https://web.example:443", host: "web.example", port: 443, tls: true }],
    ["HTTP://Web.Example.:8080", { url: "http://web.example:8080", host: "web.example", port: 8080, tls: false }],
    ["http://web:443", { url: "http://web:443", host: "web", port: 443, tls: false }],
    ["http://10.0.3.7:8080", { url: "http://10.0.3.7:8080", host: "10.0.3.7", port: 8080, tls: false }],
    ["http://0x0a000307", { url: "http://10.0.3.7:80", host: "10.0.3.7", port: 80, tls: false }],
    ["http://[FD00:0::7]:8080", { url: "http://[fd00::7]:8080", host: "fd00::7", port: 8080, tls: false }],
    [`http://${"a".repeat(63)}.example`, expect.objectContaining({ port: 80 })],
  ])("%s is read once, for all that need it", (written, upstream) => {
    expect(readUpstream(written, APART)).toEqual({ upstream });
  });

  it.each<[unknown, string]>([
    [7, SHAPE],
    ["web:8080", SHAPE],
    ["10.0.0.7:8080", SHAPE],
    ["", SHAPE],
    ["http://", SHAPE],
    ["ftp://web", SHAPE],
    [" http://web", SHAPE],
    ["http://web ", SHAPE],
    ["http://bücher.example", SHAPE],
    [`http://${"a.".repeat(150)}example`, SHAPE],
    ["http://user@web", "must not carry credentials; they would lie on every front"],
    ["http://:secret@web", "must not carry credentials; they would lie on every front"],
    ["http://web/path", "must have no path or query; requests keep theirs"],
    ["http://web/?q", "must have no path or query; requests keep theirs"],
    ["http://web#", "must have no path or query; requests keep theirs"],
    ["http://web:0", `${SHAPE}; there is no port 0`],
    ["http://a_b", `${SHAPE}; the host is not a valid name`],
    ["https://10.0.3.7", "must name a host, not an address: its certificate is verified by name. Or use http://"],
    ["http://169.254.169.254", METADATA],
    ["http://instance-data", METADATA],
    ["http://instance-data.ec2.internal", METADATA],
    ["http://metadata", METADATA],
    ["http://metadata.google.internal.", METADATA],
    ["http://localhost", ITSELF],
    ["http://web.localhost", ITSELF],
    ["http://localhost.localdomain", ITSELF],
    ["http://localhost6", ITSELF],
    ["http://ip6-localhost", ITSELF],
    ["http://ip6-loopback", ITSELF],
    ["http://2130706433", ITSELF],
  ])("%j is refused: %s", (written, problem) => {
    expect(readUpstream(written, APART)).toEqual({ problem });
  });

  it.each([["http://localhost:8080"], ["http://web.localhost:8080"], ["http://127.0.0.1:8080"], ["http://[::1]:8080"]])(
    "%s is another server where the whole stack runs on one machine",
    (written) => expect(readUpstream(written, TOGETHER)).toMatchObject({ upstream: { url: written } }),
  );

  it("is never the cloud's metadata service, wherever the stack runs", () => {
    expect(readUpstream("http://metadata", TOGETHER)).toEqual({ problem: METADATA });
  });

  it("names like the machine's own are names", () => {
    expect(readUpstream("http://notlocalhost", APART)).toMatchObject({ upstream: { host: "notlocalhost" } });
  });
});

describe("an address that is no upstream's", () => {
  it.each<[string, string | undefined]>([
    ["192.0.2.10", undefined],
    ["10.0.0.7", undefined],
    ["2001:db8::1", undefined],
    ["fd00::7", undefined],
    ["169.254.0.1", METADATA],
    ["169.255.0.1", undefined],
    ["fe80::1%eth0", METADATA],
    ["febf::1", METADATA],
    ["fec0::1", undefined],
    ["fd00:ec2::254", METADATA],
    ["fd00:ec3::254", undefined],
    ["127.8.0.1", ITSELF],
    ["0.0.0.0", ITSELF],
    ["0.1.2.3", ITSELF],
    ["::1", ITSELF],
    ["::", ITSELF],
    ["224.0.0.1", NOBODY],
    ["239.255.255.255", NOBODY],
    ["255.255.255.255", NOBODY],
    ["223.255.255.255", undefined],
    ["ff02::1", NOBODY],
    ["100::1", NOBODY],
    ["100:0:0:1::1", undefined],
  ])("%s: %s", (address, problem) => {
    expect(addressProblem(address, APART)).toBe(problem);
  });

  it.each([
    ["mapped", "::ffff:169.254.169.254"],
    ["mapped, in hexadecimal", "::ffff:a9fe:a9fe"],
    ["mapped, written out", "0:0:0:0:0:ffff:a9fe:a9fe"],
    ["compatible", "::169.254.169.254"],
    ["translated", "::ffff:0:169.254.169.254"],
    ["translated by the well-known prefix", "64:ff9b::169.254.169.254"],
    ["translated by a local prefix", "64:ff9b:1::a9fe:a9fe"],
    ["6to4", "2002:a9fe:a9fe::1"],
  ])("is found in an IPv6 address that carries it: %s", (_, address) => {
    expect(addressProblem(address, APART)).toBe(METADATA);
  });

  it.each([
    ["mapped", "::ffff:192.0.2.10"],
    ["6to4", "2002:c000:20a::a9fe:a9fe"],
    ["at the end of another", "2001:db8::a9fe:a9fe"],
    ["behind a prefix much like that of translated ones", "64:ff9c::a9fe:a9fe"],
    ["behind another much like it", "65:ff9b::a9fe:a9fe"],
    ["behind one much like that of mapped ones", "::fffe:a9fe:a9fe"],
    ["behind another much like that", "1::ffff:a9fe:a9fe"],
    ["behind one much like that of translated ones", "::fffe:0:a9fe:a9fe"],
    ["behind more than that", "::ffff:1:a9fe:a9fe"],
    ["behind one that begins otherwise", "1::ffff:0:a9fe:a9fe"],
  ])("is not found where none is carried: %s", (_, address) => {
    expect(addressProblem(address, APART)).toBeUndefined();
  });

  it("is not its own machine's where the whole stack runs on one, and all others still", () => {
    expect(["127.0.0.1", "::1", "::ffff:127.0.0.1"].map((one) => addressProblem(one, TOGETHER))).toEqual(
      Array(3).fill(undefined),
    );
    expect(addressProblem("169.254.169.254", TOGETHER)).toBe(METADATA);
  });
});

describe("a stack runs on one machine", () => {
  it.each([
    [["https://localhost:14000/dir"], true],
    [["https://127.0.0.1:14000/dir", "https://[::1]:14000/dir"], true],
    [["https://localhost/dir", "https://acme.example/directory"], false],
    [["https://10.0.0.7/dir"], false],
    [["https://169.254.169.254/dir"], false],
    [["https://localhost.example/dir"], false],
    [["nonsense"], false],
    [[undefined], false],
    [[], false],
  ])("where all of its CAs do: %j → %s", (directories, together) => {
    expect(onThisMachine(directories)).toBe(together);
  });
});
