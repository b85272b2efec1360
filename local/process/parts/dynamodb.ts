import { CreateTableCommand, DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import type { TableSchema } from "../../../store/schema";
import { startChild } from "./child";

/** A DynamoDB API on this machine (dynalite in a process of its own, data in memory). */
export interface LocalDynamoDb {
  /** `http://127.0.0.1:<port>`. */
  readonly endpoint: string;
  /** For a client of the AWS SDK. */
  readonly clientConfig: DynamoDBClientConfig;
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
  const client = new DynamoDBClient(clientConfig);
  return {
    endpoint,
    clientConfig,
    createTable: (name, schema) => createTable(client, name, schema),
    async stop() {
      client.destroy();
      await child.stop();
    },
  };
}

async function createTable(client: DynamoDBClient, name: string, schema: TableSchema): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: schema.attributes.map((a) => ({ AttributeName: a.name, AttributeType: a.type })),
      KeySchema: keySchema(schema),
      GlobalSecondaryIndexes: schema.indexes.map((index) => ({
        IndexName: index.name,
        KeySchema: keySchema(index),
        Projection: {
          ProjectionType: index.projectionType,
          ...(index.nonKeyAttributes === undefined ? {} : { NonKeyAttributes: [...index.nonKeyAttributes] }),
        },
      })),
    }),
  );
}

function keySchema(keys: { hashKey: string; rangeKey: string }) {
  return [
    { AttributeName: keys.hashKey, KeyType: "HASH" as const },
    { AttributeName: keys.rangeKey, KeyType: "RANGE" as const },
  ];
}
