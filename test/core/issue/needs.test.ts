import { DAY } from "../../../core/base/clock";
import { type Action, whatIsNeeded } from "../../../core/issue/needs";
import type { FrontItem, TenantRecord } from "../../../core/record/record";
import { certificateSummary, frontItem, tenant, tenantRecord } from "../../../testing/records";

const NOW = Date.UTC(2026, 10, 21);
const certificate = certificateSummary("a.example", { notBefore: NOW - 10 * DAY, notAfter: NOW + 80 * DAY });
const plan = { renewAt: NOW + 50 * DAY, source: "lifetime" } as const;
const order = { id: "1", ca: "ca", names: ["a.example"], startedAt: NOW };
const content: Partial<TenantRecord> = { state: "active", certificate, renewal: plan, revision: 7 };
const published = frontItem("a.example", 7);

describe("what a tenant needs now", () => {
  it.each<[string, Action, string, Partial<TenantRecord>, FrontItem | undefined]>([
    ["nothing, when all is well", "nothing", "content", content, published],
    ["its fronts told, when they never were", "publish", "unpublished", {}, undefined],
    ["its fronts told, when they are behind", "publish", "unpublished", { ...content, revision: 8 }, published],
    [
      "its fronts told, when they have other policy",
      "publish",
      "unpublished",
      { ...content, tenant: tenant("a.example", { http: "serve" }) },
      published,
    ],
    ["its fronts told, when it came back", "publish", "unpublished", content, { ...published, removed: true }],
    ["to be dropped, when it was taken out", "drop", "removed", { ...content, state: "removed" }, published],
    [
      "nothing, when it was dropped",
      "nothing",
      "gone",
      { ...content, state: "removed" },
      { ...published, removed: true },
    ],
    ["nothing, when it was taken out before anybody heard of it", "nothing", "gone", { state: "removed" }, undefined],
    [
      "its order finished, whatever else there is to do",
      "continue-order",
      "order-under-way",
      { ...content, order, renewal: { ...plan, renewAt: NOW } },
      published,
    ],
    ["a first certificate", "order", "no-certificate", { revision: 7 }, published],
    [
      "a renewal when the time has come",
      "order",
      "renewal-due",
      { ...content, renewal: { ...plan, renewAt: NOW } },
      published,
    ],
    [
      "no renewal a millisecond before",
      "nothing",
      "content",
      { ...content, renewal: { ...plan, renewAt: NOW + 1 } },
      published,
    ],
    [
      "a renewal at once in the last twentieth",
      "order",
      "emergency",
      { ...content, certificate: { ...certificate, notAfter: NOW + DAY / 2 } },
      published,
    ],
    [
      "another certificate for a new alias",
      "order",
      "names-changed",
      { ...content, tenant: tenant("a.example", { aliases: ["b.example"] }) },
      { ...published, tenant: tenant("a.example", { aliases: ["b.example"] }) },
    ],
    [
      "another certificate without an alias that is gone",
      "order",
      "names-changed",
      { ...content, certificate: { ...certificate, names: ["a.example", "b.example"] } },
      published,
    ],
    [
      "ARI asked when it is time",
      "ask-ari",
      "ari-due",
      { ...content, renewal: { ...plan, ariCheckAt: NOW } },
      published,
    ],
    [
      "a renewal rather than ARI asked once more",
      "order",
      "renewal-due",
      { ...content, renewal: { ...plan, renewAt: NOW, ariCheckAt: NOW } },
      published,
    ],
  ])("is %s", (_what, action, check, changes, front) => {
    const record = tenantRecord("a.example", NOW, changes);
    expect(whatIsNeeded({ record, front, now: NOW })).toMatchObject({
      action,
      check,
      sentence: expect.stringContaining("a.example"),
    });
  });
});
