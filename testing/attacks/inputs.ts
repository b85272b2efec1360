import { END_HEADERS, END_STREAM, FRAME, fields, frame, opening } from "./raw-h2";
import {
  BODIES,
  CONNECTIONS,
  EVIL,
  FRAMINGS,
  HOSTS,
  IDENTITY_NAMES,
  METHODS,
  MORE_NAMES,
  SPELLINGS,
  TARGETS,
  UPGRADE_CONNECTIONS,
  UPGRADES,
} from "./words";

/** One attack: bytes to send to a tenant's front, as latin1. */
export interface Attack {
  readonly name: string;
  readonly h2: boolean;
  /** What only changes the spelling is tried on :80, where it costs no handshake. */
  readonly plain?: boolean;
  readonly bytes: string;
}

/** Attacks of one kind. */
export interface AttackClass {
  readonly name: string;
  /** What comes of it depends on the upstream too, so it is tried with every kind of server. */
  readonly everywhere: boolean;
  readonly attacks: (host: string) => readonly Attack[];
}

const h1 = (name: string, lines: readonly string[], body = ""): Attack => ({
  name,
  h2: false,
  bytes: `${lines.join("\r\n")}\r\n\r\n${body}`,
});

const h2 = (name: string, list: readonly (readonly [string, string])[], more = ""): Attack => ({
  name,
  h2: true,
  bytes: opening() + frame(FRAME.headers, END_HEADERS | (more === "" ? END_STREAM : 0), 1, fields(list)) + more,
});

/** A request with forged identity that would be taken for the front's own, were it let through a tunnel. */
const smuggled = (host: string): string =>
  `GET /${EVIL} HTTP/1.1\r\nHost: other.example\r\nX-SSL-Client-Verify: SUCCESS\r\nX-SSL-Client-CN: ${EVIL}\r\nX-Forwarded-For: 10.0.0.1\r\nX-Was-For: ${host}\r\n\r\n`;

/** An HTTP/2 request in clear text, for whoever opened a tunnel to an h2c server. */
const smuggledH2 = (host: string): string =>
  opening() +
  frame(
    FRAME.headers,
    END_HEADERS | END_STREAM,
    1,
    fields([
      [":method", "GET"],
      [":scheme", "http"],
      [":authority", "other.example"],
      [":path", `/${EVIL}`],
      ["x-ssl-client-verify", "SUCCESS"],
      ["x-ssl-client-cn", EVIL],
      ["x-was-for", host],
    ]),
  );

const pseudo = (host: string, path = "/", method = "GET"): [string, string][] => [
  [":method", method],
  [":scheme", "https"],
  [":authority", host],
  [":path", path],
];

/** Bytes of headers, up to and beyond HAProxy's buffer of 16 KiB, of which it keeps 1 KiB for what is added. */
const CROWDED = Array.from({ length: 14 }, (_, n) => 11_200 + 400 * n);

