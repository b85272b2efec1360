import { DAY, MINUTE, SECOND } from "../../../../core/base/clock";
import { createKeyAndCsr } from "../../../../core/certificate/csr";
import { storeCertificate } from "../../../../core/issue/order/store-certificate";
import { Setback } from "../../../../core/issue/setback";
import { SupersededError } from "../../../../core/issue/turn";
import type { OrderProgress, TenantRecord } from "../../../../core/record/record";
import { planByLifetime } from "../../../../core/renewal/policy";
import { certificateSummary, tenant } from "../../../../testing/records";
import { TurnStage } from "../../../../testing/turns";

const BOTH = ["a.example", "b.example"];
const both = tenant("a.example", { aliases: ["b.example"] });
const reason = { code: "DNS_NXDOMAIN", sentence: "b.example does not exist." } as const;

const older = (serial: string, names = ["a.example"]) =>
  certificateSummary("a.example", { serial, fingerprint: serial, names });

let stage: TurnStage;
beforeEach(() => {
  stage = new TurnStage();
});

const record = () => stage.record("a.example");

/** An order that its CA has signed, in the hands of whoever stores what came of it. */
async function signed(
  { names = ["a.example"], ...progress }: Partial<OrderProgress> = {},
  changes: Partial<TenantRecord> = {},
  timeScale = 1,
) {
  const work = await stage.ordering({ names, ...progress }, changes, { timeScale });
  const { key, csr } = await createKeyAndCsr(names, "ecdsa-p256");
  const secret = { ...work.secret, key, csr };
  await stage.memory.putOrderSecret(secret);
  const placed = await stage.ca.newOrder(names, {});
  const [order] = stage.ca.orders;
  if (order) order.status = "ready";
  const valid = await stage.ca.finalize(placed, csr);
  stage.ca.calls.length = 0;
  return { work: { ...work, secret }, order: valid, store: () => storeCertificate({ ...work, secret }, valid) };
}

describe("a certificate that a CA handed out", () => {
  it("is in the history and at the fronts before the record says so, and then its order's key goes", async () => {
    const { store, work } = await signed();
    const said: string[] = [];
    for (const call of ["putCertificate", "putFrontItem", "saveTenant", "deleteOrderSecret"] as const) {
      const original = stage.memory[call] as (...args: never[]) => Promise<never>;
      Object.assign(stage.memory, {
        [call]: (...args: never[]) => {
          said.push(call);
          return original.apply(stage.memory, args);
        },
      });
    }
    await store();
    expect(said).toEqual(["putCertificate", "putFrontItem", "saveTenant", "deleteOrderSecret"]);
    const [stored] = await stage.memory.certificates("a.example");
    expect(stored).toMatchObject({ key: work.secret.key, summary: { names: ["a.example"], ca: "first-ca" } });
    expect((await stage.memory.frontItem("a.example"))?.certificate).toEqual({
      summary: stored?.summary,
      chain: stored?.chain,
      key: work.secret.key,
    });
    expect(await stage.memory.orderSecret("a.example", "1")).toBeUndefined();
  });

  it("makes its tenant active, with nothing left of what went before", async () => {
    const { store } = await signed(
      {},
      {
        lane: "new",
        failures: 3,
        since: 7,
        reason,
        avoidCas: [{ ca: "x", until: Number.MAX_SAFE_INTEGER }],
        search: { ca: "x", stage: "ordering", good: [], open: [], orders: 1 },
        caFailures: 2,
        ownFaults: 2,
        heldSince: 7,
      },
    );
    const before = await record();
    stage.clock.advance(3 * SECOND);
    await store();
    const now = stage.clock.now();
    const after = await record();
    expect(after).toEqual({
      tenant: before.tenant,
      state: "active",
      since: now,
      lane: "renewal",
      failures: 0,
      certificate: after.certificate,
      renewal: planByLifetime(after.certificate ?? certificateSummary(""), { now, random: 0.5, timeScale: 1 }),
      revision: (await stage.memory.frontItem("a.example"))?.revision,
      lease: { ...before.lease, until: now + 2 * MINUTE },
      nextActionAt: now + 2 * MINUTE,
      version: before.version + 1,
    });
  });

  it("is told and counted, with the seconds that it took", async () => {
    const { store } = await signed({ startedAt: stage.begun - 3 * SECOND });
    await store();
    expect(stage.steps.map(({ step }) => step)).toEqual(["issued", "stored"]);
    expect(stage.metrics).toEqual([
      { name: "certificatesIssued", value: 1 },
      { name: "issuanceSeconds", value: 3 },
    ]);
  });

  it("is not stored where it is not what was ordered", async () => {
    const { store, work, order } = await signed();
    stage.ca.tamper = () => "nothing";
    await expect(store()).rejects.toMatchObject({
      name: "Setback",
      reason: {
        code: "CA_DOWN",
        sentence: expect.stringContaining("first-ca gave a certificate for a.example that was not stored."),
      },
    });
    stage.ca.tamper = (chain) => chain + "x".repeat(20_000);
    await expect(store()).rejects.toBeInstanceOf(Setback);
    stage.ca.tamper = undefined;
    const garbled = { ...work, secret: { ...work.secret, key: "garbled" } };
    await expect(storeCertificate(garbled, order)).rejects.not.toBeInstanceOf(Setback);
    expect(await stage.memory.certificates("a.example")).toEqual([]);
  });

  it("of another order than the record's is not the record's", async () => {
    const { store } = await signed();
    const present = await record();
    const order = present.order && { ...present.order, id: "2" };
    await stage.memory.saveTenant({ ...present, ...(order && { order }), version: present.version + 1 });
    await expect(store()).rejects.toBeInstanceOf(SupersededError);
    expect(await record()).not.toHaveProperty("certificate");
  });
});

