import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import * as path from "node:path";
import { z } from "zod";

const endpointsSchema = z.object({
  loadBalancer: z.object({ http: z.string(), https: z.string() }),
  dynamodb: z.object({ endpoint: z.string() }),
  lambda: z.string(),
  cloudwatch: z.string(),
  console: z.string(),
  dns: z.string(),
  dnsManagement: z.string().optional(),
  acme: z.object({ root: z.string() }).optional(),
  operator: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
  stackFile: z.string().optional(),
  outputs: z.unknown(),
});

/** What `npm start` writes about itself, as far as the CLI needs it (docs/contracts.md). */
export type LocalStack = z.infer<typeof endpointsSchema> & { readonly file: string };

/**
 * The stack on this machine, if its endpoints file is there, readable and its DynamoDB endpoint answers: a file left behind by a stack
 * that was killed counts as none.
 */
export async function runningLocalStack(env: NodeJS.ProcessEnv): Promise<LocalStack | undefined> {
  const directory = env.CERTFRONT_LOCAL ?? path.join(__dirname, "..", ".local");
  const file = path.join(directory, "endpoints.json");
  const raw = await readFile(file, "utf8").catch(() => undefined);
  if (raw === undefined) return undefined;
  const parsed = endpointsSchema.safeParse(safeJson(raw));
  if (!parsed.success || !(await answers(parsed.data.dynamodb.endpoint))) return undefined;
  return { ...parsed.data, file: path.relative(process.cwd(), file) };
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether something listens there. */
async function answers(endpoint: string): Promise<boolean> {
  const { hostname, port } = new URL(endpoint);
  return await new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), timeout: 1_000 });
    const end = (listening: boolean) => {
      socket.destroy();
      resolve(listening);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
  });
}
