import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { partition } from "@aws-sdk/core/client";
import { SignatureV4 } from "@smithy/signature-v4";
import { waitsOf } from "../../testing/waits";
import { fromAttributes, toAttributes } from "../../wire/aws/attribute-values";
import { AwsClient, AwsError } from "../../wire/aws/client";
import { ownCredentials } from "../../wire/aws/credentials";
import { endpointOf } from "../../wire/aws/endpoint";
import {
  CLOUDWATCH_LOGS,
  DYNAMODB,
  invokeLater,
  LAMBDA,
  parameterValue,
  readObject,
  SSM,
} from "../../wire/aws/services";
import { encodePath, signRequest } from "../../wire/aws/sigv4";

describe("a value's wire form", () => {
  const item = {
    text: "ä",
    empty: "",
    n: -1.5,
    big: 1_795_291_216_000,
    yes: true,
    nothing: null,
    list: [1, ["a"], {}],
    map: { a: { b: [] } },
  };

  it("comes back as it was", () => {
    expect(fromAttributes(toAttributes(item))).toEqual(item);
  });

  it("is DynamoDB's", () => {
    expect(toAttributes({ a: "x", b: 1, c: false, d: null, e: [1], f: { g: "y" }, gone: undefined })).toEqual({
      a: { S: "x" },
      b: { N: "1" },
      c: { BOOL: false },
      d: { NULL: true },
      e: { L: [{ N: "1" }] },
      f: { M: { g: { S: "y" } } },
    });
  });

  it.each([[Number.NaN], [Number.POSITIVE_INFINITY], [1n], [() => 0]])("does not exist for %p", (value) => {
    expect(() => toAttributes({ value })).toThrow(TypeError);
  });
});

describe("a request's signature", () => {
  class NodeHash {
    private readonly hash: Hash | Hmac;
    constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
      this.hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret as Buffer);
    }
    update(data: Uint8Array): void {
      this.hash.update(data);
    }
    async digest(): Promise<Uint8Array> {
      return this.hash.digest();
    }
    reset(): void {}
  }

  const CREDENTIALS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
  const json = { "content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.GetItem" };

  it.each([
    ["a JSON call", "dynamodb", "POST", "/", json, '{"TableName":"ä"}', undefined],
    ["one with a session token", "dynamodb", "POST", "/", json, "{}", "session/token+="],
    [
      "a path that is encoded twice",
      "lambda",
      "POST",
      `/2015-03-31/functions/${encodePath("arn:aws:lambda:eu-west-1:1:function:f(1)*")}/invocations`,
      { "x-amz-invocation-type": "Event" },
      "{}",
      undefined,
    ],
    ["an object's path", "s3", "GET", `/${encodePath("a b/ä+!'()*.json")}`, {}, "", undefined],
  ])("of %s is the one that the AWS SDK's signer makes", async (_what, service, method, path, headers, body, token) => {
    const credentials = { ...CREDENTIALS, ...(token && { sessionToken: token }) };
    const now = Date.UTC(2026, 10, 21, 23, 59, 59);
    const host = `${service}.eu-west-1.amazonaws.com`;
    const request = { method, host, region: "eu-west-1", service, path, headers, body };
    const s3 = service === "s3";
    const signer = new SignatureV4({
      credentials,
      region: request.region,
      service,
      sha256: NodeHash,
      applyChecksum: s3,
      uriEscapePath: !s3,
    });
    const unsigned = { method, protocol: "https:", hostname: host, path, headers: { ...headers, host }, body };
    const expected = await signer.sign(unsigned, { signingDate: new Date(now) });
    const ours = signRequest(request, credentials, now);
    expect(ours.authorization).toBe(expected.headers.authorization);
    expect(ours["x-amz-date"]).toBe(expected.headers["x-amz-date"]);
    // The cached key is another day's, and another secret's, a moment later.
    expect(signRequest(request, credentials, now + 1_000).authorization).not.toBe(ours.authorization);
    expect(signRequest(request, { ...credentials, secretAccessKey: "other" }, now).authorization).not.toBe(
      ours.authorization,
    );
    expect(signRequest(request, credentials, now).authorization).toBe(ours.authorization);
  });
});

