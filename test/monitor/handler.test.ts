import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { build } from "esbuild";
import { parseEvent } from "../../lambdas/expiry-monitor/event";
import { DynamoMonitorTable, SHARDS } from "../../lambdas/expiry-monitor/monitor-table";
import { readSettings } from "../../lambdas/expiry-monitor/settings";
import { type LocalDynamoDb, startDynamoDb } from "../../local/process/parts/dynamodb";
import { DynamoStore } from "../../store/dynamo-store";
import { TABLE_SCHEMA } from "../../store/schema";
import { tenantRecord } from "../../testing/records";

const ENVIRONMENT = {
  STACK: "test",
  TABLE_NAME: "monitor",
  CAS: '[{"name":"ca","directory":"https://ca.test","caaIdentities":["CA.test"]}]',
  ADDRESSES: '["192.0.2.1","192.0.2.2"]',
  CNAME_TARGET: "lb.example",
  AWS_LAMBDA_FUNCTION_NAME: "the-monitor",
};

describe("the monitor's environment", () => {
  test("is read with its defaults", () => {
    expect(readSettings(ENVIRONMENT)).toEqual({
      stack: "test",
      table: "monitor",
      addresses: ["192.0.2.1", "192.0.2.2"],
      cnameTarget: "lb.example",
      httpsPort: 443,
      dnsServers: ["1.1.1.1:53", "8.8.8.8:53"],
      cas: [{ name: "ca", caaIdentities: ["ca.test"] }],
      timeScale: 1,
      functionName: "the-monitor",
    });
  });

  test.each([
    ["STACK", "", "STACK is not set"],
    ["ADDRESSES", "192.0.2.1", "ADDRESSES is not a JSON array"],
    ["CAS", "{}", "CAS is not a JSON array"],
  ])("a bad %s is named", (name, value, problem) => {
    expect(() => readSettings({ ...ENVIRONMENT, [name]: value })).toThrow(
      `The expiry monitor's environment variable ${problem}.`,
    );
  });
});

test.each([
  [{ operation: "delete" }],
  [undefined],
  [{ operation: "check" }],
  [{ operation: "check", shards: [SHARDS] }],
  [{ operation: "check", shards: ["0"] }],
  [{ operation: "check", shards: [0], cursor: 1 }],
])("the event %j is refused", (event) => {
  expect(() => parseEvent(event)).toThrow(/^The expiry monitor does not know what to do with operation /);
});

test("the monitor's bundle holds nothing that the issuer does its work with", async () => {
  const { metafile } = await build({
    absWorkingDir: path.join(__dirname, "../.."),
    entryPoints: ["lambdas/expiry-monitor/handler.ts"],
    bundle: true,
    platform: "node",
    write: false,
    metafile: true,
    logLevel: "error",
  });
  const shared = Object.keys(metafile.inputs).filter(
    (file) => !file.startsWith("node_modules/") && !file.startsWith("lambdas/expiry-monitor/"),
  );
  // Constants, the error's class, what CAA says, how items are read that others write and when a front is late; every other decision, reader and parser is the monitor's own.
  expect(shared.sort()).toEqual([
    "core/base/clock.ts",
    "core/base/errors.ts",
    "core/base/in-parallel.ts",
    "core/base/metrics.ts",
    "core/preflight/caa-advice.ts",
    "core/preflight/caa.ts",
    "core/record/front-problem.ts",
    "core/record/heartbeat.ts",
    "core/record/index-entry.ts",
    "core/record/outdated-fronts.ts",
    "core/record/reason.ts",
    "core/record/record.ts",
    "core/record/served-state.ts",
    "wire/dns/caa-query.ts",
  ]);
});

