import * as z from "zod/mini";
import { SECOND } from "../../core/base/clock";
import { AwsClient } from "../../wire/aws/client";
import { invokeFunction, LAMBDA } from "../../wire/aws/services";
import type { AskResponder } from "./challenge-proxy";

const answerSchema = z.union([
  z.object({ status: z.literal(200), body: z.string() }),
  z.object({ status: z.literal(404) }),
]);

/**
 * Asks the responder function by Invoke with the instance's role: there is no public URL to it. Short time-outs and one retry: a
 * CA's validator gives up after ten seconds.
 */
export function responderFunction(functionName: string, region: string): AskResponder {
  const lambda = new AwsClient(LAMBDA, { ...(region && { region }), attempts: 2, timeoutMs: 4 * SECOND });
  return async (question) => answerSchema.parse(await invokeFunction(lambda, functionName, question));
}
