import { atLeast, type HaproxyBuild, parseHaproxyBuild } from "../../front/haproxy-build";
import { haproxyConfig } from "../../front/haproxy-config";
import { parseFrontSettings } from "../../front/settings";
import { frontSettings } from "../../testing/front-settings";

const ASKED = { httpPort: 8080, httpsPort: 8443, healthPort: 8081 };
const DEBIAN_12: HaproxyBuild = { version: "2.6.12", tls: "OpenSSL 3.0.17" };
const DEBIAN_13: HaproxyBuild = { version: "3.0.11", tls: "OpenSSL 3.5.1" };

/** The lines of a section, without indentation. */
function linesOf(section: string, build: HaproxyBuild, changes: Readonly<Record<string, unknown>> = {}): string[] {
  const settings = parseFrontSettings(frontSettings("/var/lib/certfront", { front: "a", ...ASKED, ...changes }));
  const [, text = ""] = haproxyConfig(settings, build).split(new RegExp(`^${section}.*\n`, "m"));
  const lines = text.split("\n").map((line) => /^ {2}(.*)/.exec(line)?.[1]);
  return lines.slice(0, lines.indexOf(undefined)) as string[];
}

describe("the HAProxy that a front has", () => {
  it.each<[string, string, HaproxyBuild]>([
    [
      "Debian 12's",
      "HAProxy version 2.6.12-1+deb12u2 2025/04/25 - https://haproxy.org/\nBuilt with OpenSSL version : OpenSSL 3.0.15 3 Sep 2024\nRunning on OpenSSL version : OpenSSL 3.0.17 1 Jul 2025\n",
      DEBIAN_12,
    ],
    [
      "a later one, which calls the library otherwise",
      "HAProxy version 3.2.5-abc 2025/09/01\nBuilt with SSL library version : OpenSSL 3.5.0\nRunning on SSL library version : AWS-LC 1.52.0\n",
      { version: "3.2.5", tls: "AWS-LC 1.52.0" },
    ],
    ["one of whole numbers", "HAProxy version 4\nRunning on no library", { version: "4", tls: "unknown" }],
    ["something else", "nginx/1.26.3", { version: "unknown", tls: "unknown" }],
    [
      "one whose lines say it further on",
      "x Running on OpenSSL version : OpenSSL 3.0.17",
      { version: "unknown", tls: "unknown" },
    ],
  ])("is read from what it says: %s", (_, text, build) => {
    expect(parseHaproxyBuild(text)).toEqual(build);
  });

  it.each<[string, number, number, boolean]>([
    ["3.0.11", 3, 0, true],
    ["3.1", 3, 0, true],
    ["4", 3, 2, true],
    ["4.0.1", 3, 2, true],
    ["3.10.0", 3, 9, true],
    ["3.0.11", 3, 2, false],
    ["2.9.1", 3, 0, false],
    ["3", 3, 1, false],
    ["3", 3, 0, true],
    ["unknown", 0, 1, false],
    ["3.x", 3, 0, true],
    ["", 1, 0, false],
  ])("%s is at least %i.%i: %s", (version, major, minor, expected) => {
    expect(atLeast(version, major, minor)).toBe(expected);
  });
});

describe("what an HAProxy is told", () => {
  const known = (build: HaproxyBuild): boolean[] => [
    linesOf("global", build).includes("tune.stick-counters 5"),
    linesOf("backend pairs", build).length > 0,
    linesOf("frontend https", build).includes("timeout client-hs 10s"),
    linesOf("frontend https", build).some((line) =>
      /sc_conn_cur\(3\) gt 100 .*sc_http_req_rate\(3\) gt 5000/.test(line),
    ),
    linesOf("frontend https", build).some(
      (line) => line === "http-request track-sc4 var(txn.guest) table guests if guest",
    ),
    linesOf("frontend https", build).includes("http-response set-timeout client 10m"),
  ];

  it("on 3.0 and later: five counters, one of them for a source at a tenant, and the silences told apart", () => {
    for (const version of ["3.0.0", "3.0.11", "3.2.5"]) {
      expect(known({ ...DEBIAN_13, version })).toEqual(Array(6).fill(true));
      expect(linesOf("defaults", { ...DEBIAN_13, version })).toContain("timeout client 30s");
    }
  });

  it("on 2.6: none of what it does not know, and guests counted where there is room", () => {
    expect(known(DEBIAN_12)).toEqual(Array(6).fill(false));
    expect(linesOf("defaults", DEBIAN_12)).toContain("timeout client 10m");
    expect(linesOf("frontend https", DEBIAN_12)).toContain(
      "http-request track-sc1 var(txn.guest) table guests if guest",
    );
  });

  it.each([
    ["3.0.11", false],
    ["3.1.7", false],
    ["3.2.0", true],
    ["4.0.0", true],
  ])("on %s to drop request trailers: %s", (version, expected) => {
    const lines = linesOf("defaults", { ...DEBIAN_13, version });
    expect(lines.includes("option http-drop-request-trailers")).toBe(expected);
    expect(lines).toContain("option http-restrict-req-hdr-names delete");
  });

  it.each([
    ["OpenSSL 3.5.0", true],
    ["OpenSSL 4.0.0", true],
    ["AWS-LC 1.52.0", true],
    ["OpenSSL 3.4.9", false],
    ["OpenSSL 3.0.17", false],
    // Not OpenSSL's numbers.
    ["LibreSSL 4.1.0", false],
    ["unknown", false],
  ])("with %s to offer a post-quantum group first: %s", (tls, expected) => {
    const [bind = ""] = linesOf("frontend https", { ...DEBIAN_13, tls }).filter((line) => line.startsWith("bind "));
    const groups = expected ? "X25519MLKEM768:X25519:P-256:P-384" : "X25519:P-256:P-384";
    expect(bind).toContain(
      ` ssl-min-ver TLSv1.2 curves ${groups} ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:`,
    );
    expect(bind).toContain(" ciphersuites TLS_AES_128_GCM_SHA256:");
  });

  it("in whose name to run and who may speak to it, where it starts as root", () => {
    const of = (changes: object) => linesOf("global", DEBIAN_13, { socket: "/run/certfront/haproxy.sock", ...changes });
    expect(of({ user: "haproxy", group: "certfront" })).toEqual(
      expect.arrayContaining([
        "stats socket /run/certfront/haproxy.sock mode 660 group certfront level admin expose-fd listeners",
        "user haproxy",
        "group certfront",
        "ssl-server-verify required",
        "log 127.0.0.1:8081 format raw daemon notice",
        "log stdout format raw daemon notice",
      ]),
    );
    const alone = of({ user: undefined, group: undefined });
    expect(alone).toContain("stats socket /run/certfront/haproxy.sock mode 660 level admin expose-fd listeners");
    expect(alone.filter((line) => /^(user|group)\b/.test(line))).toEqual([]);
  });
});
