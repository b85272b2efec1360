import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import * as tls from "node:tls";
import { atLeast } from "../../front/haproxy-build";
import { type AttackStage, startAttackStage } from "../../testing/attacks/stage";
import { haproxyVersions } from "../../testing/haproxy-versions";

/**
 * Mozilla's intermediate profile (guidelines 5.7, curves of 6.0), TLS 1.2 by key type; its finite-field suites are left out
 * (front/haproxy-tls.ts says why).
 */
const MOZILLA = {
  "ecdsa-p256": ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"],
  "rsa-2048": ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-CHACHA20-POLY1305"],
} as const;
const MOZILLA_TLS13 = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];

describe.each(haproxyVersions())("what a front with $name agrees on", (version) => {
  let stage: AttackStage;
  let directory: string;
  let postQuantum: boolean;

  beforeAll(async () => {
    directory = mkdtempSync(path.join(tmpdir(), "certfront-keys-"));
    stage = await startAttackStage(version, {
      "ecdsa-p256.example": { keyType: "ecdsa-p256" },
      "rsa-2048.example": { keyType: "rsa-2048" },
    });
    const [library = "", release = ""] = stage.build.tls.split(" ");
    postQuantum = library === "OpenSSL" && atLeast(release, 3, 5);
  }, 120_000);
  afterAll(async () => {
    rmSync(directory, { recursive: true, force: true });
    await stage?.stop();
  });

  /** What the openssl beside this HAProxy says of a handshake. */
  const openssl = (...options: readonly string[]): Promise<string> => {
    const at = ["-connect", `127.0.0.1:${stage.settings.httpsPort}`, "-servername", "ecdsa-p256.example"];
    const argv = ["openssl", "s_client", ...at, ...options];
    const [command = "", ...args] = version.options.inside?.(argv, directory, {}) ?? argv;
    return new Promise((resolve) => {
      const child = execFile(command, args, (_, stdout, stderr) => resolve(stdout + stderr));
      child.stdin?.end();
    });
  };
  const group = (text: string): string | undefined =>
    (/Negotiated TLS1\.3 group: (\S+)/.exec(text) ?? /(?:Server|Peer) Temp Key: (.+)/.exec(text))?.[1];

  it("a client of today: X25519MLKEM768 where the library has it, else X25519", async () => {
    expect(group(await openssl())).toMatch(postQuantum ? /^X25519MLKEM768$/ : /^X25519\b/);
  });

  it("a client that offers nothing else than X25519MLKEM768, where the library has it", async () => {
    if (!postQuantum) return expect(stage.build.tls).toMatch(/^OpenSSL 3\.[0-4]\./);
    expect(group(await openssl("-groups", "X25519MLKEM768"))).toBe("X25519MLKEM768");
  });

  it.each([
    ["X25519", /^X25519\b/],
    ["P-256", /P-256|prime256v1|secp256r1/],
    ["P-384", /P-384|secp384r1/],
  ])("a client that offers %s only", async (offered, agreed) => {
    expect(group(await openssl("-groups", offered))).toMatch(agreed);
  });

  it.each(["P-521", "X448", "ffdhe2048"])("nothing with a client that offers %s only", async (offered) => {
    expect(await openssl("-groups", offered)).toMatch(/handshake failure|alert/);
  });

  const agreed = (host: string, options: tls.ConnectionOptions): Promise<string | undefined> =>
    new Promise((resolve) => {
      const at = { host: "127.0.0.1", port: stage.settings.httpsPort, servername: host, ca: stage.ca.root };
      const socket = tls.connect({ ...at, ...options }, () => {
        resolve(socket.getCipher().name);
        socket.destroy();
      });
      socket.on("error", () => resolve(undefined));
    });

  it.each(["ecdsa-p256", "rsa-2048"] as const)("Mozilla's suites of TLS 1.2 and no other, with %s", async (keyType) => {
    const suites = tls
      .getCiphers()
      .map((name) => name.toUpperCase())
      .filter((name) => !name.startsWith("TLS_") && !/PSK|SRP/.test(name));
    const taken: string[] = [];
    for (const ciphers of suites) {
      const range = { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" } as const;
      if ((await agreed(`${keyType}.example`, { ...range, ciphers: `${ciphers}:@SECLEVEL=0` })) !== undefined)
        taken.push(ciphers);
    }
    expect(taken.sort()).toEqual([...MOZILLA[keyType]].sort());
  });

  it("Mozilla's suites of TLS 1.3, and nothing older than TLS 1.2", async () => {
    for (const ciphers of MOZILLA_TLS13) {
      expect(await agreed("ecdsa-p256.example", { minVersion: "TLSv1.3", ciphers })).toBe(ciphers);
    }
    for (const old of ["TLSv1.1", "TLSv1"] as const) {
      const options = { minVersion: old, maxVersion: old, ciphers: "ALL:@SECLEVEL=0" } as const;
      expect(await agreed("rsa-2048.example", options)).toBeUndefined();
    }
  });
});
