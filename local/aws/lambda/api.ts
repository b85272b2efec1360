import { nameOf } from "../account";
import type { Service } from "../api";
import { AwsError } from "../error";
import type { Iam } from "../iam";
import type { AsyncInvocations } from "./async-invocations";
import type { LambdaRuntime } from "./runtime";

const INVOKE = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;
/** Lambda's limits of a payload, bytes: synchronous and asynchronous. */
const SYNC_LIMIT = 6 * 1024 * 1024;
const ASYNC_LIMIT = 1024 * 1024;

/** Lambda: Invoke, synchronous and asynchronous. */
export function lambda(iam: Iam, runtime: LambdaRuntime, queue: AsyncInvocations): Service {
  return async (call) => {
    const name = nameOf(INVOKE.exec(call.path)?.[1] ?? "");
    if (name === "")
      throw new AwsError("UnknownOperationException", `Lambda: ${call.method} ${call.path} is not answered here.`, 404);
    const settings = runtime.settings(name);
    await iam.authorize(call.role, "lambda:InvokeFunction", settings.arn);
    const payload = call.body.length === 0 ? "{}" : call.body.toString();
    const isEvent = call.headers["x-amz-invocation-type"] === "Event";
    if (call.body.length > (isEvent ? ASYNC_LIMIT : SYNC_LIMIT)) {
      throw new AwsError("RequestTooLargeException", `${call.body.length} byte payload is too large for ${name}.`, 413);
    }
    if (isEvent) {
      queue.accept(name, payload);
      return { status: 202 };
    }
    const outcome = await runtime.invoke(name, payload);
    return {
      headers: {
        "content-type": "application/json",
        "x-amz-executed-version": "$LATEST",
        ...(outcome.error ? { "x-amz-function-error": "Unhandled" } : {}),
      },
      body: outcome.payload,
    };
  };
}
