import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { METRICS } from "../../core/base/metrics";
import { AwsApi } from "../../local/aws/api";
import { MetricStore } from "../../local/aws/cloudwatch/metric-store";
import { dynamoDb } from "../../local/aws/dynamodb";
import { Iam } from "../../local/aws/iam";
import { LogReader } from "../../local/engine/log-reader";
import { type LocalDynamoDb, startDynamoDb } from "../../local/process/parts/dynamodb";
import { DynamoStore } from "../../store/dynamo-store";
import { TABLE_SCHEMA } from "../../store/schema";
import { heartbeat } from "../../testing/records";
import { emfDocuments } from "../../wire/aws/emf";

describe("on this machine as on AWS, a front", () => {
  let dynamo: LocalDynamoDb;
  const api = new AwsApi();
  let endpoint: string;

  beforeAll(async () => {
    dynamo = await startDynamoDb();
    await dynamo.createTable("heartbeats", TABLE_SCHEMA);
    const iam = new Iam();
    iam.createRole("fronts");
    const own = { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["HEARTBEAT#$".concat("{aws:userid}")] } };
    const Action = ["dynamodb:PutItem", "dynamodb:DeleteItem"];
    const Resource = "arn:aws:dynamodb:eu-west-1:000000000000:table/heartbeats";
    const statement = { Effect: "Allow", Action, Resource, Condition: own };
    iam.attach("fronts", "own", { Version: "2012-10-17", Statement: [statement] });
    const table = () => ({ hashKey: "pk", indexHashKeys: {} });
    api.serve("dynamodb", dynamoDb({ iam, region: "eu-west-1", endpoint: dynamo.endpoint, table }));
    endpoint = await api.listen();
  });
  afterAll(async () => {
    await api.close();
    await dynamo.stop();
  });

  /** The store as an instance with this id reaches it. */
  const asInstance = (id: string): DynamoStore => {
    const credentials = async () => ({ accessKeyId: `fronts:${id}`, secretAccessKey: "local" });
    return new DynamoStore("heartbeats", { region: "eu-west-1", endpoint, credentials });
  };
  const beat = (front: string, role: string) => heartbeat(front, 1, { role });
  const { role: _, ...shared } = heartbeat("front-1", 1);

  it("writes and takes away its own heartbeat", async () => {
    await asInstance("front-1").putHeartbeat(beat("front-1", "fronts"));
    await asInstance("front-1").removeHeartbeat(beat("front-1", "fronts"));
  });

  it.each([
    ["another front's", beat("front-2", "fronts")],
    ["one of another role", beat("front-1", "issuer")],
    ["one under the key that all once shared", shared],
  ])("writes not %s", async (_, other) => {
    await expect(asInstance("front-1").putHeartbeat(other)).rejects.toMatchObject({ type: "AccessDeniedException" });
    await expect(asInstance("front-1").removeHeartbeat(other)).rejects.toMatchObject({ type: "AccessDeniedException" });
  });

  it("makes no metric by a line of its log", async () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "certfront-logs-"));
    const metrics = new MetricStore();
    const reader = new LogReader(directory, metrics, { tell: () => {} } as never, (group) => group !== "/fronts");
    const [document] = emfDocuments("s", [{ name: METRICS.monitorHeartbeat, unit: "Count", value: 16 }], 1_000);
    const seen = () => {
      const wanted = { namespace: "certfront", metric: METRICS.monitorHeartbeat, dimensions: { stack: "s" } };
      return metrics.statistics({ ...wanted, statistic: "Sum", periodSeconds: 60, from: 0, to: 60_000 })[0]?.value;
    };
    const event = { timestamp: 1_000, message: JSON.stringify(document) };
    reader.take("/fronts", "front-1", event);
    expect(seen()).toBeUndefined();
    reader.take("/monitor", "monitor", event);
    expect(seen()).toBe(16);
    await reader.close();
    fs.rmSync(directory, { recursive: true });
  });
});
