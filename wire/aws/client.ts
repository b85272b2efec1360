import { SECOND } from "../../core/base/clock";
import { CertfrontError, wordsOf } from "../../core/base/errors";
import { type HttpAnswer, HttpHost } from "../http";
import { type Credentials, ownCredentials } from "./credentials";
import { endpointOf, regionOf, type Service } from "./endpoint";
import { signRequest } from "./sigv4";

export interface AwsOptions {
  /** Absent: from the environment. */
  readonly region?: string | (() => Promise<string>) | undefined;
  /** Absent: from the environment, else the service's own in the region. */
  readonly endpoint?: string | undefined;
  /** Absent: from the environment, else the instance's role. */
  readonly credentials?: Credentials | (() => Promise<Credentials>) | undefined;
  /** 5 unless set. */
  readonly attempts?: number;
  /** ms for one attempt; 5 s unless set. */
  readonly timeoutMs?: number;
}

export interface AwsRequest {
  /** For errors, such as `GetItem`. */
  readonly operation: string;
  readonly method: string;
  /** Percent-encoded, without a query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** AWS refused a call, or could not be reached in all attempts. */
export class AwsError extends CertfrontError {
  override name = "AwsError";
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** What a JSON API answered, such as the stored item where a condition did not hold and `ALL_OLD` was asked for. */
  readonly answer: Readonly<Record<string, unknown>> | undefined;

  constructor(
    /** `ConditionalCheckFailedException` and the like; `Unreachable` where there was no answer. */
    readonly type: string,
    call: string,
    detail: string,
    { status = 0, answer, cause }: Partial<Pick<AwsError, "status" | "answer" | "cause">> = {},
  ) {
    super(`${call}: ${type}: ${detail}`, {
      code: "AWS",
      advice: "certfront tries again; if it lasts, look at the role's policy, at throttling and at the network.",
      cause,
    });
    this.status = status;
    this.answer = answer;
  }

  /** Whether the same call may succeed a little later. */
  get mayPass(): boolean {
    return (
      this.status >= 500 ||
      this.status === 429 ||
      /Throttl|ThroughputExceeded|RequestLimitExceeded|Unreachable/.test(this.type)
    );
  }
}

const ATTEMPTS = 5;
const FIRST_WAIT_MS = 50;
const TIME_LIMIT = 5 * SECOND;
/** A BatchGetItem gives 16 MB at most, a list of 100,000 tenants has some 30. */
const MOST_BYTES = 256 * 1024 * 1024;

interface Target {
  readonly endpoint: URL;
  readonly region: string;
  readonly host: HttpHost;
}

/**
 * Signed calls to one AWS service in one region. The SDK's own path for a call costs 1 to 2 ms of CPU, this one 0.2, an issuance
 * makes some twenty-five calls, and a front needs Node.js 20 for as long as Debian has it.
 */
export class AwsClient {
  private readonly credentials: () => Promise<Credentials>;
  private target: Promise<Target> | undefined;

  constructor(
    private readonly service: Service,
    private readonly options: AwsOptions = {},
  ) {
    const { credentials = ownCredentials() } = options;
    this.credentials = typeof credentials === "function" ? credentials : () => Promise.resolve(credentials);
  }

  /**
   * Tries again, with growing pauses, what may pass by itself.
   * @throws AwsError where the answer's status is not 2xx
   */
  async send(request: AwsRequest): Promise<HttpAnswer> {
    const attempts = this.options.attempts ?? ATTEMPTS;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.once(request);
      } catch (error) {
        if (attempt >= attempts || !(error instanceof AwsError) || !error.mayPass) throw error;
        const longest = FIRST_WAIT_MS * 2 ** attempt;
        await new Promise((resolve) => setTimeout(resolve, longest * (0.5 + Math.random() / 2)));
      }
    }
  }

  /**
   * One operation of a JSON API.
   * @throws AwsError
   */
  async call(operation: string, input: object): Promise<Record<string, unknown>> {
    const { target, version } = this.service.json ?? { target: this.service.id, version: "1.1" };
    const answer = await this.send({
      operation,
      method: "POST",
      path: "/",
      headers: { "content-type": `application/x-amz-json-${version}`, "x-amz-target": `${target}.${operation}` },
      body: JSON.stringify(input),
    });
    const parsed = parse(answer.body.toString());
    if (!parsed) throw new AwsError("InternalServerError", this.refused(operation), "the answer is not JSON");
    return parsed;
  }

  private async once({ operation, method, path, headers = {}, body = "" }: AwsRequest): Promise<HttpAnswer> {
    const { endpoint, region, host } = await this.find();
    const signed = signRequest(
      { method, host: endpoint.host, region, service: this.service.id, path, headers, body },
      await this.credentials(),
      Date.now(),
    );
    const answer = await host
      .exchange({ method, path, headers: { ...signed, "user-agent": "certfront" }, body })
      .catch((error: unknown) => {
        const detail = wordsOf(error);
        throw new AwsError("Unreachable", this.refused(operation), detail, { cause: error });
      });
    if (answer.status >= 200 && answer.status < 300) return answer;
    const { type, detail, json } = refusalOf(answer);
    throw new AwsError(type, this.refused(operation), detail, { status: answer.status, answer: json });
  }

  private refused(operation: string): string {
    return `${this.service.name} refused ${operation}`;
  }

  private find(): Promise<Target> {
    this.target ??= this.findTarget().catch((error) => {
      this.target = undefined;
      throw error;
    });
    return this.target;
  }

  private async findTarget(): Promise<Target> {
    const { region: given = regionOf(), endpoint: named, timeoutMs = TIME_LIMIT } = this.options;
    const region = typeof given === "string" ? given : await given();
    const endpoint = named ? new URL(named) : endpointOf(this.service, region);
    return { region, endpoint, host: new HttpHost(endpoint, { timeoutMs, mostBytes: MOST_BYTES }) };
  }
}

/** What a refusal says of itself: JSON with `__type`, REST with a header, or S3's XML. */
function refusalOf(answer: HttpAnswer): { type: string; detail: string; json: Record<string, unknown> | undefined } {
  const text = answer.body.toString();
  const json = parse(text);
  const header = answer.headers["x-amzn-errortype"];
  const type = json?.__type ?? header ?? /<Code>([^<]+)<\/Code>/.exec(text)?.[1] ?? `HTTP ${answer.status}`;
  const message = json?.message ?? json?.Message ?? /<Message>([^<]+)<\/Message>/.exec(text)?.[1];
  return {
    type: String(type).replace(/^.*#/, "").replace(/:.*$/, ""),
    detail: String(message ?? text.slice(0, 200)),
    json,
  };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text || "{}");
  } catch {
    return undefined;
  }
}
