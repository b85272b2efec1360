import { DAY } from "../../core/clock";
import { reconcile } from "../../core/reconcile";
import { type LocalDynamoDb, startDynamoDb } from "../../local/parts/dynamodb";
import { DynamoStore } from "../../store/dynamo-store";
import { TABLE_SCHEMA } from "../../store/schema";
import { ManualClock } from "../support/manual-clock";
import { certificateSummary, tenantRecord } from "../support/records";

interface Read {
  readonly command: string;
  /** Items that DynamoDB looked at, which is what it charges for. */
  readonly scanned: number;
}

describe("a reconcile with nothing due", () => {
  let dynamo: LocalDynamoDb;
  beforeAll(async () => {
    dynamo = await startDynamoDb();
  });
  afterAll(() => dynamo.stop());

  it("reads no item, however many tenants are active", async () => {
    const reads = new Map<number, Read[]>();
    for (const tenants of [1, 300]) reads.set(tenants, await readsOfOneReconcile(tenants));
    expect(reads.get(300)).toEqual(reads.get(1));
    expect(reads.get(300)).toEqual(Array.from({ length: 8 }, () => ({ command: "QueryCommand", scanned: 0 })));
  });

  async function readsOfOneReconcile(tenants: number): Promise<Read[]> {
    const name = `tenants-${tenants}`;
    await dynamo.createTable(name, TABLE_SCHEMA);
    const clock = new ManualClock();
    const reads: Read[] = [];
    const logger = { debug() {}, warn() {}, error() {}, info: (entry: unknown) => void reads.push(readOf(entry)) };
    const store = new DynamoStore(name, dynamo.clientConfig, clock);
    const now = clock.now();
    const active = (domain: string) =>
      tenantRecord(domain, now, {
        state: "active",
        lane: "renewal",
        nextActionAt: now + DAY,
        certificate: certificateSummary(domain),
      });
    const domains = Array.from({ length: tenants }, (_, n) => `t${n}.example`);
    for (let at = 0; at < tenants; at += 50) {
      await Promise.all(domains.slice(at, at + 50).map((domain) => store.createTenant(active(domain))));
    }
    const watched = new DynamoStore(name, { ...dynamo.clientConfig, logger }, clock);
    const handOut = jest.fn();
    expect(await reconcile({ store: watched, clock, timeScale: 1 }, handOut)).toEqual({ due: 0, batches: 0 });
    expect(handOut).not.toHaveBeenCalled();
    return reads;
  }
});

/** The SDK's logger is told of every command with its answer. */
function readOf(entry: unknown): Read {
  const { commandName, output } = entry as { commandName: string; output: { ScannedCount?: number } };
  return { command: commandName, scanned: output.ScannedCount ?? Number.NaN };
}
