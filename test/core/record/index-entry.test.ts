import { isTime, readIndexEntry } from "../../../core/record/index-entry";
import type { Reason } from "../../../core/record/reason";
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

const reason: Reason = {
  code: "CA_REJECTED",
  sentence: "The CA said no.",
  dns: [{ name: "a.example", type: "CAA", action: "create", values: ['0 issue "ca.test"', "x"] }],
  problemType: "urn:ietf:params:acme:error:caa",
};
const { certificate: _, renewal: __, ...waiting } = good;

it.each<[string, TenantIndexEntry]>([
  ["of a tenant that is served", good],
  ["of one that has no certificate yet", { ...waiting, state: "pending-dns", reason }],
  ["of one that waits, and nobody need act", { ...waiting, reason: { code: "WAITING", sentence: "It waits." } }],
  ["of one that is looked at again", { ...good, nextActionAt: NOW }],
  ["of one that was written in 1970", { ...good, since: 0, revision: 0, nextActionAt: 0 }],
])("a line %s is read as it was written", (_what, entry) => {
  expect(read(entry)).toStrictEqual(entry);
});

it.each([
  [0, true],
  [1.5, true],
  [-8_640_000_000_000_000, true],
  [8_640_000_000_000_000, true],
  [8_640_000_000_000_001, false],
  [Number.NaN, false],
  ["0", false],
  [null, false],
])("of %j a date can be made: %s", (value, possible) => {
  expect(isTime(value)).toBe(possible);
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
  ["a reason without a code", { ...good, reason: { sentence: "?" } }],
  ["a reason with a problem that is no text", { ...good, reason: { ...reason, problemType: 7 } }],
  ["advice that is no list", { ...good, reason: { ...reason, dns: { length: 0 } } }],
  ["advice of which one is none", { ...good, reason: { ...reason, dns: [reason.dns?.[0], { name: "a.example" }] } }],
  ["advice of no type", { ...good, reason: { ...reason, dns: [{ ...reason.dns?.[0], type: undefined }] } }],
  ["advice without values", { ...good, reason: { ...reason, dns: [{ ...reason.dns?.[0], values: undefined }] } }],
  ["advice with a number for a value", { ...good, reason: { ...reason, dns: [{ ...reason.dns?.[0], values: [7] }] } }],
  ["a certificate without names", { ...good, certificate: { ...good.certificate, names: undefined } }],
  ["a certificate that ends at no time", { ...good, certificate: { ...good.certificate, notAfter: "soon" } }],
  ["a certificate that begins at no time", { ...good, certificate: { ...good.certificate, notBefore: null } }],
  ["a certificate without a serial number", { ...good, certificate: { ...good.certificate, serial: undefined } }],
  ["a certificate of no CA", { ...good, certificate: { ...good.certificate, ca: 7 } }],
  ["a certificate that is a list", { ...good, certificate: [] }],
  ["a plan without a time", { ...good, renewal: { source: "ari" } }],
  ["a plan that says not whose", { ...good, renewal: { renewAt: NOW } }],
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

it("a line that does not fit keeps what of it does, and says what became of the rest", () => {
  const sentence =
    "The record of a.example in the table does not fit this version of certfront: it was damaged, or written by another one. What is served stays served.";
  const unreadable = { state: "quarantined", reason: { code: "INTERNAL", sentence } };
  expect(read({})).toStrictEqual({
    domain: "a.example",
    names: ["a.example"],
    since: 0,
    revision: 0,
    configHash: "",
    ...unreadable,
  });
  expect(read({ ...good, names: [] })).toStrictEqual({ ...good, names: ["a.example"], ...unreadable });
  expect(read({ ...good, state: "frozen", reason, nextActionAt: NOW })).toStrictEqual({
    ...good,
    nextActionAt: NOW,
    ...unreadable,
  });
});

it("a removed tenant's line stays a removed tenant's", () => {
  expect(read({ ...without("names"), state: "removed" })).toMatchObject({ state: "removed", names: ["a.example"] });
});
