import * as pulumi from "@pulumi/pulumi";
import { CertfrontError } from "../../core/base/errors";

/** Runs a program; what certfront itself refuses is shown to the user as a message with advice, without a stack trace. */
export async function explained<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof CertfrontError)) throw error;
    throw new pulumi.RunError(error.advice === undefined ? error.message : `${error.message}\n${error.advice}`);
  }
}
