import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { z } from "zod/mini";
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
  const client = new LambdaClient({
    ...(region && { region }),
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 4_000 },
  });
  return async (question) => {
    const answer = await client.send(
      new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(JSON.stringify(question)) }),
    );
    if (answer.FunctionError) throw new Error(`the challenge responder failed: ${answer.FunctionError}`);
    return answerSchema.parse(JSON.parse(Buffer.from(answer.Payload ?? []).toString()));
  };
}
