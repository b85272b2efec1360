import * as pulumi from "@pulumi/pulumi";

/**
 * What certfront refuses in a Pulumi program, as a message without a stack: Pulumi's entry point formats the stack in colours even where
 * it hides it, and with a frame in `node_modules/@pulumi/resource.ts` many versions of Node.js never come back from that
 * (nodejs/node#64011).
 */
export function refusal(message: string): pulumi.RunError {
  const error = new pulumi.RunError(message);
  error.stack = "";
  return error;
}