describe("the monitor's function", () => {
  let dynamo: LocalDynamoDb;
  let lambda: http.Server;
  const invocations: { path: string | undefined; type: unknown; event: Record<string, unknown> }[] = [];
  const written: string[] = [];
  let handler: (event: unknown, context: { getRemainingTimeInMillis(): number }) => Promise<unknown>;
  const saved = { ...process.env };

  beforeAll(async () => {
    dynamo = await startDynamoDb();
    await dynamo.createTable(ENVIRONMENT.TABLE_NAME, TABLE_SCHEMA);
    // A Lambda API that takes every invocation and runs none.
    lambda = http.createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        invocations.push({
          path: request.url,
          type: request.headers["x-amz-invocation-type"],
          event: JSON.parse(body),
        });
        response.writeHead(202).end();
      });
    });
    await new Promise<void>((resolve) => lambda.listen(0, "127.0.0.1", resolve));
    Object.assign(process.env, ENVIRONMENT, {
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
      AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${(lambda.address() as AddressInfo).port}`,
    });
    jest.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
    ({ handler } = await import("../../lambdas/expiry-monitor/handler"));
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    process.env = saved;
    await Promise.all([dynamo.stop(), new Promise((resolve) => lambda.close(resolve))]);
  });
  beforeEach(() => {
    invocations.length = 0;
    written.length = 0;
  });

  const minutes = (count: number) => ({ getRemainingTimeInMillis: () => count * 60_000 });

  test("a sweep counts all tenants and starts two batches of itself, which between them have every shard", async () => {
    const store = new DynamoStore(ENVIRONMENT.TABLE_NAME, dynamo.clientConfig);
    for (let i = 0; i < 5; i += 1) await store.createTenant(tenantRecord(`t${i}.example`, Date.now()));

    expect(await handler({ operation: "sweep" }, minutes(15))).toEqual({ tenants: 5, batches: 2 });

    expect(invocations.map(({ path, type }) => [path, type])).toEqual([
      ["/2015-03-31/functions/the-monitor/invocations", "Event"],
      ["/2015-03-31/functions/the-monitor/invocations", "Event"],
    ]);
    const shards = invocations.flatMap(({ event }) => event.shards as number[]);
    expect(shards.sort((a, b) => a - b)).toEqual(Array.from({ length: SHARDS }, (_, shard) => shard));
    expect(written.join("")).toContain('"state":"pending-dns","TenantsByState":5');
  });

  test("a batch with time enough ends by itself and reports a heartbeat for each shard", async () => {
    expect(await handler({ operation: "check", shards: [0, 1, 2] }, minutes(15))).toEqual({
      shards: [0, 1, 2],
      left: 0,
    });
    expect(invocations).toEqual([]);
    expect(written.join("")).toContain('"MonitorHeartbeat":3');
  });

  test.each([
    ["two minutes", 120_000, 2],
    ["a little more", 120_001, 0],
  ])("a batch begins another page only with more than two minutes left: %s", async (_left, ms, handedOn) => {
    const context = { getRemainingTimeInMillis: () => ms };
    expect(await handler({ operation: "check", shards: [0, 1, 2] }, context)).toMatchObject({ left: handedOn });
  });

  test("what the monitor noted of many tenants is read, however many there are", async () => {
    const table = new DynamoMonitorTable(ENVIRONMENT.TABLE_NAME, dynamo.clientConfig);
    const domains = Array.from({ length: 250 }, (_, n) => `many${n}.example`);
    for (const domain of ["many0.example", "many249.example"])
      await table.putServedState({ domain, checkedAt: 1, names: [] });
    expect([...(await table.servedStates(domains)).keys()].sort()).toEqual(["many0.example", "many249.example"]);
  });

  test("a batch whose time is up hands the rest on, after at least one page", async () => {
    expect(await handler({ operation: "check", shards: [0, 1, 2] }, minutes(1))).toEqual({
      shards: [0, 1, 2],
      left: 2,
    });
    expect(invocations.map(({ event }) => event)).toEqual([{ operation: "check", shards: [1, 2] }]);
    expect(written.join("")).toContain('"MonitorHeartbeat":1');
  });
});
