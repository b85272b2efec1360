import { boolean, context, contextPrimitive, objectIdentifier, octetString, sequence } from "../../../core/base/der";
import { ariId } from "../../../core/certificate/ari-id";
import { handMade } from "../../../testing/hand-made";

// RFC 9773 appendix A.
const example = `-----BEGIN CERTIFICATE-----
MIIBQzCB66ADAgECAgUAh2VDITAKBggqhkjOPQQDAjAVMRMwEQYDVQQDEwpFeGFt
cGxlIENBMCIYDzAwMDEwMTAxMDAwMDAwWhgPMDAwMTAxMDEwMDAwMDBaMBYxFDAS
BgNVBAMTC2V4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeBZu
7cbpAYNXZLbbh8rNIzuOoqOOtmxA1v7cRm//AwyMwWxyHz4zfwmBhcSrf47NUAFf
qzLQ2PPQxdTXREYEnKMjMCEwHwYDVR0jBBgwFoAUaYhba4dGQEHhs3uEe6CuLN4B
yNQwCgYIKoZIzj0EAwIDRwAwRAIge09+S5TZAlw5tgtiVvuERV6cT4mfutXIlwTb
+FYN/8oCIClDsqBklhB9KAelFiYt9+6FDj3z4KGVelYM5MdsO3pK
-----END CERTIFICATE-----`;

const KEY_ID = contextPrimitive(0, Buffer.from([1, 2, 3]));
const ISSUER_AND_SERIAL = [context(1), contextPrimitive(2, Buffer.from([9]))];
const IS_CRITICAL = boolean(true);
const extension = (id: string, ...parts: readonly Buffer[]): Buffer => sequence(objectIdentifier(id), ...parts);
const basics = extension("2.5.29.19", IS_CRITICAL, octetString(sequence()));
const subject = extension("2.5.29.14", octetString(octetString(Buffer.from([7, 7]))));
const authority = (...parts: readonly Buffer[]) => extension("2.5.29.35", ...parts);

describe("the ARI id of a certificate", () => {
  it("is the one of the RFC's example, whose serial starts with a zero byte", () => {
    expect(ariId(example)).toBe("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE");
  });

  it.each<[string, readonly Buffer[]]>([
    ["alone", [authority(octetString(sequence(KEY_ID)))]],
    ["before others", [authority(octetString(sequence(KEY_ID))), subject]],
    ["after others", [basics, subject, authority(octetString(sequence(KEY_ID)))]],
    ["as critical, which it should not be", [authority(IS_CRITICAL, octetString(sequence(KEY_ID)))]],
    ["with its issuer's name and number", [authority(octetString(sequence(KEY_ID, ...ISSUER_AND_SERIAL)))]],
  ])(
    "is made of authority and serial number, where the certificate names the authority's key %s",
    (_how, extensions) => {
      expect(ariId(handMade({ extensions }))).toBe("AQID.BQ");
    },
  );

  it.each<[string, readonly Buffer[] | undefined]>([
    ["has no extensions", undefined],
    ["has none of an authority", [basics, subject]],
    ["names the authority's issuer, not its key", [authority(octetString(sequence(...ISSUER_AND_SERIAL)))]],
    ["says nothing of its authority", [authority(octetString(sequence()))]],
    ["says less than nothing", [authority(octetString(Buffer.alloc(0)))]],
  ])("is missing where the certificate %s", (_what, extensions) => {
    expect(ariId(handMade({ extensions }))).toBeUndefined();
  });
});
