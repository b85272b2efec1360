import { DAY } from "../../../core/base/clock";
import { type Action, namesMissing, namesTooMany, nextLook, whatIsNeeded } from "../../../core/issue/needs";
import type { FrontItem, TenantRecord } from "../../../core/record/record";
import { certificateSummary, frontItem, tenant, tenantRecord } from "../../../testing/records";

const NOW = Date.UTC(2026, 10, 21);
const certificate = certificateSummary("a.example", { notBefore: NOW - 10 * DAY, notAfter: NOW + 80 * DAY });
const plan = { renewAt: NOW + 50 * DAY, source: "lifetime" } as const;
const order = { id: "1", ca: "ca", names: ["a.example"], startedAt: NOW };
const content: Partial<TenantRecord> = { state: "active", certificate, renewal: plan, revision: 7 };
const published = frontItem("a.example", 7);

const reason = { code: "DNS_NXDOMAIN", sentence: "a.example does not exist." } as const;
const waiting: Partial<TenantRecord> = { revision: 7, reason };
const told = { ...published, waitsFor: "owner" } as const;

describe("what a tenant needs now", () => {
  it.each<[string, Action, string, Partial<TenantRecord>, FrontItem | undefined]>([
    [
      "its keys sealed, before anything copies them",
      "seal-keys",
      "unsealed",
      { state: "removed", unsealed: true },
      published,
    ],
    ["superseded keys to go", "forget-keys", "superseded", { ...content, forgetKeysAt: NOW }, published],
    ["to keep them a millisecond before", "nothing", "content", { ...content, forgetKeysAt: NOW + 1 }, published],
    [
      "them to go though it was taken out",
      "forget-keys",
      "superseded",
      { state: "removed", forgetKeysAt: NOW },
      undefined,
    ],
    ["to be dropped before that", "drop", "removed", { state: "removed", forgetKeysAt: NOW }, published],
    ["its visitors told whom it waits for", "publish", "untold", waiting, published],
    ["its order finished before that", "continue-order", "order-under-way", { ...waiting, order }, published],
    ["no more telling where they know", "order", "no-certificate", waiting, told],
    ["them told that it waits for nobody", "publish", "untold", { revision: 7 }, told],
    ["nobody told where there is a certificate", "nothing", "content", { ...content, reason }, told],
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

  it("is not that keys are sealed which some front could not open", () => {
    const record = tenantRecord("a.example", NOW, { ...content, unsealed: true });
    expect(whatIsNeeded({ record, front: published, now: NOW, unsealable: true }).action).toBe("nothing");
    expect(whatIsNeeded({ record, front: published, now: NOW, unsealable: false }).action).toBe("seal-keys");
  });

  it.each<[string, Partial<TenantRecord>, FrontItem | undefined]>([
    ["The stored keys of a.example have to be sealed.", { ...content, unsealed: true }, published],
    ["a.example was taken out of the configuration.", { state: "removed" }, published],
    ["The keys of superseded certificates of a.example can go.", { ...content, forgetKeysAt: NOW }, published],
    ["a.example was taken out of the configuration, and the fronts know.", { state: "removed" }, undefined],
    ["The fronts have to learn the configuration of a.example.", content, undefined],
    ["An order for a.example is under way.", { ...content, order }, published],
    ["The fronts have to learn whom a.example waits for.", waiting, published],
    ["a.example has no certificate yet.", waiting, told],
    [
      "The certificate of a.example is about to expire.",
      { ...content, certificate: { ...certificate, notAfter: NOW + 1 } },
      published,
    ],
    [
      "The certificate of a.example is due for renewal (lifetime).",
      { ...content, renewal: { ...plan, renewAt: NOW } },
      published,
    ],
    [
      "It is time to ask the CA when a.example should be renewed.",
      { ...content, renewal: { ...plan, ariCheckAt: NOW } },
      published,
    ],
    [
      "The certificate of a.example does not carry exactly the names configured.",
      { ...content, certificate: { ...certificate, names: [] } },
      published,
    ],
    ["a.example needs nothing now.", content, published],
  ])("is said in a sentence: %s", (sentence, changes, front) => {
    const record = tenantRecord("a.example", NOW, changes);
    expect(whatIsNeeded({ record, front, now: NOW }).sentence).toBe(sentence);
  });
});

describe("a tenant's names and times", () => {
  const of = (names: readonly string[] | undefined, ...aliases: string[]) =>
    tenantRecord("a.example", NOW, {
      tenant: tenant("a.example", { aliases }),
      ...(names && { certificate: { ...certificate, names } }),
    });

  it("tell which names its certificate lacks, and which it has too many", () => {
    expect(namesMissing(of(["a.example"], "b.example"))).toEqual(["b.example"]);
    expect(namesMissing(of(undefined, "b.example"))).toEqual(["a.example", "b.example"]);
    expect(namesTooMany(of(["a.example", "c.example"], "b.example"))).toEqual(["c.example"]);
    expect(namesTooMany(of(undefined))).toEqual([]);
  });

  it("tell when it is looked at next: the sooner of renewal and the question when", () => {
    const at = (renewal: TenantRecord["renewal"]) => nextLook({ ...of([]), ...(renewal && { renewal }) });
    expect(at(undefined)).toBeUndefined();
    expect(at({ ...plan, renewAt: 7 })).toBe(7);
    expect(at({ ...plan, renewAt: 7, ariCheckAt: 3 })).toBe(3);
    expect(at({ ...plan, renewAt: 7, ariCheckAt: 9 })).toBe(7);
  });
});
