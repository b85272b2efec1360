import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { systemClock } from "../../core/base/clock";
import { checkShards, type Remaining } from "./check-shards";
import { Journal } from "./emf";
import { parseEvent } from "./event";
import { tlsHandshake } from "./handshake";
import { DynamoMonitorTable } from "./monitor-table";
import { publicDns } from "./public-dns";
import { readSettings } from "./settings";
import { sweep } from "./sweep";

const settings = readSettings(process.env);
const lambda = new LambdaClient({ maxAttempts: 5 });
const table = new DynamoMonitorTable(settings.table);
const journal = new Journal(settings.stack, systemClock);
const parts = { ...settings, clock: systemClock, table, journal };
const eyes = { handshake: tlsHandshake, dns: publicDns(settings.dnsServers) };

/** Time that the last page and the report may take, ms. */
const RESERVE_MS = 120_000;

/** The hourly `sweep` starts batches of `check`, which hand on what they cannot finish in their time. */
export async function handler(event: unknown, context: { getRemainingTimeInMillis(): number }): Promise<unknown> {
  const request = parseEvent(event);
  if (request.operation === "sweep") return sweep({ ...parts, startBatch });
  const hasTime = () => context.getRemainingTimeInMillis() > RESERVE_MS;
  const left = await checkShards(request.remaining, { ...parts, ...eyes, hasTime });
  if (left !== undefined) await startBatch(left);
  return { shards: request.remaining.shards, left: left?.shards.length ?? 0 };
}

async function startBatch(batch: Remaining): Promise<void> {
  await lambda.send(
    new InvokeCommand({
      FunctionName: settings.functionName,
      InvocationType: "Event",
      Payload: JSON.stringify({ operation: "check", ...batch }),
    }),
  );
}