export const ATTACK_CLASSES: readonly AttackClass[] = [
  {
    name: "CONNECT and TRACE: a tunnel past every rule",
    everywhere: true,
    attacks: (host) => [
      ...METHODS.flatMap((method) =>
        TARGETS(host).flatMap((target) =>
          [`${host}:443`, host].map((name) =>
            h1(`${method} ${target}, Host ${name}`, [`${method} ${target} HTTP/1.1`, `Host: ${name}`], smuggled(host)),
          ),
        ),
      ),
      ...["connect", "Connect", "TRACK", "DEBUG", "CONNECT\t"].map((method) =>
        h1(method, [`${method} / HTTP/1.1`, `Host: ${host}`], smuggled(host)),
      ),
      h1("HTTP/1.0", [`CONNECT ${host}:443 HTTP/1.0`, `Host: ${host}`], smuggled(host)),
      h2(
        "h2 CONNECT",
        [
          [":method", "CONNECT"],
          [":authority", `${host}:443`],
        ],
        frame(FRAME.data, END_STREAM, 1, smuggled(host)),
      ),
      h2("h2 CONNECT with a path", pseudo(host, "/", "CONNECT"), frame(FRAME.data, END_STREAM, 1, smuggled(host))),
      h2("h2 TRACE", pseudo(host, "/", "TRACE")),
    ],
  },
  {
    name: "upgrades to anything but websocket",
    everywhere: true,
    attacks: (host) => [
      ...UPGRADES.flatMap((token) =>
        UPGRADE_CONNECTIONS.map((connection) =>
          h1(
            `Upgrade: ${token}; Connection: ${connection}`,
            [
              "GET / HTTP/1.1",
              `Host: ${host}`,
              `Connection: ${connection}`,
              `Upgrade: ${token}`,
              "HTTP2-Settings: AAMAAABkAAQAAP__",
            ],
            smuggledH2(host),
          ),
        ),
      ),
      ...[
        ["h2c", "websocket"],
        ["websocket", "h2c"],
      ].map((pair) =>
        h1(
          `two Upgrade headers, ${pair.join(" and ")}`,
          ["GET / HTTP/1.1", `Host: ${host}`, "Connection: Upgrade", ...pair.map((token) => `Upgrade: ${token}`)],
          smuggledH2(host),
        ),
      ),
      h1("a protocol switch that nobody asked for", ["GET /unasked-101 HTTP/1.1", `Host: ${host}`], smuggledH2(host)),
      h1(
        "POST",
        ["POST / HTTP/1.1", `Host: ${host}`, "Connection: Upgrade", "Upgrade: foo", "Content-Length: 0"],
        smuggled(host),
      ),
      ...["h2c", "foo", "connect-udp", "TLS/1.2", "tcp", "webtransport", "connect-ip", "websocket2"].map((protocol) =>
        h2(
          `h2 extended CONNECT for ${protocol}`,
          [...pseudo(host, "/", "CONNECT"), [":protocol", protocol]],
          frame(FRAME.data, END_STREAM, 1, smuggledH2(host)),
        ),
      ),
      ...["h2c", "foo"].map((token) =>
        h2(`h2 with an Upgrade header, ${token}`, [...pseudo(host), ["connection", "upgrade"], ["upgrade", token]]),
      ),
    ],
  },
  {
    name: "forged identity",
    everywhere: false,
    attacks: (host) => [
      ...IDENTITY_NAMES.flatMap((name) =>
        SPELLINGS.map((spell, index) => ({
          ...h1(spell(name), ["GET / HTTP/1.1", `Host: ${host}`, spell(name)]),
          plain: index > 0,
        })),
      ),
      ...IDENTITY_NAMES.map((name) => h2(`h2 ${name}`, [...pseudo(host), [name.toLowerCase(), EVIL]])),
      ...MORE_NAMES.map((name) => ({
        ...h1(name, ["GET / HTTP/1.1", `Host: ${host}`, `${name}: ${EVIL}`]),
        plain: true,
      })),
      ...[
        "100-continue\r\nExpect: evil",
        "evil\r\nExpect: 100-continue",
        "100-continue, evil",
        "100-continue;evil",
      ].map((value) => h1(`Expect: ${value}`, ["GET / HTTP/1.1", `Host: ${host}`, `Expect: ${value}`])),
    ],
  },
  {
    // As much as leaves no room for what the front says: then the request is none that an upstream may see.
    name: "headers too large to add the front's own",
    everywhere: false,
    attacks: (host) =>
      CROWDED.flatMap((bytes) => [
        h1(`${bytes} bytes of cookies`, ["GET / HTTP/1.1", `Host: ${host}`, `Cookie: ${"c".repeat(bytes)}`]),
        h1(`${bytes} bytes of small headers`, [
          "GET / HTTP/1.1",
          `Host: ${host}`,
          ...Array.from({ length: bytes / 400 }, (_, n) => `X-${n + 100}: ${"c".repeat(391)}`),
        ]),
        h2(`h2, ${bytes} bytes of cookies`, [...pseudo(host), ["cookie", "c".repeat(bytes)]]),
      ]),
  },
  {
    name: "headers named in Connection",
    everywhere: true,
    attacks: (host) =>
      [...CONNECTIONS, EVIL].flatMap((value) => [
        h1(`Connection: ${value}`, ["GET / HTTP/1.1", `Host: ${host}`, `Connection: ${value}`]),
        h2(`h2 connection: ${value}`, [...pseudo(host), ["connection", value]]),
      ]),
  },
  {
    name: "another host than the handshake's",
    everywhere: false,
    attacks: (host) => [
      ...HOSTS(host).map((value) => h1(`Host: ${value}`, ["GET / HTTP/1.1", `Host: ${value}`])),
      ...HOSTS(host).map((value) => h2(`h2 :authority ${value}`, pseudo(value))),
      h1("two Hosts, ours first", ["GET / HTTP/1.1", `Host: ${host}`, "Host: other.example"]),
      h1("two Hosts, ours last", ["GET / HTTP/1.1", "Host: other.example", `Host: ${host}`]),
      h1("no Host", ["GET / HTTP/1.1"]),
      h1("no Host, HTTP/1.0", ["GET / HTTP/1.0"]),
      h1("the other tenant's", ["GET / HTTP/1.1", "Host: other.example"]),
      h2("h2, the other tenant's", pseudo("other.example")),
      h2("h2, :authority and host", [...pseudo(host), ["host", "other.example"]]),
    ],
  },
  {
    name: "request targets",
    everywhere: false,
    attacks: (host) => [
      ...[
        `http://${host}/x`,
        `https://${host}/x`,
        `HTTP://${host}/x`,
        `http://other.example/${EVIL}`,
        `https://${EVIL}.example/x`,
        `ftp://${host}/${EVIL}`,
        `file:///${EVIL}`,
        `gopher://${host}/${EVIL}`,
        `${EVIL}`,
        `http:/${EVIL}`,
        `http://${host}@${EVIL}.example/`,
        `http://${EVIL}@${host}/`,
        `https://${host}:443@${EVIL}/`,
        `javascript:${EVIL}`,
        "*",
        "",
        `${host}:443`,
        `http://${host}`,
        `ws://${host}/${EVIL}`,
        `http://${host}:99999/x`,
        "http:///x",
        "http://[::1]/x",
        `http:\\\\${EVIL}\\x`,
        `https:${host}/${EVIL}`,
        `/x HTTP/1.1 ${EVIL}`,
        "\t/x",
      ].map((target) => h1(`GET ${target}`, [`GET ${target} HTTP/1.1`, `Host: ${host}`])),
      ...["ftp", "file", EVIL, "", "ht tp"].map((scheme) =>
        h2(`h2 :scheme ${scheme}`, [
          [":method", "GET"],
          [":scheme", scheme],
          [":authority", host],
          [":path", `/${EVIL}`],
        ]),
      ),
      ...[
        [":path", `/${EVIL}`],
        [":method", EVIL],
        [":authority", `${EVIL}.example`],
        [":scheme", EVIL],
        [":status", EVIL],
        [`:${EVIL}`, "x"],
        ["Upper", EVIL],
      ].map(([name = "", value = ""]) => h2(`h2 and another ${name}`, [...pseudo(host), [name, value]])),
      h2("h2 pseudo header after another", [[":method", "GET"], ["x", EVIL], ...pseudo(host).slice(1)]),
      h2("h2 method with a space", pseudo(host, "/", `GET /${EVIL}`)),
      h2("h2 path with a space", pseudo(host, `/ ${EVIL}`)),
      ...[EVIL, "", `http://${EVIL}/`, `/ HTTP/1.1\r\nX-SSL-Client-Verify: ${EVIL}`, "*"].map((path) =>
        h2(`h2 :path ${path}`, pseudo(host, path)),
      ),
    ],
  },
  {
    name: "two requests in one",
    everywhere: true,
    attacks: (host) => [
      ...FRAMINGS.flatMap((lines) =>
        ["0\r\n\r\n", ""].map((body) =>
          h1(
            `${lines.join(" + ")}, body ${JSON.stringify(body)}`,
            ["POST /first HTTP/1.1", `Host: ${host}`, ...lines],
            body + smuggled(host),
          ),
        ),
      ),
      ...BODIES.map((body) =>
        h1(
          `chunks ${JSON.stringify(body)}`,
          ["POST /first HTTP/1.1", `Host: ${host}`, "Transfer-Encoding: chunked"],
          body + smuggled(host),
        ),
      ),
      ...["GET", "HEAD", "DELETE", "OPTIONS"].map((method) =>
        h1(
          `${method} with a body`,
          [`${method} /first HTTP/1.1`, `Host: ${host}`, `Content-Length: ${smuggled(host).length}`],
          smuggled(host),
        ),
      ),
      ...[
        [["content-length", "0"]],
        [
          ["content-length", "5"],
          ["content-length", "0"],
        ],
        [["transfer-encoding", "chunked"]],
        [["te", `trailers, ${EVIL}`]],
        [["x", `y\r\nX-SSL-Client-Verify: ${EVIL}`]],
        [[`x: y\r\nx-ssl-client-verify`, EVIL]],
        [["x-ssl-client-verify\0", EVIL]],
        [["X-SSL-CLIENT-VERIFY", EVIL]],
        [[" x-ssl-client-verify", EVIL]],
        [["x-ssl-client-verify ", EVIL]],
        [["x-ssl-client-verify:", EVIL]],
        [["", EVIL]],
        [[":x-ssl-client-verify", EVIL]],
        [["keep-alive", EVIL]],
        [["proxy-connection", EVIL]],
      ].map((more) =>
        h2(
          `h2 ${JSON.stringify(more)}`,
          [...pseudo(host, "/first", "POST"), ...(more as [string, string][])],
          frame(FRAME.data, END_STREAM, 1, smuggled(host)),
        ),
      ),
    ],
  },
  {
    name: "names of ours in trailers",
    everywhere: true,
    attacks: (host) =>
      IDENTITY_NAMES.flatMap((name) => [
        h1(
          `trailer ${name}`,
          ["POST / HTTP/1.1", `Host: ${host}`, "Transfer-Encoding: chunked", `Trailer: ${name}`, "TE: trailers"],
          `1\r\nx\r\n0\r\n${name}: ${EVIL}\r\n\r\n`,
        ),
        h2(
          `h2 trailer ${name}`,
          [...pseudo(host, "/", "POST"), ["te", "trailers"], ["trailer", name]],
          frame(FRAME.data, 0, 1, "x") +
            frame(FRAME.headers, END_HEADERS | END_STREAM, 1, fields([[name.toLowerCase(), EVIL]])),
        ),
      ]),
  },
];
