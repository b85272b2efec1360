import { setTimeout as pause } from "node:timers/promises";
import type { TableSchema } from "../../../store/schema";
import { AwsClient } from "../../../wire/aws/client";
import { DYNAMODB } from "../../../wire/aws/services";
import { startChild } from "./child";

/** A DynamoDB API on this machine (dynalite in a process of its own, data in memory). */
export interface LocalDynamoDb {
  /** `http://127.0.0.1:<port>`. */
  readonly endpoint: string;
  /** For AwsClient, and for a client of the AWS SDK. */
  readonly clientConfig: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  readonly pid: number;
  createTable(name: string, schema: TableSchema): Promise<void>;
  stop(): Promise<void>;
}

/** dynalite's own command line cannot listen on a free port. */
const PROGRAM = `
const server = require(process.argv[1])({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
server.listen(0, "127.0.0.1", () => console.log("port=" + server.address().port + ";"));
`;

/** @param onEnd told when it ends by itself */
export async function startDynamoDb(onEnd?: (how: string) => void): Promise<LocalDynamoDb> {
  const child = await startChild(process.execPath, ["-e", PROGRAM, require.resolve("dynalite")], {
    onEnd,
    ready: (output) => /port=\d+;/.test(output),
  });
  const endpoint = `http://127.0.0.1:${/port=(\d+);/.exec(child.output())?.[1]}`;
  const clientConfig = {
    endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  };
  const client = new AwsClient(DYNAMODB, clientConfig);
  return {
    endpoint,
    clientConfig,
    pid: child.pid,
    createTable: (name, schema) => createTable(client, name, schema),
    stop: () => child.stop(),
  };
}

/**
 * Makes a table on any DynamoDB API, and waits until it can be written: the API answers while it is still being made.
 * @throws AwsError, Error when it is not there in half a minute
 */
export async function createTable(client: AwsClient, name: string, schema: TableSchema): Promise<void> {
  await client.call("CreateTable", {
    TableName: name,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: schema.attributes.map((a) => ({ AttributeName: a.name, AttributeType: a.type })),
    KeySchema: keySchema(schema),
    ...(schema.indexes.length > 0 && { GlobalSecondaryIndexes: schema.indexes.map(index) }),
  });
  const deadline = Date.now() + 30_000;
  while ((await statusOf(client, name)) !== "ACTIVE") {
    if (Date.now() > deadline) throw new Error(`The table ${name} was not there within half a minute.`);
    await pause(10);
  }
}

async function statusOf(client: AwsClient, name: string): Promise<unknown> {
  const { Table } = await client.call("DescribeTable", { TableName: name });
  return (Table as { TableStatus?: unknown } | undefined)?.TableStatus;
}

function index({ name, projectionType, nonKeyAttributes, ...keys }: TableSchema["indexes"][number]) {
  return {
    IndexName: name,
    KeySchema: keySchema(keys),
    Projection: {
      ProjectionType: projectionType,
      ...(nonKeyAttributes === undefined ? {} : { NonKeyAttributes: [...nonKeyAttributes] }),
    },
  };
}

function keySchema(keys: { hashKey: string; rangeKey: string }) {
  return [
    { AttributeName: keys.hashKey, KeyType: "HASH" },
    { AttributeName: keys.rangeKey, KeyType: "RANGE" },
  ];
}
