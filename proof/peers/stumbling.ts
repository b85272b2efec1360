import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { createThrowawayCa } from "../../local/process/parts/throwaway-ca";

/** A CA behind a relay that answers some requests in its place. */
export interface Stumbling {
  /** The CA's directory as the relay gives it. */
  readonly directory: string;
  /** The relay's own trust, PEM. */
  readonly trust: string;
  /** From now on, so many POSTs below this path are answered 500, in step-ca's words. */
  stumble(path: string, times: number): void;
  /** How often it did. */
  readonly stumbles: number;
  close(): Promise<void>;
}

/** What step-ca says when two of its goroutines have written one order: "changed since last read" is in its log only. */
const SERVER_INTERNAL = JSON.stringify({
  type: "urn:ietf:params:acme:error:serverInternal",
  detail: "The server experienced an internal error",
});

/** Links of step-ca's answers name the host that it was asked by, so that nothing needs rewriting. */
export async function stumbling(directory: string, trust: string): Promise<Stumbling> {
  const ca = createThrowawayCa("a relay");
  const { certificate, key } = ca.issue(["127.0.0.1"]);
  const { hostname, port, pathname } = new URL(directory);
  let wanted = { path: "", times: 0 };
  let stumbles = 0;
  const server = https.createServer({ cert: certificate, key }, (request, response) => {
    if (request.method === "POST" && wanted.times > 0 && request.url?.includes(wanted.path)) {
      wanted = { ...wanted, times: wanted.times - 1 };
      stumbles++;
      request.resume();
      response.writeHead(500, { "content-type": "application/problem+json" }).end(SERVER_INTERNAL);
      return;
    }
    const { method, url: path, headers } = request;
    const onward = https.request({ hostname, port, method, path, headers, ca: trust }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.writeHead(502).end());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port: own } = server.address() as AddressInfo;
  return {
    directory: `https://127.0.0.1:${own}${pathname}`,
    trust: ca.certificate,
    stumble: (path, times) => {
      wanted = { path, times };
    },
    get stumbles() {
      return stumbles;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
