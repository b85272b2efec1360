import { END_HEADERS, FRAME, fields, frame, opening, setting } from "./raw-h2";

/** Much of something from one source, as fast as it goes. */
export interface Flood {
  readonly name: string;
  readonly port: "http" | "https";
  /** `none`: bytes on :443 before any TLS. */
  readonly over: "none" | "http/1.1" | "h2";
  readonly connections: number;
  /** Sent once on each connection, which then stays open. latin1. */
  readonly bytes: (host: string) => string;
}

const times = (count: number, one: (index: number) => string): string =>
  Array.from({ length: count }, (_, n) => one(n)).join("");
const stream = (index: number): number => 2 * index + 1;
const get = (host: string, path = "/", method = "GET"): string =>
  fields([
    [":method", method],
    [":scheme", "https"],
    [":authority", host],
    [":path", path],
  ]);
const request = (host: string, index: number, flags = END_HEADERS | 1, path = "/", method = "GET"): string =>
  frame(FRAME.headers, flags, stream(index), get(host, path, method));
const number = (value: number): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes.toString("latin1");
};
const h1 = (host: string, lines: readonly string[]): string => `${lines.join("\r\n")}\r\nHost: ${host}\r\n\r\n`;

export const FLOODS: readonly Flood[] = [
  { name: "connections that say nothing", port: "https", over: "none", connections: 400, bytes: () => "" },
  { name: "half a ClientHello", port: "https", over: "none", connections: 400, bytes: () => "\x16\x03\x01\x02\x00" },
  {
    name: "half a request",
    port: "http",
    over: "none",
    connections: 400,
    bytes: (host) => `GET / HTTP/1.1\r\nHost: ${host}\r\nX: `,
  },
  {
    name: "bodies that never come",
    port: "https",
    over: "h2",
    connections: 10,
    bytes: (host) => opening() + times(100, (n) => request(host, n, END_HEADERS, "/", "POST")),
  },
  {
    name: "a rush of requests",
    port: "https",
    over: "h2",
    connections: 4,
    bytes: (host) => opening() + times(3_000, (n) => request(host, n)),
  },
  {
    name: "a rush of pipelined requests",
    port: "http",
    over: "none",
    connections: 20,
    bytes: (host) => times(500, () => h1(host, ["GET / HTTP/1.1"])),
  },
  {
    name: "a rush for hosts that are not here",
    port: "http",
    over: "none",
    connections: 20,
    bytes: () => times(500, (n) => h1(`h${n}.stranger.example`, ["GET / HTTP/1.1"])),
  },
  {
    name: "bodies on the challenge path",
    port: "http",
    over: "none",
    connections: 200,
    bytes: (host) => h1(host, ["POST /.well-known/acme-challenge/one-0000aaaa HTTP/1.1", "Content-Length: 9"]),
  },
  {
    name: "rapid reset",
    port: "https",
    over: "h2",
    connections: 4,
    bytes: (host) => opening() + times(2_000, (n) => request(host, n) + frame(FRAME.reset, 0, stream(n), number(8))),
  },
  {
    name: "CONTINUATION without an end",
    port: "https",
    over: "h2",
    connections: 4,
    bytes: (host) =>
      opening() +
      frame(FRAME.headers, 0, 1, get(host)) +
      times(2_000, () => frame(FRAME.continuation, 0, 1, "\x00\x01a\x01b")),
  },
  {
    name: "SETTINGS",
    port: "https",
    over: "h2",
    connections: 4,
    bytes: () => opening() + times(10_000, () => frame(FRAME.settings, 0, 0)),
  },
  {
    name: "PING",
    port: "https",
    over: "h2",
    connections: 4,
    bytes: () => opening() + times(10_000, () => frame(FRAME.ping, 0, 0, "12345678")),
  },
  {
    name: "PRIORITY",
    port: "https",
    over: "h2",
    connections: 4,
    bytes: () => opening() + times(10_000, (n) => frame(FRAME.priority, 0, stream(n % 1_000), "\x00\x00\x00\x00\x10")),
  },
  {
    name: "WINDOW_UPDATE",
    port: "https",
    over: "h2",
    connections: 4,
    bytes: (host) => opening() + request(host, 0) + times(10_000, () => frame(FRAME.windowUpdate, 0, 0, number(1))),
  },
  {
    name: "empty DATA",
    port: "https",
    over: "h2",
    connections: 4,
    bytes: (host) =>
      opening() + request(host, 0, END_HEADERS, "/", "POST") + times(10_000, () => frame(FRAME.data, 0, 1)),
  },
  {
    name: "downloads with a window of nothing",
    port: "https",
    over: "h2",
    connections: 10,
    bytes: (host) => opening(setting(4, 0)) + times(50, (n) => request(host, n, END_HEADERS | 1, "/download/100/1")),
  },
  {
    name: "fields by the thousand",
    port: "https",
    over: "h2",
    connections: 4,
    bytes: (host) =>
      opening() +
      times(20, (n) =>
        frame(
          FRAME.headers,
          END_HEADERS | 1,
          stream(n),
          get(host) + fields(Array.from({ length: 1_500 }, (_, i): [string, string] => [`a${i}`, "b"])),
        ),
      ),
  },
  { name: "handshakes without a request", port: "https", over: "http/1.1", connections: 200, bytes: () => "" },
  {
    name: "a rush for challenges",
    port: "http",
    over: "none",
    connections: 20,
    bytes: (host) => times(500, (n) => h1(host, [`GET /.well-known/acme-challenge/token-${n} HTTP/1.1`])),
  },
  {
    name: "bodies in chunks of one byte",
    port: "https",
    over: "http/1.1",
    connections: 20,
    bytes: (host) => h1(host, ["POST / HTTP/1.1", "Transfer-Encoding: chunked"]) + times(5_000, () => "1;x=y\r\nz\r\n"),
  },
  {
    name: "bodies that wait to be asked for",
    port: "https",
    over: "http/1.1",
    connections: 150,
    bytes: (host) => h1(host, ["POST / HTTP/1.1", "Content-Length: 100000", "Expect: 100-continue"]),
  },
  {
    name: "another tenant's name, again and again",
    port: "https",
    over: "h2",
    connections: 4,
    bytes: () => opening() + times(2_000, (n) => request("neighbour.example", n)),
  },
  {
    name: "HPACK table updates",
    port: "https",
    over: "h2",
    connections: 4,
    bytes: (host) =>
      opening() +
      times(500, (n) => frame(FRAME.headers, END_HEADERS | 1, stream(n), "\x20\x3f\xe1\x1f".repeat(2) + get(host))),
  },
];
