import { createPrivateKey } from "node:crypto";
import { accountName } from "../../acme/account-name";

/** Keys of RFC 7517 (appendix A.2) and RFC 7515 (appendix A.3), both P-256. */
const one = createPrivateKey({
  format: "jwk",
  key: {
    kty: "EC",
    crv: "P-256",
    x: "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    y: "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    d: "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE",
  },
});
const other = createPrivateKey({
  format: "jwk",
  key: {
    kty: "EC",
    crv: "P-256",
    x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    d: "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
  },
});
const pkcs8 = (key = one) => key.export({ type: "pkcs8", format: "pem" }).toString();
const sec1 = (key = one) => key.export({ type: "sec1", format: "pem" }).toString();

const DIRECTORY = "https://ca.example/directory";

describe("the name that an account's URL is remembered under", () => {
  it("is the same in every version, or each stack would look for its account anew", () => {
    expect(accountName(DIRECTORY, pkcs8())).toBe("https://ca.example/directory#UblEzfpUTUwyc6pr");
  });

  it("is the key's own, however the key is written", () => {
    expect(accountName(DIRECTORY, sec1())).toBe(accountName(DIRECTORY, pkcs8()));
  });

  it.each([
    ["another key", DIRECTORY, pkcs8(other)],
    ["another directory", "https://ca.example/staging", pkcs8()],
  ])("is another one with %s", (_what, directory, key) => {
    expect(accountName(directory, key)).not.toBe(accountName(DIRECTORY, pkcs8()));
  });
});
