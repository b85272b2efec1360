import { readIndexEntry } from "../../../core/record/index-entry";
import type { TenantIndexEntry } from "../../../core/record/store";
import { TenantCounter } from "../../../core/status/counts";
import { tenantView } from "../../../core/status/view";
import { certificateSummary } from "../../../testing/records";

const NOW = Date.UTC(2026, 10, 29);
const good: TenantIndexEntry = {
  domain: "a.example",
  names: ["a.example", "www.a.example"],
  state: "active",
  since: NOW,
  revision: NOW,
  configHash: "hash",
  certificate: certificateSummary("a.example"),
  renewal: { renewAt: NOW, source: "ari" },
};
const without = (member: keyof TenantIndexEntry) => ({ ...good, [member]: undefined });
const read = (item: object) => readIndexEntry({ pk: "TENANT#a.example", ...item }, "a.example");

it("a line of the index is read as it was written", () => {
  expect(read(good)).toEqual(good);
  const reason = { code: "WAITING", sentence: "It waits." } as const;
  expect(read({ ...good, reason, nextActionAt: NOW })).toEqual({ ...good, reason, nextActionAt: NOW });
});

it.each<[string, object]>([
  ["nothing but its key", {}],
  ["no names", without("names")],
  ["an empty list of names", { ...good, names: [] }],
  ["a text for names", { ...good, names: "a.example" }],
  ["a number among the names", { ...good, names: ["a.example", 7] }],
  ["no state", without("state")],
  ["a state that nobody knows", { ...good, state: "constructor" }],
  ["a list for a state", { ...good, state: ["active"] }],
  ["no time of its state", without("since")],
  ["a time that is a text", { ...good, since: "yesterday" }],
  ["a time beyond all dates", { ...good, since: 9e15 }],
  ["no revision", without("revision")],
  ["a revision that is no number", { ...good, revision: Number.NaN }],
  ["no hash", without("configHash")],
  ["a reason that is a text", { ...good, reason: "CA_DOWN" }],
  ["a reason that nobody knows", { ...good, reason: { code: "toString", sentence: "?" } }],
  ["a reason without a sentence", { ...good, reason: { code: "CA_DOWN" } }],
  ["advice that is none", { ...good, reason: { code: "CA_DOWN", sentence: "?", dns: [{ name: "a.example" }] } }],
  ["a certificate without names", { ...good, certificate: { ...good.certificate, names: undefined } }],
  ["a certificate that ends at no time", { ...good, certificate: { ...good.certificate, notAfter: "soon" } }],
  ["a certificate that is a list", { ...good, certificate: [] }],
  ["a plan without a time", { ...good, renewal: { source: "ari" } }],
  ["a plan of null", { ...good, renewal: null }],
  ["a next look that is an object", { ...good, nextActionAt: {} }],
  ["the domain of another", { ...without("names"), domain: "b.example" }],
])("a line with %s is that tenant's reason, and can be shown and counted", (_what, item) => {
  const entry = read(item);
  expect(entry).toMatchObject({ domain: "a.example", state: "quarantined", reason: { code: "INTERNAL" } });
  expect(tenantView(entry, [], NOW).reason?.sentence).toContain("a.example");
  const counter = new TenantCounter([], NOW);
  counter.add(entry);
  expect(counter.counts()).toMatchObject({ total: 1, byReason: { INTERNAL: 1 } });
});

it("a removed tenant's line stays a removed tenant's", () => {
  expect(read({ ...without("names"), state: "removed" })).toMatchObject({ state: "removed", names: ["a.example"] });
});
