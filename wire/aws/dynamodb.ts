import * as http from "node:http";
import * as https from "node:https";
import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { SECOND } from "../../core/base/clock";
import { CertfrontError } from "../../core/base/errors";
import { signRequest } from "./sigv4";

export type DynamoOperation = "GetItem" | "PutItem" | "DeleteItem" | "Query" | "BatchGetItem";

/** DynamoDB refused a call, or could not be reached in all attempts. */
export class DynamoError extends CertfrontError {
  constructor(
    /** `ConditionalCheckFailedException` and the like; `Unreachable` where there was no answer. */
    readonly type: string,
    operation: DynamoOperation,
    detail: string,
    cause?: unknown,
    /** The item that is stored, where a condition did not hold and ALL_OLD was asked for. */
    readonly item?: unknown,
  ) {
    super(`DynamoDB refused ${operation}: ${type}: ${detail}`, {
      code: "DYNAMODB",
      advice: "certfront tries again; if it lasts, look at the table's throttling, the role's policy and the network.",
      cause,
    });
  }
}

const ATTEMPTS = 5;
const FIRST_WAIT_MS = 50;
const TIME_LIMIT = 5 * SECOND;
const MAY_PASS = /Throttl|ThroughputExceeded|RequestLimitExceeded|InternalServerError|ServiceUnavailable|Unreachable/;

interface Target {
  readonly endpoint: URL;
  readonly region: string;
}

/**
 * DynamoDB's JSON API, one signed request per call. The SDK finds credentials, region and endpoint; its own path for a call costs
 * 1 to 2 ms of CPU, this one 0.2, and an issuance makes some twenty-five calls.
 */
export class DynamoApi {
  private readonly sdk: DynamoDBClient;
  private target: Promise<Target> | undefined;
  private readonly agents = {
    "http:": new http.Agent({ keepAlive: true, maxSockets: 64 }),
    "https:": new https.Agent({ keepAlive: true, maxSockets: 64 }),
  };

  constructor(config: DynamoDBClientConfig = {}) {
    this.sdk = new DynamoDBClient(config);
  }

  /**
   * Tries again, with growing pauses, what may pass by itself.
   * @throws DynamoError
   */
  async call(operation: DynamoOperation, input: object): Promise<Record<string, unknown>> {
    const body = JSON.stringify(input);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.once(operation, body);
      } catch (error) {
        if (attempt === ATTEMPTS || !(error instanceof DynamoError) || !MAY_PASS.test(error.type)) throw error;
        const longest = FIRST_WAIT_MS * 2 ** attempt;
        await new Promise((resolve) => setTimeout(resolve, longest * (0.5 + Math.random() / 2)));
      }
    }
  }

  private async once(operation: DynamoOperation, body: string): Promise<Record<string, unknown>> {
    this.target ??= this.findTarget();
    const { endpoint, region } = await this.target;
    const headers = signRequest(
      {
        host: endpoint.host,
        region,
        service: "dynamodb",
        target: `DynamoDB_20120810.${operation}`,
        contentType: "application/x-amz-json-1.0",
        body,
      },
      await this.sdk.config.credentials(),
      Date.now(),
    );
    const { status, text } = await this.exchange(endpoint, headers, body).catch((error) => {
      throw new DynamoError("Unreachable", operation, String(error?.message ?? error), error);
    });
    const answer = parse(text);
    if (status === 200 && answer) return answer;
    const type = String(answer?.__type ?? (status >= 500 ? "InternalServerError" : `HTTP ${status}`)).replace(
      /^.*#/,
      "",
    );
    const detail = String(answer?.message ?? answer?.Message ?? text.slice(0, 200));
    throw new DynamoError(type, operation, detail, undefined, answer?.Item);
  }

  private async findTarget(): Promise<Target> {
    const { config } = this.sdk;
    const region = await config.region();
    const { AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL } = process.env;
    const given = config.endpoint ? await config.endpoint() : undefined;
    if (given) {
      const port = given.port === undefined ? "" : `:${given.port}`;
      return { region, endpoint: new URL(`${given.protocol}//${given.hostname}${port}`) };
    }
    const named = AWS_ENDPOINT_URL_DYNAMODB || AWS_ENDPOINT_URL;
    return { region, endpoint: named ? new URL(named) : config.endpointProvider({ Region: region }).url };
  }

  private exchange(
    endpoint: URL,
    headers: Record<string, string>,
    body: string,
  ): Promise<{ status: number; text: string }> {
    const secure = endpoint.protocol === "https:";
    return new Promise((resolve, reject) => {
      const request = (secure ? https : http).request({
        host: endpoint.hostname,
        port: endpoint.port,
        method: "POST",
        path: "/",
        headers: { ...headers, "content-length": Buffer.byteLength(body), "user-agent": "certfront" },
        agent: this.agents[secure ? "https:" : "http:"],
      });
      const timer = setTimeout(() => request.destroy(new Error(`no answer in ${TIME_LIMIT / SECOND} s`)), TIME_LIMIT);
      const fail = (error: Error) => {
        clearTimeout(timer);
        reject(error);
      };
      request.once("error", fail);
      request.once("response", (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.once("error", fail);
        response.once("end", () => {
          clearTimeout(timer);
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
        });
      });
      request.end(body);
    });
  }
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
