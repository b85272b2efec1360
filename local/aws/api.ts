import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { wordsOf } from "../../core/base/errors";
import { AwsError } from "./error";

/** A signed request as a service sees it. */
export interface ApiCall {
  /** The caller: the access key id is the role's name, for an instance with its id behind a colon. */
  readonly role: string;
  /** What IAM knows the caller as (`aws:userid`); a role's unique id is its name here. */
  readonly userId: string;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  /** The operation, where the protocol names it in a header (`X-Amz-Target`). */
  readonly operation: string;
}

export interface ApiAnswer {
  readonly status?: number;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: Buffer | string;
}

export type Service = (call: ApiCall) => Promise<ApiAnswer>;

/** `AWS4-HMAC-SHA256 Credential=<access key id>/<date>/<region>/<service>/aws4_request, …` */
const CREDENTIAL = /Credential=([^/]+)\/\d+\/[^/]*\/([^/]+)\/aws4_request/;

/**
 * One endpoint that speaks what AWS SDKs call: the credential scope of the signature says which service is meant and
 * who asks. Signatures are not checked: the endpoint listens on the loopback address only.
 */
export class AwsApi {
  private readonly services = new Map<string, Service>();
  private readonly server = http.createServer((request, response) => void this.answer(request, response));

  /** `name` is the service's name in signatures: `dynamodb`, `lambda`, `s3`, `ssm`, `sts`, `logs`, `monitoring`. */
  serve(name: string, service: Service): void {
    this.services.set(name, service);
  }

  /** @returns `http://127.0.0.1:<port>` */
  async listen(): Promise<string> {
    this.server.keepAliveTimeout = 60_000;
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(0, "127.0.0.1", resolve);
    });
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const scope = CREDENTIAL.exec(request.headers.authorization ?? "");
    const service = scope?.[2] ?? "";
    let answer: ApiAnswer;
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      answer = await this.dispatch(request, service, scope?.[1], Buffer.concat(chunks));
    } catch (error) {
      answer = errorAnswer(service, error);
    }
    response.writeHead(answer.status ?? 200, answer.headers);
    response.end(answer.body);
  }

  private dispatch(
    request: http.IncomingMessage,
    service: string,
    caller: string | undefined,
    body: Buffer,
  ): Promise<ApiAnswer> {
    if (caller === undefined)
      throw new AwsError("MissingAuthenticationTokenException", "The request is not signed.", 403);
    const handle = this.services.get(service);
    if (handle === undefined)
      throw new AwsError("UnknownOperationException", `The local stack has no service "${service}".`);
    const url = new URL(request.url ?? "/", "http://local");
    const target = request.headers["x-amz-target"];
    const [role = ""] = caller.split(":");
    return handle({
      role,
      userId: caller,
      method: request.method ?? "GET",
      path: decodeURIComponent(url.pathname),
      query: url.searchParams,
      headers: request.headers,
      body,
      operation: typeof target === "string" ? target.slice(target.indexOf(".") + 1) : "",
    });
  }
}

/** An answer of the JSON protocols. */
export function json(value: unknown): ApiAnswer {
  return { headers: { "content-type": "application/x-amz-json-1.1" }, body: JSON.stringify(value) };
}

/** The parsed body of a request of the JSON protocols. */
export function jsonBody(call: ApiCall): Record<string, unknown> {
  return JSON.parse(call.body.toString() || "{}") as Record<string, unknown>;
}

function errorAnswer(service: string, error: unknown): ApiAnswer {
  const known = error instanceof AwsError ? error : new AwsError("InternalFailure", wordsOf(error), 500);
  if (service === "s3") {
    const code = known.code === "AccessDeniedException" ? "AccessDenied" : known.code;
    return {
      status: known.status,
      headers: { "content-type": "application/xml" },
      body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${xml(known.message)}</Message></Error>`,
    };
  }
  return {
    status: known.status,
    headers: { "content-type": "application/x-amz-json-1.1", "x-amzn-errortype": known.code },
    body: JSON.stringify({ __type: known.code, message: known.message, Message: known.message }),
  };
}

function xml(text: string): string {
  return text.replace(/[<>&]/g, (character) => `&#${character.charCodeAt(0)};`);
}
