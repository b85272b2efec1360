import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { SignatureV4 } from "@smithy/signature-v4";
import { fromAttributes, toAttributes } from "../../wire/aws/attribute-values";
import { DynamoApi, DynamoError } from "../../wire/aws/dynamodb";
import { signRequest } from "../../wire/aws/sigv4";

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

  it.each([
    ["without", undefined],
    ["with", "session/token+="],
  ])("is the one that the AWS SDK's signer makes, %s session token", async (_what, sessionToken) => {
    const credentials = {
      accessKeyId: "AKIDEXAMPLE",
      secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
      ...(sessionToken && { sessionToken }),
    };
    const now = Date.UTC(2026, 10, 21, 23, 59, 59);
    const body = '{"TableName":"ä"}';
    const request = {
      host: "dynamodb.eu-west-1.amazonaws.com",
      region: "eu-west-1",
      service: "dynamodb",
      target: "DynamoDB_20120810.GetItem",
      contentType: "application/x-amz-json-1.0",
      body,
    };
    const signer = new SignatureV4({
      credentials,
      region: request.region,
      service: request.service,
      sha256: NodeHash,
      applyChecksum: false,
    });
    const expected = await signer.sign(
      {
        method: "POST",
        protocol: "https:",
        hostname: request.host,
        path: "/",
        headers: { host: request.host, "content-type": request.contentType, "x-amz-target": request.target },
        body,
      },
      { signingDate: new Date(now) },
    );
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

describe("a call to DynamoDB", () => {
  type Reply = { status: number; body?: string } | "reset";
  let server: http.Server;
  let replies: Reply[];
  let requests: number;
  let api: DynamoApi;
  beforeEach(async () => {
    requests = 0;
    replies = [];
    server = http.createServer((request, response) => {
      requests++;
      const reply = replies.shift() ?? { status: 200, body: "{}" };
      request.resume();
      if (reply === "reset") request.socket.destroy();
      else response.writeHead(reply.status).end(reply.body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    api = new DynamoApi({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: "eu-west-1",
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
    });
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const refusal = (type: string, status = 400): Reply => ({
    status,
    body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: "because" }),
  });

  it.each<[string, Reply]>([
    ["throttling", refusal("ThrottlingException")],
    ["a table that is too busy", refusal("ProvisionedThroughputExceededException")],
    ["an error of DynamoDB's own", refusal("InternalServerError", 500)],
    ["a balancer's 503", { status: 503, body: "<html>" }],
    ["a connection that is cut", "reset"],
  ])("outlives %s", async (_what, trouble) => {
    replies = [trouble, trouble, { status: 200, body: '{"Item":{}}' }];
    expect(await api.call("GetItem", {})).toEqual({ Item: {} });
    expect(requests).toBe(3);
  });

  it("is given up after five attempts, with the reason and what to do", async () => {
    replies = Array.from({ length: 9 }, () => refusal("ThrottlingException"));
    const error = await api.call("Query", {}).catch((reason) => reason);
    expect(error).toBeInstanceOf(DynamoError);
    expect([error.type, error.code]).toEqual(["ThrottlingException", "DYNAMODB"]);
    expect(error.message).toBe("DynamoDB refused Query: ThrottlingException: because");
    expect(requests).toBe(5);
  });

  it.each([["ConditionalCheckFailedException"], ["ValidationException"], ["AccessDeniedException"]])(
    "is not repeated after %s",
    async (type) => {
      replies = [refusal(type)];
      await expect(api.call("PutItem", {})).rejects.toMatchObject({ type });
      expect(requests).toBe(1);
    },
  );
});
