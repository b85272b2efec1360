import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import type { Clock } from "../core/base/clock";
import { alarmDefinitions } from "../infra/alarms/definitions";
import { AwsApi, json, jsonBody } from "../local/aws/api";
import { AlarmEvaluator } from "../local/aws/cloudwatch/alarm-evaluator";
import { cloudWatch } from "../local/aws/cloudwatch/api";
import { MetricStore } from "../local/aws/cloudwatch/metric-store";
import { OPERATOR, operatorPolicy } from "../local/aws/differences";
import { dynamoDb } from "../local/aws/dynamodb";
import { AwsError } from "../local/aws/error";
import { Iam } from "../local/aws/iam";
import { startDns } from "../local/process/parts/dns";
import { startDynamoDb } from "../local/process/parts/dynamodb";
import { DynamoStore } from "../store/dynamo-store";
import { TABLE_SCHEMA } from "../store/schema";
import { ALARM_CONTEXT } from "./alarm-context";
import { THUMBPRINT } from "./challenge-server";

const REGION = "eu-west-1";
const TABLE = "certfront-test";

/** The parts of a stack that the CLI talks to: real but for the issuer, which writes down what it is asked. */
export interface CliStack {
  /** For the CLI: where the endpoints file is, and nothing of this machine's own AWS settings. */
  readonly env: NodeJS.ProcessEnv;
  /** Writes as the issuer would. */
  readonly store: DynamoStore;
  readonly dns: Awaited<ReturnType<typeof startDns>>;
  readonly metrics: MetricStore;
  /** One round of alarms. */
  evaluate(): void;
  /** Events that the issuer was invoked with. */
  readonly issued: Record<string, unknown>[];
  /** What the issuer answers from now on. */
  issuerAnswers(answer: object): void;
  /** What the issuer's next invocations throw. */
  issuerFails(message: string | undefined): void;
  /** Its configuration. */
  readonly stackFile: string;
  /** What the program exports, changed. */
  exports(outputs: object): Promise<void>;
  /** Ports of what stands at the load balancer. */
  listenAt(ports: { readonly http: number; readonly https: number }): Promise<void>;
  stop(): Promise<void>;
}

export async function startCliStack(clock: Clock): Promise<CliStack> {
  const [dynamodb, dns] = await Promise.all([startDynamoDb(), startDns({ defaultIpv4: "" })]);
  await dynamodb.createTable(TABLE, TABLE_SCHEMA);
  const iam = new Iam();
  // Somebody with an AWS identity and no rights.
  iam.createRole("visitor");
  iam.createRole(OPERATOR.accessKeyId);
  iam.attach(OPERATOR.accessKeyId, "operator", operatorPolicy(REGION));

  const metrics = new MetricStore();
  const definitions = new Map(alarmDefinitions(ALARM_CONTEXT).map((alarm) => [alarm.name, alarm]));
  const evaluator = new AlarmEvaluator([...definitions.values()], metrics, { clock });
  const issued: Record<string, unknown>[] = [];
  let failure: string | undefined;
  let answer: object = { ok: true };

  const api = new AwsApi();
  const keys = {
    hashKey: TABLE_SCHEMA.hashKey,
    indexHashKeys: Object.fromEntries(TABLE_SCHEMA.indexes.map(({ name, hashKey }) => [name, hashKey])),
  };
  api.serve("dynamodb", dynamoDb({ iam, region: REGION, endpoint: dynamodb.endpoint, table: () => keys }));
  api.serve(
    "monitoring",
    cloudWatch({ iam, region: REGION, metrics, definitions, dashboards: new Map(), alarms: () => evaluator.alarms() }),
  );
  api.serve("lambda", async (call) => {
    if (!call.path.includes("/functions/certfront-issuer/"))
      throw new AwsError("ResourceNotFoundException", "no such function", 404);
    issued.push(jsonBody(call));
    if (failure === undefined) return json(answer);
    return {
      ...json({ errorType: "CertfrontError", errorMessage: failure }),
      headers: { "x-amz-function-error": "Unhandled" },
    };
  });
  const endpoint = await api.listen();
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), "certfront-cli-"));

  const stackFile = path.join(directory, "Pulumi.local.yaml");
  await fs.writeFile(stackFile, "# Ours.\nconfig:\n  certfront:contact: ops@certfront.example # who is told\n");
  let balancer = { http: 9, https: 9 };
  let changed: object = {};

  const publish = async () => {
    const endpoints = {
      pid: process.pid,
      loadBalancer: { http: `127.0.0.1:${balancer.http}`, https: `127.0.0.1:${balancer.https}` },
      dynamodb: { endpoint, table: TABLE },
      lambda: endpoint,
      cloudwatch: endpoint,
      console: "http://127.0.0.1:7443/",
      dns: dns.server,
      dnsManagement: dns.management,
      operator: OPERATOR,
      stackFile,
      outputs: {
        stack: "test",
        region: REGION,
        table: TABLE,
        issuer: "certfront-issuer",
        addresses: ["127.0.0.1"],
        cnameTarget: "balancer.certfront.test",
        accountKey: 1,
        accountThumbprint: THUMBPRINT,
        operator: { name: "Example Hosting", support: "help@hosting.example" },
        cas: [{ name: "letsencrypt", directory: "https://ca.invalid/dir", caaIdentities: ["letsencrypt.org"] }],
        ...changed,
      },
    };
    await fs.writeFile(path.join(directory, "endpoints.json"), JSON.stringify(endpoints));
  };
  await publish();

  return {
    env: { CERTFRONT_LOCAL: directory, PATH: process.env.PATH },
    store: new DynamoStore(TABLE, {
      endpoint: dynamodb.endpoint,
      region: REGION,
      credentials: { accessKeyId: "issuer", secretAccessKey: "local" },
    }),
    dns,
    metrics,
    evaluate: () => evaluator.evaluate(),
    issued,
    issuerFails: (message) => {
      failure = message;
    },
    issuerAnswers: (next) => {
      answer = next;
    },
    stackFile,
    exports: (outputs) => {
      changed = outputs;
      return publish();
    },
    listenAt: (ports) => {
      balancer = { ...ports };
      return publish();
    },
    async stop() {
      await Promise.all([api.close(), dns.stop(), dynamodb.stop(), fs.rm(directory, { recursive: true })]);
    },
  };
}
