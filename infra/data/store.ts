import * as dynamodb from "@pulumi/aws/dynamodb";
import * as kms from "@pulumi/aws/kms";
import * as pulumi from "@pulumi/pulumi";
import { FRONT_REVISIONS, HEARTBEATS, type ItemKind, LEADING } from "../../store/keys";
import { INDEXES, type IndexName, TABLE_SCHEMA, type TableSchema, TRANSIENT_SCHEMA } from "../../store/schema";
import type { Common } from "../naming/common";
import { NAME_LIMITS, pathOf, physicalName } from "../naming/names";
import { arnOf, type Place } from "../naming/place";
import type { Statement } from "../naming/policy";

/**
 * The items of one kind, as an IAM pattern of leading keys. Heartbeats are written by each front under its own key only, which ends
 * with the caller's `aws:userid`: in every signed request, for an instance `<role's unique id>:<instance id>` (IAM user guide,
 * "Principal key values").
 */
const patternOf = (kind: ItemKind, right: keyof ItemRights): string =>
  kind === "heartbeats" && (right === "put" || right === "delete")
    ? `${LEADING.heartbeats}\${aws:userid}`
    : LEADING[kind].replace(/#$/, "#*");

/** What a role may do with items, by kind. */
interface ItemRights {
  readonly get?: readonly ItemKind[];
  readonly batchGet?: readonly ItemKind[];
  readonly query?: readonly ItemKind[];
  readonly put?: readonly ItemKind[];
  readonly delete?: readonly ItemKind[];
}

/** What a role may do with the table: items by kind, and the indexes it may query. */
export interface TableRights extends ItemRights {
  readonly indexes?: readonly FoundIn[];
}

type FoundIn = IndexName | "heartbeats";

const ACTIONS = {
  get: "dynamodb:GetItem",
  batchGet: "dynamodb:BatchGetItem",
  query: "dynamodb:Query",
  put: "dynamodb:PutItem",
  delete: "dynamodb:DeleteItem",
} as const;

/** DynamoDB uses a customer's key in the name of whoever calls it; these are the rights that AWS' own CDK gives readers and writers. */
const READ_KEY = ["kms:Decrypt", "kms:DescribeKey"];
const WRITE_KEY = [
  "kms:Encrypt",
  "kms:ReEncryptFrom",
  "kms:ReEncryptTo",
  "kms:GenerateDataKey",
  "kms:GenerateDataKeyWithoutPlaintext",
];

/** The stack's table, the one beside it that no backup is made of, and the key that encrypts both, parameters, logs and the alarms' topic. */
export class Store extends pulumi.ComponentResource {
  readonly table: dynamodb.Table;
  /** Keys of session tickets would outlive their time in a backup, so there is none. Lost, it fills by itself. */
  readonly transient: dynamodb.Table;
  readonly key: kms.Key;

  constructor(
    name: string,
    private readonly common: Common,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("certfront:infra:Store", name, {}, opts);
    const { place, tags, protect } = common;

    this.key = new kms.Key(
      `${name}-key`,
      {
        description: `certfront ${common.stack}: table, account keys, logs and alarms`,
        enableKeyRotation: true,
        deletionWindowInDays: 30,
        policy: keyPolicy(place, common.stack),
        tags,
      },
      { parent: this },
    );

    const shared = ({ hashKey, rangeKey, attributes }: TableSchema) => ({
      billingMode: "PAY_PER_REQUEST",
      hashKey,
      rangeKey,
      attributes: attributes.map((attribute) => ({ ...attribute })),
      serverSideEncryption: { enabled: true, kmsKeyArn: this.key.arn },
      deletionProtectionEnabled: protect,
      tags,
    });
    this.table = new dynamodb.Table(
      `${name}-table`,
      {
        name: physicalName(`${name}-table`, NAME_LIMITS.table),
        ...shared(TABLE_SCHEMA),
        globalSecondaryIndexes: TABLE_SCHEMA.indexes.map(({ nonKeyAttributes, hashKey, rangeKey, ...index }) => ({
          ...index,
          keySchemas: [
            { attributeName: hashKey, keyType: "HASH" },
            { attributeName: rangeKey, keyType: "RANGE" },
          ],
          ...(nonKeyAttributes ? { nonKeyAttributes: [...nonKeyAttributes] } : {}),
        })),
        ttl: { attributeName: TABLE_SCHEMA.ttlAttribute, enabled: true },
        pointInTimeRecovery: { enabled: true },
      },
      { parent: this },
    );

    this.transient = new dynamodb.Table(
      `${name}-transient`,
      {
        name: physicalName(`${name}-transient`, NAME_LIMITS.table),
        ...shared(TRANSIENT_SCHEMA),
      },
      { parent: this },
    );

    this.registerOutputs({ table: this.table.name, key: this.key.arn });
  }

  /** The statements that give exactly these rights, each bound to the items' leading keys. */
  access({ transient = {}, indexes = [], ...rights }: TableRights & { readonly transient?: ItemRights }): Statement[] {
    const items = [
      ...itemStatements("Items", this.table.arn, rights),
      ...itemStatements("Transient", this.transient.arn, transient),
    ];
    const queries = indexes.map((index) => indexStatement(this.table.arn, index));
    const writes = [rights, transient].some((one) => one.put !== undefined || one.delete !== undefined);
    return [...items, ...queries, this.useKey("dynamodb", writes ? [...READ_KEY, ...WRITE_KEY] : READ_KEY)];
  }

  /** Lets a role read what one service keeps under the key, through that service only. */
  decrypt(service: "dynamodb" | "ssm"): Statement {
    return this.useKey(service, READ_KEY);
  }

  private useKey(service: "dynamodb" | "ssm", actions: readonly string[]): Statement {
    const { region, dnsSuffix } = this.common.place;
    return {
      Sid: `Key${service[0]?.toUpperCase()}${service.slice(1)}`,
      Effect: "Allow",
      Action: actions,
      Resource: this.key.arn,
      Condition: { StringEquals: { "kms:ViaService": pulumi.interpolate`${service}.${region}.${dnsSuffix}` } },
    };
  }
}

function itemStatements(what: string, table: pulumi.Output<string>, rights: ItemRights): Statement[] {
  return Object.entries(rights).map(([right, kinds]) => ({
    Sid: `${what}${right[0]?.toUpperCase()}${right.slice(1)}`,
    Effect: "Allow",
    Action: [ACTIONS[right as keyof ItemRights]],
    Resource: table,
    Condition: {
      "ForAllValues:StringLike": {
        "dynamodb:LeadingKeys": kinds.map((kind: ItemKind) => patternOf(kind, right as keyof ItemRights)),
      },
    },
  }));
}

/** What fronts have not seen yet and the heartbeats lie in one index: who may find the ones need not find the others. */
function indexStatement(table: pulumi.Output<string>, index: FoundIn): Statement {
  const partition = { revision: FRONT_REVISIONS, heartbeats: HEARTBEATS }[index as string];
  return {
    Sid: `Index${index[0]?.toUpperCase()}${index.slice(1)}`,
    Effect: "Allow",
    Action: ["dynamodb:Query"],
    Resource: pulumi.interpolate`${table}/index/${index === "heartbeats" ? INDEXES.revision : INDEXES[index]}`,
    ...(partition !== undefined && {
      Condition: { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": [partition] } },
    }),
  };
}

/** The account manages the key through IAM; CloudWatch may encrypt this stack's logs and publish its alarms with it. */
function keyPolicy(place: Place, stack: string): pulumi.Output<string> {
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "AccountThroughIam",
        Effect: "Allow",
        Principal: { AWS: pulumi.interpolate`arn:${place.partition}:iam::${place.accountId}:root` },
        Action: "kms:*",
        Resource: "*",
      },
      {
        Sid: "Logs",
        Effect: "Allow",
        Principal: { Service: pulumi.interpolate`logs.${place.region}.${place.dnsSuffix}` },
        Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"],
        Resource: "*",
        Condition: {
          ArnLike: { "kms:EncryptionContext:aws:logs:arn": arnOf(place, "logs", `log-group:${pathOf(stack)}/*`) },
        },
      },
      {
        Sid: "Alarms",
        Effect: "Allow",
        Principal: { Service: ["cloudwatch.amazonaws.com", "events.amazonaws.com"] },
        Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
        // No condition on the account: where SNS did not pass it on, alarms would be lost silently. The topic's policy has one.
        Resource: "*",
      },
    ],
  });
}
