import { wordsOf } from "../core/base/errors";
import type { HttpProbe, ProbeAnswer } from "../core/preflight/ports";
import { exchange } from "./http";

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

  async get(address: string, name: string, path: string): Promise<ProbeAnswer> {
    const headers = { host: name, "user-agent": "certfront-preflight", connection: "close" };
    try {
      const answer = await exchange(
        new URL(`http://${address}:${this.port}`),
        { method: "GET", path, headers },
        { timeoutMs: this.timeoutMs, mostBytes: MOST_BYTES },
        { agent: false, cut: true },
      );
      const { server, location } = answer.headers;
      return {
        status: "answered",
        httpStatus: answer.status,
        body: answer.body.toString("latin1"),
        ...(typeof server === "string" && { server }),
        ...(location !== undefined && { location }),
      };
    } catch (error) {
      return { status: "unreachable", detail: wordsOf(error) };
    }
  }
}
