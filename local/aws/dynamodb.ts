import * as http from "node:http";
import { arn } from "./account";
import type { ApiAnswer, ApiCall, Service } from "./api";
import { jsonBody } from "./api";
import type { Iam, RequestContext } from "./iam";

/** What access control must know of a table. */
export interface TableKeys {
  readonly hashKey: string;
  readonly indexHashKeys: Readonly<Record<string, string>>;
  /** Customer-managed key, where the table has one: callers need kms:Decrypt through DynamoDB. */
  readonly kmsKeyArn?: string;
}

export interface DynamoDbOptions {
  readonly iam: Iam;
  readonly region: string;
  /** dynalite's `http://host:port`. */
  readonly endpoint: string;
  table(name: string): TableKeys | undefined;
}

type AttributeValue = Readonly<Record<string, unknown>>;
type Item = Readonly<Record<string, AttributeValue>>;

/** One table touched by a request, with the partition keys it names. */
interface Access {
  readonly action: string;
  readonly table: string;
  readonly index?: string;
  readonly leadingKeys: readonly string[];
}

/** DynamoDB: asks IAM about every table and partition key that a request names, then hands it to dynalite unchanged. */
export function dynamoDb(options: DynamoDbOptions): Service {
  const agent = new http.Agent({ keepAlive: true });
  return async (call) => {
    for (const access of accesses(call, options)) await authorize(call, access, options);
    return forward(call, options.endpoint, agent);
  };
}

async function authorize(
  { role, userId }: Pick<ApiCall, "role" | "userId">,
  access: Access,
  { iam, region, table }: DynamoDbOptions,
): Promise<void> {
  const resource = `table/${access.table}${access.index === undefined ? "" : `/index/${access.index}`}`;
  const context: RequestContext = {
    "aws:userid": userId,
    ...(access.leadingKeys.length > 0 && { "dynamodb:LeadingKeys": [...access.leadingKeys] }),
  };
  await iam.authorize(role, `dynamodb:${access.action}`, arn("dynamodb", region, resource), context);
  const key = table(access.table)?.kmsKeyArn;
  if (key === undefined) return;
  await iam.authorize(role, "kms:Decrypt", key, { "kms:ViaService": `dynamodb.${region}.amazonaws.com` });
}

function accesses(call: ApiCall, { table }: DynamoDbOptions): Access[] {
  const body = jsonBody(call);
  const of = (action: string, name: unknown, items: readonly (Item | undefined)[]): Access => {
    const hashKey = table(String(name))?.hashKey ?? "";
    return { action, table: String(name), leadingKeys: items.flatMap((item) => text(item?.[hashKey])) };
  };
  switch (call.operation) {
    case "BatchGetItem":
      return Object.entries(body.RequestItems as Record<string, { Keys: Item[] }>).map(([name, { Keys }]) =>
        of("BatchGetItem", name, Keys),
      );
    case "BatchWriteItem":
      return Object.entries(body.RequestItems as Record<string, WriteRequest[]>).map(([name, requests]) =>
        of(
          "BatchWriteItem",
          name,
          requests.map((one) => one.PutRequest?.Item ?? one.DeleteRequest?.Key),
        ),
      );
    case "Query":
      return [query(body, table(String(body.TableName)))];
    case "ListTables":
      return [{ action: "ListTables", table: "*", leadingKeys: [] }];
    default:
      return [
        {
          ...of(call.operation, body.TableName, [(body.Key ?? body.Item) as Item | undefined]),
          ...(typeof body.IndexName === "string" ? { index: body.IndexName } : {}),
        },
      ];
  }
}

interface WriteRequest {
  readonly PutRequest?: { readonly Item: Item };
  readonly DeleteRequest?: { readonly Key: Item };
}

/** The partition key of a Query stands in its key condition: `#pk = :value`, in any order, names and values by placeholder. */
function query(body: Record<string, unknown>, keys: TableKeys | undefined): Access {
  const index = typeof body.IndexName === "string" ? body.IndexName : undefined;
  const hashKey = index === undefined ? keys?.hashKey : keys?.indexHashKeys[index];
  const names = (body.ExpressionAttributeNames ?? {}) as Record<string, string>;
  const values = (body.ExpressionAttributeValues ?? {}) as Item;
  const equalities = String(body.KeyConditionExpression ?? "").matchAll(/([#\w]+)\s*=\s*(:\w+)/g);
  const leadingKeys = [...equalities].flatMap(([, name = "", value = ""]) =>
    (names[name] ?? name) === hashKey ? text(values[value]) : [],
  );
  return { action: "Query", table: String(body.TableName), ...(index === undefined ? {} : { index }), leadingKeys };
}

function text(value: AttributeValue | undefined): string[] {
  const found = value?.S ?? value?.N;
  return typeof found === "string" ? [found] : [];
}

function forward(call: ApiCall, endpoint: string, agent: http.Agent): Promise<ApiAnswer> {
  return new Promise((resolve, reject) => {
    const headers = { ...call.headers, host: new URL(endpoint).host, "content-length": call.body.length };
    const request = http.request(endpoint, { method: call.method, agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const { "transfer-encoding": _, connection: __, ...kept } = response.headers;
        resolve({ status: response.statusCode ?? 500, headers: kept, body: Buffer.concat(chunks) });
      });
    });
    request.on("error", (error: NodeJS.ErrnoException) => {
      // dynalite closed an idle connection just as it was used again: the request never reached it.
      if (request.reusedSocket && error.code === "ECONNRESET") forward(call, endpoint, agent).then(resolve, reject);
      else reject(error);
    });
    request.end(call.body);
  });
}
