/** The table's indexes: what is due, all tenants, and what fronts have not seen yet. */
export const INDEXES = { due: "due", tenants: "tenants", revision: "revision" } as const;
export type IndexName = keyof typeof INDEXES;

/** A table's keys and indexes, in the words of Pulumi's `aws.dynamodb.TableArgs`. */
export interface TableSchema {
  readonly hashKey: string;
  readonly rangeKey: string;
  /** Every key attribute of the table and of its indexes. */
  readonly attributes: readonly { readonly name: string; readonly type: "S" | "N" }[];
  readonly indexes: readonly {
    readonly name: string;
    readonly hashKey: string;
    readonly rangeKey: string;
    readonly projectionType: "KEYS_ONLY" | "INCLUDE";
    readonly nonKeyAttributes?: readonly string[];
  }[];
}

/** What `status`, the monitor and `apply` may see of a tenant without reading its record; never a secret. */
export const INDEXED_TENANT_ATTRIBUTES = [
  "names",
  "state",
  "since",
  "reason",
  "certificate",
  "renewal",
  "nextActionAt",
  "revision",
  "configHash",
] as const;

/** The stack's table (docs/contracts.md): the Pulumi program, the tests and the local stack all create this. */
export const TABLE_SCHEMA: TableSchema & { readonly ttlAttribute: string } = {
  hashKey: "pk",
  rangeKey: "sk",
  attributes: [
    { name: "pk", type: "S" },
    { name: "sk", type: "S" },
    { name: "duePk", type: "S" },
    { name: "dueAt", type: "N" },
    { name: "listPk", type: "S" },
    { name: "domain", type: "S" },
    { name: "revPk", type: "S" },
    { name: "revision", type: "N" },
  ],
  ttlAttribute: "ttl",
  indexes: [
    { name: INDEXES.due, hashKey: "duePk", rangeKey: "dueAt", projectionType: "KEYS_ONLY" },
    {
      name: INDEXES.tenants,
      hashKey: "listPk",
      rangeKey: "domain",
      projectionType: "INCLUDE",
      nonKeyAttributes: [...INDEXED_TENANT_ATTRIBUTES],
    },
    { name: INDEXES.revision, hashKey: "revPk", rangeKey: "revision", projectionType: "KEYS_ONLY" },
  ],
};

/** The table that is never backed up (store/transient-table.ts). */
export const TRANSIENT_SCHEMA: TableSchema = {
  hashKey: "pk",
  rangeKey: "sk",
  attributes: [
    { name: "pk", type: "S" },
    { name: "sk", type: "S" },
  ],
  indexes: [],
};
