/**
 * Runs inside one execution environment: loads the function's handler once, then answers one event after the other, as
 * Lambda's own Node runtime does. Started with an IPC channel; ends when the channel closes.
 */
interface Invoke {
  readonly id: string;
  readonly payload: string;
  /** ms since the epoch. */
  readonly deadline: number;
  readonly functionArn: string;
}

type Handler = (event: unknown, context: unknown) => Promise<unknown>;

function loadHandler(): Handler {
  const [file, name] = (process.env._HANDLER ?? "index.handler").split(".");
  const loaded = require(`${process.env.LAMBDA_TASK_ROOT}/${file}`) as Record<string, Handler>;
  const handler = loaded[name ?? "handler"];
  if (typeof handler !== "function") throw new Error(`${process.env._HANDLER} is not exported`);
  return handler;
}

function errorDocument(error: unknown) {
  const known = error instanceof Error ? error : new Error(String(error));
  return { errorType: known.name, errorMessage: known.message, trace: (known.stack ?? "").split("\n") };
}

let handler: Handler | undefined;

async function answer(invoke: Invoke): Promise<void> {
  const context = {
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: "$LATEST",
    invokedFunctionArn: invoke.functionArn,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    awsRequestId: invoke.id,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, invoke.deadline - Date.now()),
  };
  try {
    handler ??= loadHandler();
    const result = await handler(JSON.parse(invoke.payload), context);
    process.send?.({ id: invoke.id, result: JSON.stringify(result === undefined ? null : result) });
  } catch (error) {
    process.send?.({ id: invoke.id, error: JSON.stringify(errorDocument(error)) });
  }
}

process.on("message", (invoke: Invoke) => void answer(invoke));
process.on("disconnect", () => process.exit(0));
// Ctrl-C in a terminal reaches the whole foreground group: the stack decides when its functions end.
process.on("SIGINT", () => {});
