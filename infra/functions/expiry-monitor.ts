import * as pulumi from "@pulumi/pulumi";
import type { CaSettings } from "../../core/ca/certificate-authority";
import type { Store } from "../data/store";
import type { Common } from "../naming/common";
import type { LoadBalancer } from "../network/load-balancer";
import { LambdaFunction } from "./lambda-function";

export interface ExpiryMonitorArgs {
  readonly common: Common;
  readonly bundles: pulumi.Input<string>;
  readonly store: Store;
  readonly loadBalancer: LoadBalancer;
  readonly cas: readonly CaSettings[];
}

/** Looks at what is really served, as an outsider would; may write what it saw and nothing else. */
export class ExpiryMonitor extends LambdaFunction {
  constructor(name: string, args: ExpiryMonitorArgs, opts?: pulumi.ComponentResourceOptions) {
    const { common, store, loadBalancer } = args;
    super(
      "certfront:infra:ExpiryMonitor",
      name,
      {
        common,
        bundles: args.bundles,
        bundle: "expiry-monitor",
        description: "certfront: checks what the fronts serve and how long it lasts",
        environment: {
          STACK: common.stack,
          TABLE_NAME: store.table.name,
          CAS: JSON.stringify(args.cas.map(({ eab: _, ...ca }) => ca)),
          ADDRESSES: pulumi.jsonStringify(loadBalancer.addresses),
          CNAME_TARGET: loadBalancer.cnameTarget,
        },
        statements: (self) => [
          ...store.access({
            batchGet: ["served", "heartbeats"],
            query: ["sharedHeartbeats"],
            put: ["served"],
            indexes: ["tenants", "heartbeats"],
          }),
          { Sid: "Batches", Effect: "Allow", Action: ["lambda:InvokeFunction"], Resource: self },
        ],
        timeoutSeconds: 900,
        memoryMb: 512,
        keyArn: store.key.arn,
      },
      opts,
    );
  }
}
