import type * as pulumi from "@pulumi/pulumi";
import type { Store } from "../data/store";
import type { Common } from "../naming/common";
import { LambdaFunction } from "./lambda-function";

export interface ChallengeResponderArgs {
  readonly common: Common;
  readonly bundles: pulumi.Input<string>;
  readonly store: Store;
}

/** Answers the CAs' challenge requests that fronts pass on. Strangers reach this code, so all it may do is read challenges. */
export class ChallengeResponder extends LambdaFunction {
  constructor(
    name: string,
    { common, bundles, store }: ChallengeResponderArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(
      "certfront:infra:ChallengeResponder",
      name,
      {
        common,
        bundles,
        bundle: "challenge-responder",
        description: "certfront: answers ACME challenges",
        environment: { STACK: common.stack, TABLE_NAME: store.table.name },
        statements: () => store.access({ get: ["challenges"] }),
        timeoutSeconds: 10,
        memoryMb: 256,
        keyArn: store.key.arn,
      },
      opts,
    );
  }
}
