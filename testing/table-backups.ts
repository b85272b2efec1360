import { AwsApi, json, jsonBody } from "../local/aws/api";
import { AwsError as Refusal } from "../local/aws/error";
import type { LocalDynamoDb } from "../local/process/parts/dynamodb";
import { TABLE_SCHEMA } from "../store/schema";
import { AwsClient, AwsError } from "../wire/aws/client";
import { DYNAMODB } from "../wire/aws/services";
import { until } from "./until";

/**
 * DynamoDB's backups in front of dynalite, which has none: hand-written after AWS' API reference. A snapshot is what the table held when it was taken; a restore
 * is a new table with that, ready after some looks, without TTL, recovery and protection. Everything else is dynalite's.
 */
export async function startBackups(database: LocalDynamoDb, table: string) {
  const dynalite = new AwsClient(DYNAMODB, database.clientConfig);
  const snapshots: { at: number; items: object[] }[] = [];
  /** Looks until a table that is restored is ready. */
  const looks = new Map<string, number>();
  /** What was set on tables, beside their items. */
  const settings: string[] = [];

  /** dynalite makes and deletes tables a moment later. */
  const settled = (name: string, wanted: "ACTIVE" | "gone") =>
    until(`${name} ${wanted}`, async () => {
      const answer = await dynalite.call("DescribeTable", { TableName: name }).catch(() => undefined);
      const status = (answer?.Table as { TableStatus?: string } | undefined)?.TableStatus ?? "gone";
      return status === wanted;
    });
  const snapshotAt = (at: number) => snapshots.filter((one) => one.at <= at).at(-1);
  const restore = async (name: string, items: readonly object[]) => {
    await database.createTable(name, TABLE_SCHEMA);
    await settled(name, "ACTIVE");
    looks.set(name, 3);
    for (const Item of items) await dynalite.call("PutItem", { TableName: name, Item });
    return json({ TableDescription: { TableStatus: "CREATING" } });
  };

  const api = new AwsApi();
  api.serve("dynamodb", async (call) => {
    const input = jsonBody(call);
    const name = String(input.TableName ?? input.TargetTableName);
    switch (call.operation) {
      case "DescribeContinuousBackups": {
        const [first] = snapshots;
        const last = snapshots.at(-1);
        return json({
          ContinuousBackupsDescription: {
            PointInTimeRecoveryDescription: {
              PointInTimeRecoveryStatus: first ? "ENABLED" : "DISABLED",
              EarliestRestorableDateTime: (first?.at ?? 0) / 1_000,
              LatestRestorableDateTime: (last?.at ?? 0) / 1_000,
            },
          },
        });
      }
      case "RestoreTableToPointInTime":
        return restore(name, snapshotAt(Number(input.RestoreDateTime) * 1_000)?.items ?? []);
      case "ListBackups": {
        const last = snapshots.at(-1);
        const summary = {
          BackupArn: "arn:backup",
          BackupStatus: "AVAILABLE",
          BackupCreationDateTime: (last?.at ?? 0) / 1_000,
        };
        return json({ BackupSummaries: last ? [summary] : [] });
      }
      case "DescribeBackup":
        return json({
          BackupDescription: { SourceTableFeatureDetails: { SSEDescription: { KMSMasterKeyArn: "arn:key" } } },
        });
      case "RestoreTableFromBackup":
        settings.push(`${name}: encrypted with ${JSON.stringify(input.SSESpecificationOverride)}`);
        return restore(name, snapshots.at(-1)?.items ?? []);
      case "UpdateContinuousBackups":
      case "UpdateTimeToLive":
      case "UpdateTable":
        settings.push(`${name}: ${call.operation}`);
        return json({});
      case "DescribeTable": {
        const left = looks.get(name) ?? 0;
        looks.set(name, left - 1);
        if (left > 0) return json({ Table: { TableStatus: "CREATING" } });
      }
    }
    try {
      return json(await dynalite.call(call.operation, input));
    } catch (error) {
      if (error instanceof AwsError) throw new Refusal(error.type, error.message, error.status);
      throw error;
    }
  });

  return {
    endpoint: await api.listen(),
    settings,
    /** Keeps what the table holds. @param at ms since the epoch, in whole seconds */
    async snapshot(at: number): Promise<void> {
      const { Items = [] } = await dynalite.call("Scan", { TableName: table });
      snapshots.push({ at, items: Items as object[] });
    },
    async deleteTable(): Promise<void> {
      await dynalite.call("DeleteTable", { TableName: table });
      await settled(table, "gone");
    },
    stop: () => api.close(),
  };
}
