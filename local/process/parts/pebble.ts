import * as fs from "node:fs";
import * as https from "node:https";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { findProgram } from "../debian/ensure-packages";
import { suitePackage } from "../debian/suite-package";
import { accepts, startChild } from "./child";
import { freePorts } from "./free-port";
import { createThrowawayCa } from "./throwaway-ca";

/** `installed`: this machine's package (2.4.0 on Debian 12: no ARI, no profiles). `sid`: Debian unstable's (2.10: both). */
export type PebbleVersion = "installed" | "sid";

export interface PebbleOptions {
  readonly version?: PebbleVersion;
  /** `host:port` of the DNS server Pebble validates with. */
  readonly dnsServer: string;
  /** Where Pebble fetches http-01 challenges: port 80 of the names. */
  readonly httpPort: number;
  /** Validity of every certificate, seconds; default 90 days. */
  readonly validitySeconds?: number;
  /** Profiles by name with their validity in seconds; from 2.7 on, instead of `validitySeconds`. */
  readonly profiles?: Readonly<Record<string, number>>;
  /** Percentage of good nonces to refuse; default 0. */
  readonly nonceReject?: number;
  /** Percentage of valid authorizations to reuse; default 0 (Pebble then still reuses one in a hundred). */
  readonly authzReuse?: number;
  /** Let validation take 0 to 2 s, as a real CA's would; default: at once. */
  readonly slow?: boolean;
  /** Require external account binding with these HMAC keys (base64url) by key id. */
  readonly eab?: Readonly<Record<string, string>>;
  /** Seconds that Pebble asks clients to wait between polls (from 2.6 on). */
  readonly retryAfter?: { readonly authz: number; readonly order: number };
  /** Domains the CA refuses by policy. */
  readonly blocklist?: readonly string[];
  readonly logFile?: string;
  /** Told when it ends by itself. */
  readonly onEnd?: (how: string) => void;
}

/** A real ACME CA on this machine. Its roots are new at each start, its state is in memory. */
export interface Pebble {
  /** The ACME directory's URL. */
  readonly directory: string;
  /** URL of Pebble's management API. */
  readonly management: string;
  /** PEM of the CA behind the directory's own HTTPS: for NODE_EXTRA_CA_CERTS, or an agent's `ca`. */
  readonly trust: string;
  /** The same as a file. */
  readonly trustFile: string;
  readonly pid: number;
  /** Orders created so far, from Pebble's own log. */
  orderCount(): number;
  /** Of these, the orders that ended with a failed validation. */
  failedCount(): number;
  /** The root that issued certificates chain to, PEM. */
  root(): Promise<string>;
  /** Overrides ARI's answer for a certificate (2.10). */
  setRenewalInfo(leafPem: string, window: { start: Date; end: Date; explanationUrl?: string }): Promise<void>;
  stop(): Promise<void>;
}

/** The repository's root, for the package cache. */
const ROOT = path.join(__dirname, "..", "..", "..");

/** @throws Error that says which package to install, or what Pebble said when it did not start */
export async function startPebble(options: PebbleOptions): Promise<Pebble> {
  const program = pebbleProgram(options.version ?? "installed");
  const folder = fs.mkdtempSync(path.join(tmpdir(), "certfront-pebble-"));
  const [port = 0, managementPort = 0] = await freePorts(2);
  const ca = createThrowawayCa("Pebble's listener");
  const server = ca.issue(["localhost", "127.0.0.1"]);
  const write = (name: string, content: string) => {
    const file = path.join(folder, name);
    fs.writeFileSync(file, content, { mode: 0o600 });
    return file;
  };
  const trustFile = write("trust.pem", ca.certificate);
  const config = write(
    "pebble.json",
    JSON.stringify({
      pebble: {
        listenAddress: `127.0.0.1:${port}`,
        managementListenAddress: `127.0.0.1:${managementPort}`,
        certificate: write("server.pem", server.certificate),
        privateKey: write("server.key", server.key),
        httpPort: options.httpPort,
        tlsPort: 1,
        ocspResponderURL: "",
        externalAccountBindingRequired: options.eab !== undefined,
        externalAccountMACKeys: options.eab ?? {},
        domainBlocklist: options.blocklist ?? [],
        retryAfter: options.retryAfter ?? { authz: 1, order: 1 },
        ...validity(options),
      },
    }),
  );
  let orders = 0;
  let failed = 0;
  const child = await startChild(program, ["-config", config, "-dnsserver", options.dnsServer, "-strict"], {
    env: {
      ...process.env,
      PEBBLE_WFE_NONCEREJECT: String(options.nonceReject ?? 0),
      PEBBLE_AUTHZREUSE: String(options.authzReuse ?? 0),
      ...(options.slow ? { PEBBLE_VA_SLEEPTIME: "3" } : { PEBBLE_VA_NOSLEEP: "1" }),
    },
    onEnd: options.onEnd,
    ready: async () => (await accepts("127.0.0.1", port)) && (await accepts("127.0.0.1", managementPort)),
    onOutput: (text) => {
      orders += text.match(/Added order "/g)?.length ?? 0;
      failed += text.match(/order \S+ set INVALID by invalid authz/g)?.length ?? 0;
    },
    ...(options.logFile === undefined ? {} : { logFile: options.logFile }),
  });
  const management = (method: string, route: string, body?: string) =>
    request(`https://127.0.0.1:${managementPort}${route}`, ca.certificate, method, body);
  return {
    directory: `https://127.0.0.1:${port}/dir`,
    management: `https://127.0.0.1:${managementPort}`,
    trust: ca.certificate,
    trustFile,
    pid: child.pid,
    orderCount: () => orders,
    failedCount: () => failed,
    root: () => management("GET", "/roots/0"),
    async setRenewalInfo(leafPem, { start, end, explanationUrl }) {
      const answer = { suggestedWindow: { start, end }, ...(explanationUrl && { explanationURL: explanationUrl }) };
      const body = JSON.stringify({ Certificate: leafPem, ARIResponse: JSON.stringify(answer) });
      await management("POST", "/set-renewal-info/", body);
    },
    async stop() {
      await child.stop();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Both spellings of the validity: each version ignores the other's. */
function validity(options: PebbleOptions): Record<string, unknown> {
  const seconds = options.validitySeconds ?? 90 * 86_400;
  const profiles = options.profiles ?? { default: seconds };
  return {
    certificateValidityPeriod: seconds,
    profiles: Object.fromEntries(
      Object.entries(profiles).map(([name, validityPeriod]) => [name, { description: name, validityPeriod }]),
    ),
  };
}

function pebbleProgram(version: PebbleVersion): string {
  if (version === "installed") {
    const program = findProgram("pebble");
    if (program === undefined) throw new Error("Pebble is not installed. On Debian: sudo apt-get install pebble");
    return program;
  }
  const unpacked = suitePackage(ROOT, version, "pebble");
  if ("unavailable" in unpacked) throw new Error(unpacked.unavailable);
  return path.join(unpacked.folder, "usr", "bin", "pebble");
}

/** Pebble refuses requests without. */
const USER_AGENT = { "User-Agent": "certfront" };

function request(url: string, trust: string, method: string, body?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = https.request(url, { method, ca: trust, timeout: 5_000, headers: USER_AGENT }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        if ((response.statusCode ?? 0) < 400) resolve(text);
        else reject(new Error(`${method} ${url}: ${response.statusCode} ${text}`));
      });
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error(`${method} ${url}: no answer`)));
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
