import { createHash, generateKeyPairSync } from "node:crypto";
import type { TableSchema } from "../../../store/schema";
import { arn } from "../../aws/account";
import type { Inputs } from "../graph";
import { assetBytes, secret } from "../wire";
import type { Kind } from "./kind";
import { physicalName } from "./kind";

/** Table, bucket, parameters, the account's key, and what the stack's state remembers. */
export const storageKinds: Readonly<Record<string, Kind>> = {
  "aws:dynamodb/table:Table": {
    async realise(table, cloud, node) {
      const name = physicalName(table, node);
      await cloud.dynamodb.createTable(name, schemaOf(table));
      const kmsKeyArn = table.optionalText("serverSideEncryption.kmsKeyArn");
      cloud.tables.set(name, {
        hashKey: table.text("hashKey"),
        indexHashKeys: Object.fromEntries(
          table.list("globalSecondaryIndexes").map((index) => [index.text("name"), indexKey(index, "HASH")]),
        ),
        ...(kmsKeyArn === undefined ? {} : { kmsKeyArn }),
      });
      return { id: name, name, arn: arn("dynamodb", cloud.region, `table/${name}`) };
    },
  },
  "aws:kms/key:Key": {
    realise(key, { region, iam }, node) {
      const id = createHash("sha256").update(node.urn).digest("hex").slice(0, 32);
      const keyArn = arn("kms", region, `key/${id}`);
      const policy = key.value("policy");
      if (policy !== undefined) iam.attachToResource(keyArn, policy);
      return { id, keyId: id, arn: keyArn };
    },
  },
  "aws:kms/keyPolicy:KeyPolicy": {
    live: true,
    realise(policy, { region, iam }) {
      const id = policy.text("keyId");
      iam.attachToResource(arn("kms", region, `key/${id}`), policy.value("policy"));
      return { id };
    },
  },
  "aws:s3/bucket:Bucket": {
    realise(bucket, _cloud, node) {
      const name = physicalName(bucket, node, "bucket");
      return { id: name, bucket: name, arn: `arn:aws:s3:::${name}` };
    },
  },
  "aws:s3/bucketPolicy:BucketPolicy": {
    realise(policy, { iam }) {
      const bucket = policy.text("bucket");
      iam.attachToResource(`arn:aws:s3:::${bucket}`, policy.value("policy"));
      return { id: bucket };
    },
  },
  "aws:s3/bucketObjectv2:BucketObjectv2": {
    live: true,
    realise(object, { root, buckets }) {
      const [bucket, key] = [object.text("bucket"), object.text("key")];
      const content = object.optionalText("content");
      const body = content === undefined ? assetBytes(root, object.value("source")) : Buffer.from(content);
      buckets.put(bucket, key, body);
      return { id: `${bucket}/${key}`, key, arn: `arn:aws:s3:::${bucket}/${key}` };
    },
  },
  "aws:ssm/parameter:Parameter": {
    live: true,
    realise(parameter, { region, parameters }) {
      const name = parameter.text("name");
      const kmsKeyArn = parameter.optionalText("keyId");
      parameters.set(name, {
        name,
        type: parameter.text("type"),
        value: parameter.text("value"),
        ...(kmsKeyArn === undefined ? {} : { kmsKeyArn }),
      });
      return { id: name, arn: arn("ssm", region, `parameter/${name.replace(/^\//, "")}`), version: 1 };
    },
  },
  "pulumi:index:Stash": {
    live: true,
    realise(stash, { stashes }, node) {
      const input = stash.value("input");
      const output = stashes.get(node.urn) ?? input;
      if (output === undefined) return {};
      stashes.set(node.urn, output);
      return { id: node.name, output };
    },
  },
  // Which tenants there were is for a preview; the issuer refuses by the table what a preview refuses.
  "pulumi:pulumi:StackReference": { realise: (reference) => ({ name: reference.text("name"), outputs: {} }) },
  "tls:index/privateKey:PrivateKey": {
    realise() {
      const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
      return {
        privateKeyPem: secret(privateKey.export({ type: "sec1", format: "pem" }).toString()),
        privateKeyPemPkcs8: secret(privateKey.export({ type: "pkcs8", format: "pem" }).toString()),
        publicKeyPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
      };
    },
  },
};

/** The table's own schema, from the program. */
function schemaOf(table: Inputs): TableSchema {
  return {
    hashKey: table.text("hashKey"),
    rangeKey: table.text("rangeKey"),
    attributes: table.list("attributes").map((attribute) => ({
      name: attribute.text("name"),
      type: attribute.text("type") === "N" ? "N" : "S",
    })),
    indexes: table.list("globalSecondaryIndexes").map((index) => ({
      name: index.text("name"),
      hashKey: indexKey(index, "HASH"),
      rangeKey: indexKey(index, "RANGE"),
      projectionType: projectionOf(index),
      ...(index.texts("nonKeyAttributes").length > 0 ? { nonKeyAttributes: index.texts("nonKeyAttributes") } : {}),
    })),
  };
}

function indexKey(index: Inputs, keyType: "HASH" | "RANGE"): string {
  const key = index.list("keySchemas").find((part) => part.text("keyType") === keyType);
  if (key) return key.text("attributeName");
  throw new Error(`index ${index.text("name")} has no ${keyType} key`);
}

function projectionOf(index: Inputs): TableSchema["indexes"][number]["projectionType"] {
  const type = index.text("projectionType");
  if (type === "KEYS_ONLY" || type === "INCLUDE") return type;
  throw new Error(`index ${index.text("name")} projects ${type}, which the local table does not know`);
}
