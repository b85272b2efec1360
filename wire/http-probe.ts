import { request } from "node:http";
import type { HttpProbe, ProbeAnswer } from "../core/preflight/ports";

const TIMEOUT_MS = 5_000;
/** A key authorization has some 90 characters; nobody sends us more than this to read. */
const MOST_BYTES = 4_096;

/** Fetches over plain HTTP/1.1, without following redirects, and connects to nothing but the address it is given. */
export class PlainHttpProbe implements HttpProbe {
  /** @param timeoutMs for the whole exchange */
  constructor(
    private readonly port = 80,
    private readonly timeoutMs = TIMEOUT_MS,
  ) {}

  get(address: string, name: string, path: string): Promise<ProbeAnswer> {
    return new Promise((resolve) => {
      const unreachable = (error: Error) => resolve({ status: "unreachable", detail: describe(error, this.timeoutMs) });
      const outgoing = request(
        {
          host: address,
          port: this.port,
          path,
          agent: false,
          headers: { host: name, "user-agent": "certfront-preflight", connection: "close" },
          signal: AbortSignal.timeout(this.timeoutMs),
        },
        (incoming) => {
          const { server, location } = incoming.headers;
          let body = "";
          const finish = () => {
            outgoing.destroy();
            resolve({
              status: "answered",
              httpStatus: incoming.statusCode ?? 0,
              body,
              ...(typeof server === "string" && { server }),
              ...(location !== undefined && { location }),
            });
          };
          incoming.setEncoding("latin1");
          incoming.on("data", (chunk: string) => {
            body += chunk;
            if (body.length >= MOST_BYTES) finish();
          });
          incoming.on("end", finish);
          incoming.on("error", unreachable);
        },
      );
      outgoing.on("error", unreachable);
      outgoing.end();
    });
  }
}

function describe(error: Error, timeoutMs: number): string {
  return error.name === "AbortError" || error.name === "TimeoutError"
    ? `no answer within ${timeoutMs / 1_000} s`
    : error.message;
}
