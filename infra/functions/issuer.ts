import * as pulumi from "@pulumi/pulumi";
import type { AccountKey } from "../data/account-key";
import type { Artifact } from "../data/artifacts";
import type { Store } from "../data/store";
import type { TenantKeys } from "../data/tenant-keys";
import type { Common } from "../naming/common";
import type { LoadBalancer } from "../network/load-balancer";
import { LambdaFunction } from "./lambda-function";

export interface IssuerArgs {
  readonly common: Common;
  readonly bundles: pulumi.Input<string>;
  readonly store: Store;
  readonly tenantKeys: TenantKeys;
  readonly accountKey: AccountKey;
  readonly loadBalancer: LoadBalancer;
  readonly tenantList: Artifact;
  /** E-mail for the ACME accounts; may be empty. */
  readonly contact: pulumi.Input<string>;
}

/** Obtains and renews certificates; the only part that holds the account key and writes certificates. */
export class Issuer extends LambdaFunction {
  constructor(name: string, args: IssuerArgs, opts?: pulumi.ComponentResourceOptions) {
    const { common, store, tenantKeys, accountKey, loadBalancer } = args;
    super(
      "certfront:infra:Issuer",
      name,
      {
        common,
        bundles: args.bundles,
        bundle: "issuer",
        description: "certfront: applies the tenant list, issues and renews certificates",
        environment: {
          STACK: common.stack,
          TABLE_NAME: store.table.name,
          TRANSIENT_TABLE: store.transient.name,
          SEAL_KEY: tenantKeys.key.arn,
          CAS: JSON.stringify(accountKey.cas),
          CONTACT: args.contact,
          ACCOUNT_KEY_PARAMETER: accountKey.parameterName,
          ...(accountKey.formerParameterName && { FORMER_ACCOUNT_KEY_PARAMETER: accountKey.formerParameterName }),
          ACCOUNT_THUMBPRINT: accountKey.thumbprint,
          ADDRESSES: pulumi.jsonStringify(loadBalancer.addresses),
          CNAME_TARGET: loadBalancer.cnameTarget,
        },
        statements: (self) => [
          ...store.access({
            get: ["tenants", "orders", "fronts", "limits", "outages", "accounts", "sealing", "round", "lists"],
            batchGet: ["heartbeats"],
            query: ["certificates", "sharedHeartbeats", "batches"],
            put: [
              "tenants",
              "orders",
              "certificates",
              "fronts",
              "limits",
              "outages",
              "accounts",
              "sealing",
              "round",
              "batches",
              "lists",
            ],
            // Ticket keys: those that lay there before they had a table without backups.
            delete: ["orders", "certificates", "tickets"],
            transient: { get: ["tickets"], put: ["tickets"] },
            indexes: ["due", "tenants", "heartbeats"],
          }),
          {
            Sid: "AccountKeys",
            Effect: "Allow",
            Action: ["ssm:GetParameter"],
            Resource: accountKey.parameterArns,
          },
          store.decrypt("ssm"),
          { Sid: "TenantList", Effect: "Allow", Action: ["s3:GetObject"], Resource: args.tenantList.arn },
          { Sid: "Batches", Effect: "Allow", Action: ["lambda:InvokeFunction"], Resource: self },
        ],
        timeoutSeconds: 900,
        memoryMb: 1024,
        keyArn: store.key.arn,
      },
      opts,
    );
  }
}
