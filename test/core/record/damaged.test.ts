import { DamagedRecordError, isRecord } from "../../../core/record/damaged";
import { newTenantRecord } from "../../../core/record/store";
import { tenant } from "../../../testing/records";

const NOW = Date.UTC(2026, 10, 29);
const good = newTenantRecord(tenant("a.example"), NOW);

it("a tenant that was just added is due at once, and waits for nobody", () => {
  expect(good).toEqual({
    tenant: tenant("a.example"),
    state: "pending-dns",
    reason: { code: "WAITING", sentence: "a.example was just added and has not been looked at yet." },
    since: NOW,
    lane: "new",
    nextActionAt: NOW,
    failures: 0,
    revision: NOW,
    version: 1,
  });
  expect(isRecord(good)).toBe(true);
});

it.each<[string, object]>([
  ["no tenant", { tenant: undefined }],
  ["a tenant without a domain", { tenant: { aliases: [] } }],
  ["a tenant without aliases", { tenant: { domain: "a.example" } }],
  ["no state", { state: undefined }],
  ["a state that nobody knows", { state: "frozen" }],
  ["no version", { version: undefined }],
  ["a version with a fraction", { version: 1.5 }],
  ["a revision that is no number", { revision: "1" }],
])("what has %s is no record", (_, changes) => {
  expect(isRecord({ ...good, ...changes } as Parameters<typeof isRecord>[0])).toBe(false);
});

it("what is no record is told of with what becomes of it", () => {
  expect(new DamagedRecordError("a.example")).toMatchObject({
    name: "DamagedRecordError",
    code: "RECORD_DAMAGED",
    tenant: "a.example",
    message: "The record of a.example in the table is damaged, or another version's.",
    advice: "What is served stays served. `certfront restore` puts it back from a backup.",
  });
});