describe("a call to AWS", () => {
  type Reply = { status: number; body?: string; headers?: http.OutgoingHttpHeaders } | "reset";
  let server: http.Server;
  let endpoint: string;
  let replies: Reply[];
  let requests: { method: string; url: string; headers: http.IncomingHttpHeaders; body: string }[];
  beforeEach(async () => {
    requests = [];
    replies = [];
    server = http.createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { method = "", url = "", headers } = request;
      requests.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      const reply = replies.shift() ?? { status: 200, body: "{}" };
      if (reply === "reset") request.socket.destroy();
      else response.writeHead(reply.status, reply.headers).end(reply.body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const options = () => ({ endpoint, region: "eu-west-1", credentials: { accessKeyId: "a", secretAccessKey: "b" } });
  const refusal = (type: string, status = 400): Reply => ({
    status,
    body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: "because" }),
  });

  it.each<[string, Reply]>([
    ["throttling", refusal("ThrottlingException")],
    ["a table that is too busy", refusal("ProvisionedThroughputExceededException")],
    ["Lambda's throttling", { status: 429, headers: { "x-amzn-errortype": "TooManyRequestsException" }, body: "{}" }],
    ["an error of DynamoDB's own", refusal("InternalServerError", 500)],
    ["a balancer's 503", { status: 503, body: "<html>" }],
    ["a connection that is cut", "reset"],
  ])("outlives %s", async (_what, trouble) => {
    replies = [trouble, trouble, { status: 200, body: '{"Item":{}}' }];
    expect(await new AwsClient(DYNAMODB, options()).call("GetItem", {})).toEqual({ Item: {} });
    expect(requests).toHaveLength(3);
  });

  it("is given up after five attempts, with the reason and what to do", async () => {
    replies = Array.from({ length: 9 }, () => refusal("ThrottlingException"));
    const error = await new AwsClient(DYNAMODB, options()).call("Query", {}).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AwsError);
    expect(error).toMatchObject({
      type: "ThrottlingException",
      code: "AWS",
      message: "DynamoDB refused Query: ThrottlingException: because",
      advice: expect.stringContaining("policy"),
    });
    expect(requests).toHaveLength(5);
  });

  it("waits twice as long before each attempt, of which up to half is left to chance", async () => {
    replies = Array.from({ length: 5 }, () => refusal("ThrottlingException"));
    jest.spyOn(Math, "random").mockReturnValue(0.5);
    const waits = await waitsOf(() => new AwsClient(DYNAMODB, options()).call("Query", {}).catch(() => undefined));
    jest.restoreAllMocks();
    expect(waits).toEqual(expect.arrayContaining([100, 200, 400, 800].map((longest) => longest * 0.75)));
  });

  it("is given up after as many attempts, and as long, as its caller says", async () => {
    replies = [refusal("ThrottlingException"), refusal("ThrottlingException"), refusal("ThrottlingException")];
    await expect(
      new AwsClient(CLOUDWATCH_LOGS, { ...options(), attempts: 2 }).call("PutLogEvents", {}),
    ).rejects.toThrow("CloudWatch Logs refused PutLogEvents: ThrottlingException: because");
    expect(requests).toHaveLength(2);
  });

  it.each<[string, Reply]>([
    ["ConditionalCheckFailedException", refusal("ConditionalCheckFailedException")],
    ["ValidationException", refusal("ValidationException")],
    ["AccessDenied", { status: 403, body: "<Error><Code>AccessDenied</Code><Message>no</Message></Error>" }],
    [
      "ResourceNotFoundException",
      { status: 404, headers: { "x-amzn-errortype": "ResourceNotFoundException:x" }, body: "{}" },
    ],
  ])("is not repeated after %s", async (type, reply) => {
    replies = [reply];
    await expect(new AwsClient(DYNAMODB, options()).call("PutItem", {})).rejects.toMatchObject({ type });
    expect(requests).toHaveLength(1);
  });

  it("invokes a function for later", async () => {
    replies = [{ status: 202 }];
    await invokeLater(new AwsClient(LAMBDA, options()), "f", { a: 1 });
    expect(requests[0]).toMatchObject({
      method: "POST",
      url: "/2015-03-31/functions/f/invocations",
      headers: { "x-amz-invocation-type": "Event" },
      body: '{"a":1}',
    });
  });

  it("reads a parameter's plain text", async () => {
    replies = [{ status: 200, body: '{"Parameter":{"Value":"secret"}}' }];
    expect(await parameterValue(new AwsClient(SSM, options()), "/stack/key")).toBe("secret");
    expect(requests[0]).toMatchObject({
      headers: { "x-amz-target": "AmazonSSM.GetParameter" },
      body: '{"Name":"/stack/key","WithDecryption":true}',
    });
  });

  it.each<[string, number, () => Promise<unknown>]>([
    ["a call", 5_000, () => new AwsClient(DYNAMODB, options()).call("GetItem", {})],
    ["an object", 30_000, () => readObject("bucket", "key", options())],
  ])("waits for %s for %i ms", async (_what, ms, ask) => {
    replies = [{ status: 200, body: "{}" }];
    expect(await waitsOf(ask)).toContain(ms);
  });

  it("reads an object, as many bytes as it has", async () => {
    replies = [{ status: 200, body: "x".repeat(300_000) }];
    expect((await readObject("bucket", "tenants/a b.json", options())).length).toBe(300_000);
    expect(requests[0]).toMatchObject({ method: "GET", url: "/bucket/tenants/a%20b.json" });
  });
});