describe("what a new certificate follows", () => {
  it("stays beside it for the names that it lacks, in the order of their age", async () => {
    const { store } = await signed(
      {},
      { tenant: both, certificate: older("present", BOTH), further: [older("further", ["b.example"])], reason },
    );
    await store();
    expect((await record()).further?.map(({ serial }) => serial)).toEqual(["present"]);
  });

  it("goes where it lacks none", async () => {
    const { store } = await signed({}, { certificate: older("present") });
    await store();
    expect(await record()).not.toHaveProperty("further");
  });

  it.each<[string, Partial<TenantRecord>, number, number | undefined]>([
    ["are kept for a day", { certificate: older("present") }, 1, DAY],
    ["of the stack's time", { certificate: older("present") }, 24, DAY / 24],
    ["go at once where one was revoked", { certificate: older("present"), revoked: ["present"] }, 1, 0],
    ["also of the further ones", { further: [older("further")], revoked: ["further"] }, 1, 0],
    [
      "where one of several was",
      { certificate: older("present"), further: [older("further")], revoked: ["further"] },
      1,
      0,
    ],
    ["not for others that were", { certificate: older("present"), revoked: ["another"] }, 1, DAY],
    ["are none where it is the first", {}, 1, undefined],
  ])("has keys that %s", async (_what, changes, timeScale, expected) => {
    const { store } = await signed({}, changes, timeScale);
    await store();
    const { forgetKeysAt } = await record();
    expect(forgetKeysAt === undefined ? undefined : forgetKeysAt - stage.clock.now()).toBe(expected);
  });
});

describe("what is still said of a tenant that has a new certificate", () => {
  const warning = { code: "DNS_SERVFAIL", sentence: "Unreadable." } as const;
  const waiting = { code: "WAITING", sentence: "a.example is being certified." } as const;

  it.each<[string, Partial<OrderProgress>, Partial<TenantRecord>, TenantRecord["reason"]]>([
    ["why a name is missing", {}, { tenant: both, reason }, reason],
    ["that before what could not be made sure of", { warning }, { tenant: both, reason }, reason],
    ["what could not be made sure of", { warning }, { reason: waiting }, warning],
    ["that, too, where nobody knows why a name is missing", { warning }, { tenant: both, reason: waiting }, warning],
    ["nothing where no name is missing", { names: BOTH }, { tenant: both, reason }, undefined],
    ["nothing that is over", {}, { tenant: both, reason: waiting }, undefined],
  ])("is %s", async (_what, progress, changes, expected) => {
    const { store } = await signed(progress, changes);
    await store();
    expect((await record()).reason).toEqual(expected);
  });

  it("is which names are left out, but for those that it has", async () => {
    const refused = (name: string) => ({ name, reason, until: Number.MAX_SAFE_INTEGER });
    const { store } = await signed({}, { tenant: both, refusedNames: BOTH.map(refused) });
    await store();
    expect((await record()).refusedNames).toEqual([refused("b.example")]);
  });
});

describe("a configuration that changes while a certificate is stored", () => {
  const changing = async (changes: Partial<TenantRecord>) => {
    const { store } = await signed();
    const { putFrontItem } = stage.memory;
    stage.memory.putFrontItem = async (item) => {
      const present = await record();
      await stage.memory.saveTenant({ ...present, ...changes, version: present.version + 1 });
      return putFrontItem.call(stage.memory, item);
    };
    await store();
    const { revision = 0 } = (await stage.memory.frontItem("a.example")) ?? {};
    return (await record()).revision - revision;
  };

  it("leaves the record ahead of the fronts, so that it is published", async () => {
    expect(await changing({ tenant: tenant("a.example", { http: "serve" }) })).toBe(1);
    stage = new TurnStage();
    const revision = stage.begun + 50;
    expect(await changing({ tenant: tenant("a.example", { http: "serve" }), revision })).toBe(50);
  });

  it("in nothing that fronts see leaves it where they are", async () => {
    expect(await changing({ failures: 1 })).toBe(0);
  });
});
