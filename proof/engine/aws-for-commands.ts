import * as path from "node:path";
import { CloudWatchClient, PutDashboardCommand } from "@aws-sdk/client-cloudwatch";
import { accepts, startChild } from "../../local/process/parts/child";
import { createTable } from "../../local/process/parts/dynamodb";
import { freePorts } from "../../local/process/parts/free-port";
import { TABLE_SCHEMA } from "../../store/schema";
import { TEST_PLACE } from "../../testing/aws-answers";
import { AwsClient } from "../../wire/aws/client";
import { DYNAMODB, SSM } from "../../wire/aws/services";
import type { Call } from "./stand-in-cloud";

const REGION = "eu-west-1";
const START_MS = 2 * 60_000;

export interface AwsForCommands {
  /** For `npx certfront`: whose AWS it is. */
  readonly env: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

/**
 * AWS as far as status and the console read it, by moto: an empty table, and the parameter and the dashboard as an engine made them.
 * @param bin folder with `moto_server`
 * @param made what the engine's providers were asked
 */
export async function awsForCommands(bin: string, made: readonly Call[]): Promise<AwsForCommands> {
  const [port = 0] = await freePorts(1);
  const moto = await startChild(path.join(bin, "moto_server"), ["-p", String(port)], {
    // moto keeps each account's tables apart, and the role that reads them is of the stand-in's account.
    env: { ...process.env, MOTO_ACCOUNT_ID: TEST_PLACE.accountId },
    ready: () => accepts("127.0.0.1", port),
    readyWithin: START_MS,
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const settings = { endpoint, region: REGION, credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  const last = (kind: string) =>
    made.filter(({ op, urn }) => op !== "delete" && urn.includes(kind)).at(-1)?.inputs ?? {};
  try {
    const parameter = last("Access$aws:ssm/parameter:Parameter::");
    const outputs = JSON.parse(String(parameter.value)) as { table: string };
    // moto reads a service's model at the first call for it, which takes long on a busy machine; asked again, it would have it twice.
    const once = { ...settings, attempts: 1, timeoutMs: START_MS };
    await new AwsClient(SSM, once).call("PutParameter", {
      Name: parameter.name,
      Value: parameter.value,
      Type: parameter.type,
    });
    await createTable(new AwsClient(DYNAMODB, once), outputs.table, TABLE_SCHEMA);
    const board = last("$aws:cloudwatch/dashboard:Dashboard::");
    const cloudWatch = new CloudWatchClient(settings);
    await cloudWatch.send(
      new PutDashboardCommand({
        DashboardName: String(board.dashboardName),
        DashboardBody: String(board.dashboardBody),
      }),
    );
    cloudWatch.destroy();
  } catch (error) {
    await moto.stop();
    throw error;
  }
  return {
    env: { AWS_ENDPOINT_URL: endpoint, AWS_REGION: REGION, AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" },
    stop: () => moto.stop(),
  };
}
