import * as ssm from "@pulumi/aws/ssm";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { CaSettings } from "../../core/ca/certificate-authority";
import { thumbprintOf } from "../../core/ca/challenge";
import type { Common } from "../naming/common";
import { pathOf } from "../naming/names";
import { arnOf } from "../naming/place";

/** A CA of the stack's list, with what its account needs. */
export interface CertificateAuthorityArgs extends Omit<CaSettings, "eab"> {
  /** External account binding, from the CA's web site; the key is base64url. */
  readonly eab?: { readonly kid: string; readonly hmacKey: pulumi.Input<string> };
}

export interface AccountKeyArgs {
  readonly common: Common;
  readonly cas: readonly CertificateAuthorityArgs[];
  /** Encrypts the parameters. */
  readonly keyArn: pulumi.Input<string>;
  /** 1 for the first key. From 2 on, the one before it is kept: it signs the account over. */
  readonly keyNumber: number;
}

/**
 * The ACME account's key (P-256) and the CAs' binding keys, as encrypted parameters that only the issuer may read. The account key
 * is in the stack's state, encrypted, so that a lost table does not lose the accounts; certificates' keys never are.
 */
export class AccountKey extends pulumi.ComponentResource {
  readonly parameterName: pulumi.Output<string>;
  /** Of the key before, where there was one. */
  readonly formerParameterName: pulumi.Output<string> | undefined;
  /** What the issuer reads; it is there before the issuer is. */
  readonly parameters: readonly pulumi.Resource[];
  /** Of the account key's public half (RFC 7638): all that fronts need to answer challenges. Not secret. */
  readonly thumbprint: pulumi.Output<string>;
  readonly parameterArns: readonly pulumi.Output<string>[];
  /** The CAs as the functions get them: names of parameters in place of keys. */
  readonly cas: readonly CaSettings[];

  constructor(name: string, args: AccountKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("certfront:infra:AccountKey", name, {}, opts);
    const { stack, place, protect, tags } = args.common;

    // A key that has served its time goes without being unprotected first.
    const keyOf = (number: number) =>
      new tls.PrivateKey(
        number === 1 ? `${name}-key` : `${name}-key-${number}`,
        { algorithm: "ECDSA", ecdsaCurve: "P256" },
        { parent: this, protect: protect && number === args.keyNumber },
      );
    const key = keyOf(args.keyNumber);
    const formerKey = args.keyNumber > 1 ? keyOf(args.keyNumber - 1) : undefined;
    const secure = (what: string, path: string, description: string, value: pulumi.Input<string>, kept: boolean) =>
      new ssm.Parameter(
        `${name}-${what}`,
        {
          name: `${pathOf(stack)}/${path}`,
          type: "SecureString",
          keyId: args.keyArn,
          description,
          value: pulumi.secret(value),
          tags,
        },
        { parent: this, protect: kept },
      );

    // From the fixed name, so that a new parameter does not make the whole policy unknown in a preview.
    const parameterArn = (path: string) => arnOf(place, "ssm", `parameter${pathOf(stack)}/${path}`);

    const account = secure("parameter", "account-key", "ACME account key, PEM", key.privateKeyPemPkcs8, protect);
    const former =
      formerKey &&
      secure(
        "former-parameter",
        "former-account-key",
        "ACME account key before, PEM",
        formerKey.privateKeyPemPkcs8,
        false,
      );
    const bindings = args.cas.map(({ eab, ...ca }) => {
      if (!eab) return { ca, parameters: [], arns: [] };
      // The CA's web site has it still; it goes when the CA leaves the list.
      const about = `${ca.name}: external account binding`;
      const parameter = secure(`eab-${ca.name}`, `eab/${ca.name}`, about, eab.hmacKey, false);
      const hmacKeyParameter = `${pathOf(stack)}/eab/${ca.name}`;
      return {
        ca: { ...ca, eab: { kid: eab.kid, hmacKeyParameter } },
        parameters: [parameter],
        arns: [parameterArn(`eab/${ca.name}`)],
      };
    });

    this.parameterName = account.name;
    this.formerParameterName = former?.name;
    this.parameters = [account, ...(former ? [former] : []), ...bindings.flatMap(({ parameters }) => parameters)];
    this.parameterArns = [
      parameterArn("account-key"),
      ...(former ? [parameterArn("former-account-key")] : []),
      ...bindings.flatMap(({ arns }) => arns),
    ];
    this.thumbprint = key.publicKeyPem.apply(thumbprintOf);
    this.cas = bindings.map(({ ca }) => ca);
    this.registerOutputs({ parameterName: this.parameterName, thumbprint: this.thumbprint });
  }
}
