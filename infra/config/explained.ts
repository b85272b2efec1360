import { CertfrontError } from "../../core/base/errors";
import { refusal } from "../naming/refusal";

/** Runs a program; what certfront itself refuses is shown to the user as a message with advice, without a stack trace. */
export async function explained<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof CertfrontError)) throw error;
    throw refusal(error.advice === undefined ? error.message : `${error.message}\n${error.advice}`);
  }
}
