import { execFileSync } from "node:child_process";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { accountName } from "../../../acme/account-name";
import { createKeyAndCsr } from "../../../core/certificate/csr";
import { createThrowawayCa } from "../../../local/process/parts/throwaway-ca";

const openssl = (args: string[], input: string) =>
  execFileSync("openssl", args, { input, stdio: ["pipe", "pipe", "pipe"] }).toString();

describe("a certificate request", () => {
  it.each([
    ["ecdsa-p256", "P-256"],
    ["rsa-2048", "(2048 bit)"],
  ] as const)("of type %s is one that OpenSSL verifies, with exactly the names asked for", async (type, bits) => {
    const { key, csr } = await createKeyAndCsr(["xn--mnchen-3ya.example", "www.a.example"], type);
    expect(() => openssl(["req", "-verify", "-noout"], csr)).not.toThrow();
    const text = openssl(["req", "-noout", "-text"], csr);
    expect(text).toContain(bits);
    expect(text).toContain("DNS:xn--mnchen-3ya.example, DNS:www.a.example");
    expect(openssl(["req", "-noout", "-subject"], csr).trim()).toMatch(/^subject=\s*$/);
    const publicKey = createPublicKey(createPrivateKey(key)).export({ type: "spki", format: "pem" });
    expect(openssl(["req", "-noout", "-pubkey"], csr)).toBe(publicKey);
  });

  it("holds 25 names of full length, whose lengths need more than one byte", async () => {
    const names = Array.from({ length: 25 }, (_, n) => `${`${n}`.padStart(2, "0")}${".abcdefghi".repeat(24)}.example`);
    const { csr } = await createKeyAndCsr(names, "ecdsa-p256");
    const text = openssl(["req", "-noout", "-text"], csr);
    expect(text.match(/DNS:[^,\s]+/g)).toEqual(names.map((name) => `DNS:${name}`));
  });

  it("has a new key each time", async () => {
    const [one, two] = await Promise.all([1, 2].map(() => createKeyAndCsr(["a.example"], "ecdsa-p256")));
    expect(one?.key).not.toBe(two?.key);
  });
});

describe("the throw-away CA", () => {
  it("issues what Node and OpenSSL accept, within the times asked for", () => {
    const ca = createThrowawayCa();
    const notBefore = Date.UTC(2049, 11, 1);
    const notAfter = Date.UTC(2050, 1, 1);
    const { certificate, key } = ca.issue(["a.example", "127.0.0.1"], { notBefore, notAfter });
    const leaf = new X509Certificate(certificate);
    expect(leaf.verify(new X509Certificate(ca.certificate).publicKey)).toBe(true);
    expect(leaf.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(leaf.subjectAltName).toBe("DNS:a.example, IP Address:127.0.0.1");
    expect([Date.parse(leaf.validFrom), Date.parse(leaf.validTo)]).toEqual([notBefore, notAfter]);
  });
});

describe("an account's name", () => {
  it("is another for another key and for another directory, and the same for the same", async () => {
    const [one, two] = await Promise.all([1, 2].map(() => createKeyAndCsr([], "ecdsa-p256")));
    const name = accountName("https://ca.example/dir", one?.key ?? "");
    expect(name).toMatch(/^https:\/\/ca\.example\/dir#[\w-]{16}$/);
    expect(accountName("https://ca.example/dir", one?.key ?? "")).toBe(name);
    expect(accountName("https://ca.example/dir", two?.key ?? "")).not.toBe(name);
    expect(accountName("https://other.example/dir", one?.key ?? "")).not.toBe(name);
  });
});
