import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { isToken, keyAuthorization, THUMBPRINT, thumbprintOf } from "../../../core/ca/challenge";

const pemOf = (jwk: Record<string, string>) =>
  createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "pem" }).toString();

describe("an account key's thumbprint", () => {
  it("is that of RFC 7638's own example", () => {
    const n =
      "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    expect(thumbprintOf(pemOf({ kty: "RSA", n, e: "AQAB" }))).toBe("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
  });

  it("is the same from the public half as from the whole key", () => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const whole = thumbprintOf(privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    expect(thumbprintOf(publicKey.export({ type: "spki", format: "pem" }).toString())).toBe(whole);
    expect(whole).toMatch(THUMBPRINT);
  });

  it("is not made of a key that no CA takes", () => {
    const { publicKey } = generateKeyPairSync("x25519");
    expect(() => thumbprintOf(publicKey.export({ type: "spki", format: "pem" }).toString())).toThrow("EC or RSA");
  });
});

describe("a challenge's token", () => {
  it.each([
    ["evaGxfADs6pSRb2LAv9IZf17Dt3juxGJyRE2JHjJ1vg", true],
    ["A-_9", true],
    ["a".repeat(256), true],
    ["a".repeat(257), false],
    ["", false],
    ["abc=", false],
    ["a/b", false],
    ["a.b", false],
    ["a\n", false],
    ["ä", false],
  ])("%j: %s", (text, expected) => expect(isToken(text)).toBe(expected));

  it("is answered with the account's thumbprint after a dot", () => {
    expect(keyAuthorization("token", "print")).toBe("token.print");
  });
});
