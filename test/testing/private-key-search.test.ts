import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { findSecrets, secretsOf } from "../../testing/private-key-search";

const pemOf = (key: ReturnType<typeof createPrivateKey>) => key.export({ type: "pkcs8", format: "pem" }).toString();
const EC = pemOf(generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey);
const RSA = pemOf(generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey);
const OTHER = pemOf(generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey);

describe.each([
  ["an EC key", EC],
  ["an RSA key", RSA],
])("the search for private keys: %s", (_what, pem) => {
  const key = createPrivateKey(pem);
  const secrets = secretsOf("one.example", pem);
  const der = key.export({ type: "pkcs8", format: "der" });
  const jwk = key.export({ format: "jwk" });
  const scalar = Buffer.from(String(jwk.d), "base64url");

  it.each<[string, Buffer | string]>([
    ["PEM", `before\n${pem}after`],
    ["PEM in JSON", JSON.stringify({ message: `failed: ${pem}` })],
    ["PEM in JSON in JSON", JSON.stringify({ log: JSON.stringify({ pem }) })],
    ["PEM without its line breaks", pem.replaceAll("\n", "")],
    ["DER", Buffer.concat([Buffer.from("x"), der, Buffer.from("y")])],
    ["DER in base64", `key=${der.toString("base64")};`],
    ["DER in base64, wrapped", der.toString("base64").replace(/.{76}/g, "$&\r\n")],
    ["DER in url-safe base64", der.toString("base64url")],
    ["DER in hex", der.toString("hex")],
    ["DER in hex with colons", der.toString("hex").toUpperCase().replace(/../g, "$&:")],
    ["JWK", JSON.stringify(jwk)],
    ["the bare number", Buffer.concat([Buffer.from("x"), scalar])],
    ["the bare number in base64", scalar.toString("base64")],
    ["the bare number in hex", scalar.toString("hex")],
    ["PEM in base64, as in user data", Buffer.from(`#cloud-config\n${pem}`).toString("base64")],
    ["the same twice", Buffer.from(Buffer.from(`#cloud-config\n${pem}`).toString("base64")).toString("base64")],
  ])("finds it as %s", (_how, contents) => {
    expect(findSecrets("a file", contents, secrets)).not.toEqual([]);
  });

  it("finds none where there is another key's number, its own public half, or the words alone", () => {
    const others = String(createPrivateKey(OTHER).export({ format: "jwk" }).d);
    const half = createPublicKey(key).export({ type: "spki", format: "pem" }).toString();
    const text = `${others} ${half} -----BEGIN PRIVATE KEY----- and so on`;
    expect(findSecrets("a file", text, secrets)).toEqual([]);
  });
});

it("finds a private key that nobody told it of", () => {
  expect(findSecrets("a file", OTHER, [])).toEqual([{ where: "a file", secret: "a private key", encoding: "PEM" }]);
});
