import { createHash } from "node:crypto";
import * as http from "node:http";
import type { AddressInfo } from "node:net";

/** What `/take` answers, as JSON: of the body as it arrived. */
export interface Taken {
  readonly bytes: number;
  readonly sha256: string;
  readonly trailers: NodeJS.Dict<string>;
}

/** A tenant's server that transfers in the less usual ways. */
export interface TransferUpstream {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** Requests whose end has not been seen, nor their client's going. */
  underWay(): number;
  stop(): Promise<void>;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * `/take?rest=ms&think=ms`: reads nothing for a while, then the body, then thinks, then answers Taken. `/hints`: 103, then 200.
 * `/trailers`: a body and `grpc-status` behind it. `/grpc.Echo/<method>`: each of gRPC's messages back as it comes, `Fail` refuses. `/events/<count>/<ms>`: server-sent events. `/large/<bytes>`: so many, as fast as
 * they are read. `/hop`: headers about its own connection. `/cut` and `/cut-chunked`: an answer that ends in its middle.
 */
export async function startTransferUpstream(): Promise<TransferUpstream> {
  let underWay = 0;
  const server = http.createServer((request, response) => {
    underWay++;
    response.once("close", () => underWay--);
    request.on("error", () => undefined);
    void answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", 1_024, resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    underWay: () => underWay,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://upstream");
  const [, kind = "", first = "", second = ""] = url.pathname.split("/");
  switch (kind) {
    case "take":
      return take(request, response, url.searchParams);
    case "hints":
      response.writeEarlyHints({ link: "</style.css>; rel=preload" });
      response.end("after the hints");
      return;
    case "trailers":
      response.writeHead(200, { "content-type": "application/grpc", trailer: "grpc-status, grpc-message" });
      response.write(`te: ${request.headers.te ?? "none"}`);
      response.addTrailers({ "grpc-status": "0", "grpc-message": "fine" });
      response.end();
      return;
    case "grpc.Echo":
      return echoCall(request, response, first);
    case "events":
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (let n = 0; n < Number(first); n++) {
        response.write(`data: ${n}\n\n`);
        await wait(Number(second));
      }
      response.end();
      return;
    case "hop":
      response.writeHead(200, {
        connection: "Upgrade, X-Kept",
        upgrade: "h2c",
        "keep-alive": "timeout=9",
        "proxy-connection": "keep-alive",
        "x-kept": "yes",
      });
      response.end("ok");
      return;
    case "large":
      return large(response, Number(first));
    case "cut":
    case "cut-chunked":
      response.writeHead(200, kind === "cut" ? { "content-length": 100_000 } : {});
      response.write("x".repeat(50_000), () => setTimeout(() => response.destroy(), 50));
      return;
    default:
      response.end("ok");
  }
}

/** gRPC over HTTP/1.1, as a bridge in front of a gRPC server speaks it: messages as they are framed, the status in trailers. */
function echoCall(request: http.IncomingMessage, response: http.ServerResponse, method: string): void {
  const fails = method === "Fail";
  response.writeHead(200, {
    "content-type": "application/grpc",
    trailer: "grpc-status, grpc-message",
    "x-te": request.headers.te,
  });
  response.flushHeaders();
  request.on("data", (chunk: Buffer) => fails || response.write(chunk));
  request.on("end", () => {
    response.addTrailers(fails ? { "grpc-status": "7", "grpc-message": "not for you" } : { "grpc-status": "0" });
    response.end();
  });
}

async function take(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  pauses: URLSearchParams,
): Promise<void> {
  const hash = createHash("sha256");
  let bytes = 0;
  await wait(Number(pauses.get("rest")));
  request.on("data", (chunk: Buffer) => {
    hash.update(chunk);
    bytes += chunk.length;
  });
  request.on("end", () => {
    const taken: Taken = { bytes, sha256: hash.digest("hex"), trailers: request.trailers };
    setTimeout(() => response.end(JSON.stringify(taken)), Number(pauses.get("think")));
  });
}

function large(response: http.ServerResponse, bytes: number): void {
  response.writeHead(200, { "content-length": bytes });
  let left = bytes;
  const more = (): void => {
    while (left > 0) {
      const chunk = Buffer.alloc(Math.min(left, 65_536));
      left -= chunk.length;
      if (!response.write(chunk)) {
        response.once("drain", more);
        return;
      }
    }
    response.end();
  };
  more();
}