describe("where a service answers", () => {
  it.each([
    ["eu-west-1", {}, "https://dynamodb.eu-west-1.amazonaws.com/"],
    ["cn-north-1", {}, "https://dynamodb.cn-north-1.amazonaws.com.cn/"],
    ["us-gov-west-1", {}, "https://dynamodb.us-gov-west-1.amazonaws.com/"],
    ["eusc-de-east-1", {}, "https://dynamodb.eusc-de-east-1.amazonaws.eu/"],
    ["eu-west-1", { AWS_ENDPOINT_URL: "http://a/" }, "http://a/"],
    ["eu-west-1", { AWS_ENDPOINT_URL: "http://a/", AWS_ENDPOINT_URL_DYNAMODB: "http://b/" }, "http://b/"],
  ])("in %s with %j is %s", (region, env, url) => {
    expect(endpointOf(DYNAMODB, region, env).href).toBe(url);
  });
});

describe("a partition's own host names", () => {
  it.each([
    "us-east-1",
    "ap-southeast-2",
    "us-gov-west-1",
    "cn-northwest-1",
    "eusc-de-east-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "eu-isoe-west-1",
    "us-isof-south-1",
  ])("are for %s what the SDK knows", (region) => {
    expect(endpointOf(DYNAMODB, region, {}).hostname).toBe(`dynamodb.${region}.${partition(region).dnsSuffix}`);
  });
});

describe("an instance's credentials", () => {
  let server: http.Server;
  let reads: number;
  let down: boolean;
  let now: number;
  const before = process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT;
  beforeEach(async () => {
    reads = 0;
    down = false;
    now = Date.UTC(2026, 10, 21);
    server = http.createServer((request, response) => {
      const document: Record<string, () => string> = {
        "/latest/api/token": () => "token",
        "/latest/meta-data/iam/security-credentials/": () => "front\n",
        "/latest/meta-data/iam/security-credentials/front": () =>
          JSON.stringify({
            Code: "Success",
            AccessKeyId: `key-${++reads}`,
            SecretAccessKey: "s",
            Token: "t",
            Expiration: new Date(now + 6 * 3_600_000).toISOString(),
          }),
      };
      const answer = document[request.url ?? ""];
      const authorised = request.method === "PUT" || request.headers["x-aws-ec2-metadata-token"] === "token";
      if (down || !answer || !authorised) response.writeHead(down ? 503 : 401).end();
      else response.end(answer());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    if (before === undefined) delete process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT;
    else process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT = before;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const source = () => ownCredentials({}, () => now);

  it("are read once for all who ask, and again before they expire", async () => {
    const credentials = source();
    const [first, second] = await Promise.all([credentials(), credentials()]);
    expect(first).toEqual({ accessKeyId: "key-1", secretAccessKey: "s", sessionToken: "t" });
    expect(second).toEqual(first);
    now += 5 * 3_600_000;
    expect((await credentials()).accessKeyId).toBe("key-1");
    now += 51 * 60_000;
    expect((await credentials()).accessKeyId).toBe("key-2");
  });

  it("are waited for two seconds each time", async () => {
    expect(new Set(await waitsOf(source()))).toEqual(new Set([2_000]));
  });

  it("are used on while the next cannot be read, which is tried again a minute later", async () => {
    const credentials = source();
    await credentials();
    down = true;
    now += 7 * 3_600_000;
    expect((await credentials()).accessKeyId).toBe("key-1");
    down = false;
    expect((await credentials()).accessKeyId).toBe("key-1");
    now += 60_000;
    expect((await credentials()).accessKeyId).toBe("key-2");
  });

  it("that were never read are an error, and asked for again", async () => {
    const credentials = source();
    down = true;
    await expect(credentials()).rejects.toMatchObject({ code: "AWS_CREDENTIALS" });
    down = false;
    expect((await credentials()).accessKeyId).toBe("key-1");
  });

  it("are those of the environment where it has some", async () => {
    const env = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b", AWS_SESSION_TOKEN: "c" };
    expect(await ownCredentials(env)()).toEqual({ accessKeyId: "a", secretAccessKey: "b", sessionToken: "c" });
    expect(reads).toBe(0);
  });
});
