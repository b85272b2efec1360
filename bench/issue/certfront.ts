import * as path from "node:path";
import { bundle } from "../../build/bundle";
import { systemClock } from "../../core/base/clock";
import { thumbprintOf } from "../../core/ca/challenge";
import { applyTenants } from "../../core/issue/apply";
import type { Store } from "../../core/record/store";
import type { LocalDynamoDb } from "../../local/process/parts/dynamodb";
import type { Pebble } from "../../local/process/parts/pebble";
import { tenant } from "../../testing/records";
import { startSealKey } from "../../testing/seal-key";
import { startIssuer } from "./issuer-process";
import { type Measured, measured } from "./measured";

export interface CertfrontRun {
  readonly root: string;
  readonly pebble: Pebble;
  readonly dnsServer: string;
  readonly httpPort: number;
  readonly dynamo: LocalDynamoDb;
  readonly table: string;
  readonly store: Store;
  /** PEM. */
  readonly accountKey: string;
  readonly domains: readonly string[];
}

/** ms after which no further batch is started. */
const LONGEST_MS = 120_000;

/**
 * The issuer's bundle, cold, on tenants that were just applied: reconcile claims them, and each batch of 25 that it hands out is
 * issued before the next, so that 25 are worked on at once. State is in DynamoDB's API.
 */
export async function runCertfront(run: CertfrontRun): Promise<Measured> {
  await bundle(run.root, ["issuer"]);
  await applyTenants(
    run.domains.map((domain) => tenant(domain)),
    run.store,
    systemClock,
  );
  const before = run.pebble.orderCount();
  const begun = Date.now();
  const kms = await startSealKey("bench");
  const variables = { ...environment(run), SEAL_KEY: kms.key, ...kms.sealing };
  const issuer = await startIssuer(path.join(run.root, "dist", "issuer", "index.js"), variables, run.accountKey);
  try {
    let cpuMs = 0;
    while (Date.now() < begun + LONGEST_MS) {
      ({ cpuMs } = await issuer.invoke({ operation: "reconcile" }));
      const batches = issuer.takeHandedOut();
      if (batches.length === 0) break;
      for (const batch of batches) ({ cpuMs } = await issuer.invoke(batch));
    }
    const wallMs = Date.now() - begun;
    const made = await active(run);
    const counts = { asked: run.domains.length, made, orders: run.pebble.orderCount() - before };
    return measured("certfront", counts, wallMs, cpuMs);
  } finally {
    await issuer.stop();
    await kms.close();
  }
}

function environment(run: CertfrontRun): Record<string, string> {
  return {
    STACK: "bench",
    TABLE_NAME: run.table,
    AWS_ENDPOINT_URL_DYNAMODB: run.dynamo.endpoint,
    CAS: JSON.stringify([{ name: "pebble", directory: run.pebble.directory, caaIdentities: ["pebble.example"] }]),
    CONTACT: "bench@certfront.example",
    ACCOUNT_KEY_PARAMETER: "/bench/account-key",
    ACCOUNT_THUMBPRINT: thumbprintOf(run.accountKey),
    ADDRESSES: JSON.stringify(["127.0.0.1"]),
    CNAME_TARGET: "lb.certfront.example",
    DNS_SERVERS: run.dnsServer,
    HTTP_PORT: String(run.httpPort),
    AWS_LAMBDA_FUNCTION_NAME: "issuer",
    NODE_EXTRA_CA_CERTS: run.pebble.trustFile,
  };
}

/** Tenants that have a certificate, published for the fronts; says of the others why they do not. */
async function active({ domains, store }: CertfrontRun): Promise<number> {
  let count = 0;
  for (const domain of domains) {
    const record = await store.tenant(domain);
    const front = await store.frontItem(domain);
    if (record?.state === "active" && front?.certificate) count += 1;
    else process.stderr.write(`${domain} is ${record?.state}: ${record?.reason?.sentence ?? "no reason given"}\n`);
  }
  return count;
}
