import type { TenantRecord } from "../../../core/record/record";
import { update, WriteConflictError } from "../../../core/record/update";
import { tenantRecord } from "../../../testing/records";

const read = tenantRecord("a.example", 0, { version: 7 });
const lease = { id: "worker-1", until: 60_000 };
/** As somebody else wrote it in between. */
const theirs = (changes: Partial<TenantRecord> = {}): TenantRecord => ({
  ...read,
  version: 9,
  revision: 5,
  ...changes,
});
const failedOnceMore = (latest: TenantRecord): TenantRecord => ({ ...latest, failures: latest.failures + 1 });

/** A table that refuses as many writes as there are errors, and then has whatever was written last. */
class ContestedTable {
  readonly written: { readonly record: TenantRecord; readonly leaseId: string | undefined }[] = [];
  readonly asked: string[] = [];

  constructor(
    private readonly errors: Error[],
    private readonly stored?: TenantRecord,
  ) {}

  async tenant(domain: string): Promise<TenantRecord | undefined> {
    this.asked.push(domain);
    return this.stored;
  }

  async saveTenant(record: TenantRecord, leaseId?: string): Promise<void> {
    const error = this.errors.shift();
    if (error) throw error;
    this.written.push({ record, leaseId });
  }
}

const conflict = (stored?: TenantRecord) => new WriteConflictError("a.example", stored);

describe("a change to a stored record", () => {
  it("is written as the next version, under the worker's lease, and given back", async () => {
    const table = new ContestedTable([]);
    const record = { ...read, failures: 1, version: 8 };
    expect(await update(table, read, failedOnceMore, lease.id)).toEqual(record);
    expect(table.written).toEqual([{ record, leaseId: lease.id }]);
    expect(table.asked).toEqual([]);
  });

  it("that is none writes nothing", async () => {
    const table = new ContestedTable([]);
    expect(await update(table, read, () => undefined)).toBeUndefined();
    expect(table.written).toEqual([]);
  });

  it("is made anew of what somebody else wrote in between, as the table says it with its refusal", async () => {
    const table = new ContestedTable([conflict(theirs())]);
    expect(await update(table, read, failedOnceMore)).toEqual({ ...theirs(), failures: 1, version: 10 });
    expect(table.asked).toEqual([]);
  });

  it("is made anew of what is read again, where the table only refuses", async () => {
    const table = new ContestedTable([conflict()], theirs());
    expect(await update(table, read, failedOnceMore)).toEqual({ ...theirs(), failures: 1, version: 10 });
    expect(table.asked).toEqual(["a.example"]);
  });

  it("is given up where what somebody else wrote leaves nothing to change", async () => {
    const table = new ContestedTable([conflict(theirs({ state: "removed" }))]);
    const unlessRemoved = (latest: TenantRecord) => (latest.state === "removed" ? undefined : failedOnceMore(latest));
    expect(await update(table, read, unlessRemoved)).toBeUndefined();
    expect(table.written).toEqual([]);
  });

  it.each([
    ["is written the eighth time, where others were faster seven times", 7, true],
    ["fails where others are always faster", 8, false],
  ])("%s", async (_, refusals, succeeds) => {
    const table = new ContestedTable(Array.from({ length: refusals }, () => conflict(theirs())));
    const result = update(table, read, failedOnceMore);
    if (succeeds) await expect(result).resolves.toMatchObject({ version: 10 });
    else await expect(result).rejects.toThrow(WriteConflictError);
    expect(table.written).toHaveLength(succeeds ? 1 : 0);
  });

  it.each<[string, TenantRecord | undefined, string | undefined, boolean]>([
    ["goes on where a worker still holds the lease", theirs({ lease }), lease.id, true],
    ["fails where somebody else has the lease", theirs({ lease: { ...lease, id: "worker-2" } }), lease.id, false],
    ["fails where nobody has the lease any more", theirs(), lease.id, false],
    ["goes on without a lease, whoever has one", theirs({ lease }), undefined, true],
    ["fails where the record is gone", undefined, undefined, false],
  ])("%s", async (_, stored, leaseId, goesOn) => {
    const result = update(new ContestedTable([conflict()], stored), read, failedOnceMore, leaseId);
    if (goesOn) await expect(result).resolves.toMatchObject({ failures: 1, version: 10 });
    else await expect(result).rejects.toThrow(WriteConflictError);
  });

  it("fails at once where the table does, for that is no conflict", async () => {
    const table = new ContestedTable([new Error("throttled")], theirs());
    await expect(update(table, read, failedOnceMore)).rejects.toThrow("throttled");
    expect([table.asked, table.written]).toEqual([[], []]);
  });

  it("that cannot be written says whose record it was", () => {
    expect(conflict()).toMatchObject({
      name: "WriteConflictError",
      code: "WRITE_CONFLICT",
      tenant: "a.example",
      message: "The record of a.example was written by somebody else.",
    });
  });
});
