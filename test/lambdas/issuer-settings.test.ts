import { CertfrontError } from "../../core/base/errors";
import { knownLimits } from "../../core/ca/known-limits";
import { parseRequest } from "../../lambdas/issuer/event";
import { readIssuerSettings } from "../../lambdas/issuer/settings";

const DIRECTORY = "https://acme-v02.api.letsencrypt.org/directory";
const ENVIRONMENT = {
  STACK: "prod",
  TABLE_NAME: "certfront-prod",
  TRANSIENT_TABLE: "certfront-prod-transient",
  CAS: JSON.stringify([
    { name: "letsencrypt", directory: DIRECTORY, caaIdentities: ["LetsEncrypt.org"], profile: "tlsserver" },
    {
      name: "zerossl",
      directory: "https://acme.zerossl.com/v2/DV90",
      caaIdentities: [],
      eab: { kid: "k", hmacKeyParameter: "/eab" },
    },
  ]),
  SEAL_KEY: "arn:aws:kms:eu-west-1:111122223333:key/k",
  CONTACT: "",
  ACCOUNT_KEY_PARAMETER: "/certfront/prod/account-key",
  ACCOUNT_THUMBPRINT: "thumbprint",
  ADDRESSES: '["198.51.100.1"]',
  CNAME_TARGET: "LB.example.",
  AWS_LAMBDA_FUNCTION_NAME: "certfront-issuer",
};

describe("the issuer's environment", () => {
  it("is read with the defaults of production", () => {
    expect(readIssuerSettings(ENVIRONMENT)).toEqual({
      stack: "prod",
      table: "certfront-prod",
      transientTable: "certfront-prod-transient",
      sealKey: "arn:aws:kms:eu-west-1:111122223333:key/k",
      cas: [
        { name: "letsencrypt", directory: DIRECTORY, caaIdentities: ["letsencrypt.org"], profile: "tlsserver" },
        {
          name: "zerossl",
          directory: "https://acme.zerossl.com/v2/DV90",
          caaIdentities: [],
          eab: { kid: "k", hmacKeyParameter: "/eab" },
        },
      ],
      limits: new Map([
        ["letsencrypt", knownLimits(DIRECTORY)],
        ["zerossl", {}],
      ]),
      contact: "",
      accountKeyParameter: "/certfront/prod/account-key",
      formerAccountKeyParameter: undefined,
      thumbprint: "thumbprint",
      addresses: ["198.51.100.1"],
      cnameTarget: "lb.example",
      dnsServers: undefined,
      httpPort: 80,
      timeScale: 1,
      settleMs: 200_000,
      functionName: "certfront-issuer",
    });
  });

  it("takes what the local stack and an operator set", () => {
    const settings = readIssuerSettings({
      ...ENVIRONMENT,
      DNS_SERVERS: "127.0.0.1:5353, 127.0.0.1:5354",
      HTTP_PORT: "8080",
      TIME_SCALE: "25920",
      CA_LIMITS: '{"letsencrypt": {"ordersPerAccount": {"capacity": 3000, "hours": 3}}}',
    });
    expect(settings).toMatchObject({
      dnsServers: ["127.0.0.1:5353", "127.0.0.1:5354"],
      httpPort: 8080,
      timeScale: 25_920,
    });
    expect(settings.limits.get("letsencrypt")).toEqual({
      ...knownLimits(DIRECTORY),
      ordersPerAccount: { capacity: 3_000, windowMs: 10_800_000 },
    });
  });

  it.each([
    [{ STACK: "" }, "The environment variable STACK is not set."],
    [{ CAS: "x" }, "The environment variable CAS is not JSON."],
    [{ CAS: "[]" }, "The environment variable CAS is not a list of CAs."],
    [{ CAS: '[{"name":"x"}]' }, "The environment variable CAS holds a CA without name, directory or caaIdentities."],
    [{ ADDRESSES: "[1]" }, "The environment variable ADDRESSES is not a JSON array of strings."],
    [{ TIME_SCALE: "fast" }, "The environment variable TIME_SCALE is not a positive number."],
    [{ CA_LIMITS: "[]" }, "The environment variable CA_LIMITS is not a JSON object."],
    [
      { CA_LIMITS: '{"letsencrypt":{"orders":{"capacity":1,"hours":1}}}' },
      "does not give orders as {capacity, hours}; limits are ordersPerAccount, certificatesPerDomain, duplicates, failedValidations.",
    ],
    [{ CA_LIMITS: '{"letsencrypt":{"duplicates":{"capacity":0,"hours":1}}}' }, "does not give duplicates as"],
  ])("%j is refused by name", (change, message) => {
    expect(() => readIssuerSettings({ ...ENVIRONMENT, ...change })).toThrow(message);
  });
});

describe("what the issuer can be asked", () => {
  it.each([
    [{ operation: "apply", bucket: "b", key: "k", sha256: "0f" }],
    [{ operation: "reconcile" }],
    [{ operation: "issue", claims: [{ domain: "a.example", leaseId: "1" }], slot: { slot: 1, holder: "h" } }],
    [{ operation: "status" }],
    [{ operation: "status", domain: "a.example" }],
    [{ operation: "status", cursor: "x" }],
    [{ operation: "revoke", domain: "a.example", reason: "keyCompromise" }],
    [{ operation: "renew", domain: "a.example" }],
    [{ operation: "rotate-ticket-keys" }],
    [{ operation: "rotate-ticket-keys", all: true }],
  ])("%j", (event) => {
    expect(parseRequest(event)).toEqual(event);
  });

  it("takes a revocation without a reason for one that needs none", () => {
    expect(parseRequest({ operation: "revoke", domain: "a.example" })).toMatchObject({ reason: "unspecified" });
  });

  it.each([
    [undefined, "the operation undefined is not known"],
    ["reconcile", "the operation undefined is not known"],
    [{ operation: "destroy" }, 'the operation "destroy" is not known'],
    [{ operation: "apply", bucket: "b" }, "apply needs key"],
    [{ operation: "apply", bucket: "b", key: "k" }, "apply needs sha256"],
    [{ operation: "issue" }, "issue needs claims"],
    [{ operation: "issue", claims: [{ domain: "a.example", leaseId: 1 }] }, "issue needs leaseId"],
    [{ operation: "issue", claims: [] }, "issue needs slot"],
    [{ operation: "renew" }, "renew needs domain"],
    [
      { operation: "revoke", domain: "a.example", reason: "boredom" },
      "reason must be one of unspecified, keyCompromise, superseded, cessationOfOperation",
    ],
  ])("but not %j", (event, message) => {
    expect(() => parseRequest(event)).toThrow(CertfrontError);
    expect(() => parseRequest(event)).toThrow(message);
  });
});
