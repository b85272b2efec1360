import { SECOND } from "../../core/base/clock";
import { CertfrontError } from "../../core/base/errors";
import type { ItemKey } from "../../store/keys";
import { TABLE_SCHEMA } from "../../store/schema";
import type { Item } from "../../store/table";
import { type Attributes, fromAttributes } from "../../wire/aws/attribute-values";
import { type AwsClient, AwsError } from "../../wire/aws/client";

/** ms between two looks at a restore. */
const LOOK_EVERY = 10 * SECOND;

type Pause = (ms: number) => Promise<unknown>;

/** From when until when a table can be had back, ms since the epoch. */
export interface Window {
  readonly earliest: number;
  readonly latest: number;
}

/** A backup that is left of a table that was deleted. */
export interface Backup {
  readonly arn: string;
  /** ms since the epoch. */
  readonly at: number;
  /** The key that encrypted the table; absent: AWS' own. */
  readonly key?: string;
}

/** DynamoDB's side of a restore: what is asked of whole tables, by a person. */
export class Backups {
  constructor(
    private readonly api: AwsClient,
    private readonly table: string,
    private readonly pause: Pause,
  ) {}

  async tableExists(): Promise<boolean> {
    return (await this.status(this.table)) !== undefined;
  }

  /** @throws CertfrontError where the table keeps no backup */
  async window(): Promise<Window> {
    const { ContinuousBackupsDescription } = (await this.api.call("DescribeContinuousBackups", {
      TableName: this.table,
    })) as { ContinuousBackupsDescription?: { PointInTimeRecoveryDescription?: Recovery } };
    const recovery = ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
    if (recovery?.PointInTimeRecoveryStatus !== "ENABLED") {
      throw new CertfrontError(`The table ${this.table} has no point-in-time recovery.`, {
        code: "NO_BACKUP",
        advice: "`aws dynamodb list-backups` shows whether there is another backup. `pulumi up --refresh` turns it on.",
      });
    }
    return {
      earliest: Number(recovery.EarliestRestorableDateTime) * SECOND,
      latest: Number(recovery.LatestRestorableDateTime) * SECOND,
    };
  }

  /** The table as it was, as a new one beside it; its indexes are left out, for it is only read. */
  async restoreBeside(name: string, at: number): Promise<void> {
    await this.api.call("RestoreTableToPointInTime", {
      SourceTableName: this.table,
      TargetTableName: name,
      RestoreDateTime: Math.floor(at / SECOND),
      GlobalSecondaryIndexOverride: [],
    });
    await this.untilActive(name);
  }

  /** The newest backup of a table that is gone; DynamoDB makes one when a table with recovery is deleted. */
  async lastBackup(): Promise<Backup | undefined> {
    const { BackupSummaries = [] } = (await this.api.call("ListBackups", {
      TableName: this.table,
      BackupType: "ALL",
    })) as { BackupSummaries?: { BackupArn: string; BackupCreationDateTime: number; BackupStatus?: string }[] };
    const [newest] = BackupSummaries.filter(({ BackupStatus = "AVAILABLE" }) => BackupStatus === "AVAILABLE").sort(
      (a, b) => b.BackupCreationDateTime - a.BackupCreationDateTime,
    );
    if (!newest) return undefined;
    const { BackupDescription } = (await this.api.call("DescribeBackup", { BackupArn: newest.BackupArn })) as {
      BackupDescription?: { SourceTableFeatureDetails?: { SSEDescription?: { KMSMasterKeyArn?: string } } };
    };
    const key = BackupDescription?.SourceTableFeatureDetails?.SSEDescription?.KMSMasterKeyArn;
    return { arn: newest.BackupArn, at: newest.BackupCreationDateTime * SECOND, ...(key !== undefined && { key }) };
  }

  /** The table under its own name, which roles and functions know, with what a restore leaves out. */
  async restoreInPlace({ arn, key }: Backup): Promise<void> {
    await this.api.call("RestoreTableFromBackup", {
      TargetTableName: this.table,
      BackupArn: arn,
      BillingModeOverride: "PAY_PER_REQUEST",
      ...(key !== undefined && { SSESpecificationOverride: { Enabled: true, SSEType: "KMS", KMSMasterKeyId: key } }),
    });
    await this.untilActive(this.table);
    await this.api.call("UpdateContinuousBackups", {
      TableName: this.table,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
    await this.api.call("UpdateTimeToLive", {
      TableName: this.table,
      TimeToLiveSpecification: { AttributeName: TABLE_SCHEMA.ttlAttribute, Enabled: true },
    });
    await this.api.call("UpdateTable", { TableName: this.table, DeletionProtectionEnabled: true });
    await this.untilActive(this.table);
  }

  /** All items, a page of 1 MB at a time. */
  async *items(name: string): AsyncGenerator<(ItemKey & Item)[]> {
    let from: unknown;
    do {
      const { Items = [], LastEvaluatedKey } = await this.api.call("Scan", {
        TableName: name,
        ...(from !== undefined && { ExclusiveStartKey: from }),
      });
      yield (Items as Attributes[]).map((item) => fromAttributes(item) as ItemKey & Item);
      from = LastEvaluatedKey;
    } while (from !== undefined);
  }

  private async untilActive(name: string): Promise<void> {
    while ((await this.status(name)) !== "ACTIVE") await this.pause(LOOK_EVERY);
  }

  private async status(name: string): Promise<string | undefined> {
    try {
      const { Table } = await this.api.call("DescribeTable", { TableName: name });
      return (Table as { TableStatus?: string } | undefined)?.TableStatus;
    } catch (error) {
      if (error instanceof AwsError && error.type === "ResourceNotFoundException") return undefined;
      throw error;
    }
  }
}

interface Recovery {
  readonly PointInTimeRecoveryStatus?: string;
  readonly EarliestRestorableDateTime?: number;
  readonly LatestRestorableDateTime?: number;
}
