import { DAY, HOUR, MINUTE } from "../../core/base/clock";
import { revoke } from "../../core/issue/operations";
import { markUnsealed } from "../../core/issue/stored-keys";
import type { Heartbeat } from "../../core/record/record";
import { isSealed } from "../../core/seal/envelope";
import { IssuerStage } from "../../testing/issuer-stage";
import { heartbeat, tenant } from "../../testing/records";

let stage: IssuerStage;
beforeEach(async () => {
  stage = new IssuerStage();
  stage.point("a.example");
  await beat({});
  await stage.apply(tenant("a.example"));
});

const beat = (changes: Partial<Heartbeat>) =>
  stage.memory.putHeartbeat(heartbeat("front-1", stage.clock.now(), { revision: stage.clock.now() + DAY, ...changes }));

const history = () => stage.memory.certificates("a.example");
const keysStored = async () => [
  ...(await history()).map(({ key }) => key),
  (await stage.memory.frontItem("a.example"))?.certificate?.key ?? "",
];

/** As an issuer from before keys were sealed. */
const sealNothing = () => {
  stage.sealer.privateKey = async (key) => key;
};
const sealAgain = () => Reflect.deleteProperty(stage.sealer, "privateKey");

/** Moves time on with a front that reports. */
async function later(ms: number, changes: Partial<Heartbeat> = {}): Promise<void> {
  stage.clock.advance(ms);
  await beat(changes);
  await stage.turn();
}

describe("a private key", () => {
  it("is stored sealed wherever it is stored: with its order, in the history, for the fronts", async () => {
    const put: string[] = [];
    const { putOrderSecret } = stage.memory;
    stage.memory.putOrderSecret = (secret) => {
      put.push(secret.key);
      return putOrderSecret.call(stage.memory, secret);
    };
    await stage.turn();
    put.push(...(await keysStored()));
    expect(put).toHaveLength(3);
    expect(put.every(isSealed)).toBe(true);
    for (const key of put) {
      expect(await stage.dataKeys.opener().privateKey(key, "a.example")).toMatch(/^-----BEGIN PRIVATE KEY-----/);
      await expect(stage.dataKeys.opener().privateKey(key, "b.example")).rejects.toMatchObject({ code: "KEY_REFUSED" });
    }
  });

  it("costs the issuer no call of KMS but one a day", async () => {
    stage.point("b.example", "c.example");
    await stage.apply(tenant("a.example"), tenant("b.example"), tenant("c.example"));
    await stage.turn();
    expect(stage.ca.orders).toHaveLength(3);
    expect(stage.dataKeys.calls.map(({ operation }) => operation)).toEqual(["GenerateDataKey"]);
    stage.point("d.example");
    stage.clock.advance(DAY);
    await stage.apply(...["a", "b", "c", "d"].map((name) => tenant(`${name}.example`)));
    await beat({});
    await stage.turn();
    expect(stage.dataKeys.calls.map(({ operation }) => operation)).toEqual(["GenerateDataKey", "GenerateDataKey"]);
  });
});

describe("a stack from before keys were sealed", () => {
  beforeEach(async () => {
    sealNothing();
    await stage.turn();
    expect((await keysStored()).some(isSealed)).toBe(false);
    sealAgain();
  });

  it("seals what it has in place: the same certificate, a higher revision, no order", async () => {
    const before = await stage.memory.frontItem("a.example");
    expect(await markUnsealed(stage.ports())).toEqual({ done: true });
    await later(MINUTE);
    const after = await stage.memory.frontItem("a.example");
    expect((await keysStored()).every(isSealed)).toBe(true);
    expect(after?.certificate?.summary).toEqual(before?.certificate?.summary);
    expect(after?.revision).toBeGreaterThan(before?.revision ?? 0);
    expect(await stage.dataKeys.opener().privateKey(after?.certificate?.key ?? "", "a.example")).toBe(
      before?.certificate?.key,
    );
    const record = await stage.record("a.example");
    expect(record).toMatchObject({ state: "active", revision: after?.revision });
    expect(record.unsealed).toBeUndefined();
    expect(stage.ca.orders).toHaveLength(1);
  });

  it("waits with that until every front opens sealed keys, and goes on renewing nothing meanwhile", async () => {
    await beat({ opensKeys: false });
    stage.clock.advance(MINUTE);
    await beat({ opensKeys: false });
    expect(await markUnsealed(stage.ports())).toEqual({ done: false });
    await stage.turn();
    expect((await keysStored()).some(isSealed)).toBe(false);
    stage.clock.advance(MINUTE);
    await beat({});
    expect(await markUnsealed(stage.ports())).toEqual({ done: true });
    await stage.turn();
    expect((await keysStored()).every(isSealed)).toBe(true);
  });

  it("seals those of a tenant that was taken out", async () => {
    await stage.apply();
    await later(MINUTE);
    await markUnsealed(stage.ports());
    await later(MINUTE);
    expect((await history()).every(({ key }) => isSealed(key))).toBe(true);
    expect(await stage.record("a.example")).toMatchObject({ state: "removed" });
  });

  it("finishes an order that it had begun, with a sealed key", async () => {
    stage.point("b.example");
    await stage.apply(tenant("a.example"), tenant("b.example"));
    sealNothing();
    const finalize = stage.ca.finalize.bind(stage.ca);
    stage.ca.finalize = () => Promise.reject(new Error("killed"));
    await stage.turn();
    stage.ca.finalize = finalize;
    sealAgain();
    await stage.turnsUntil("b.example", ({ state }) => state === "active");
    expect(isSealed((await stage.memory.frontItem("b.example"))?.certificate?.key ?? "")).toBe(true);
  });

  it("is walked through once", async () => {
    await markUnsealed(stage.ports());
    let walks = 0;
    stage.memory.listTenants = async () => {
      walks++;
      return { items: [] };
    };
    expect(await markUnsealed(stage.ports())).toEqual({ done: true });
    expect(walks).toBe(0);
  });
});

describe("a superseded certificate's key", () => {
  const renewed = async () => {
    await stage.turn();
    const { renewal } = await stage.record("a.example");
    await later((renewal?.renewAt ?? 0) - stage.clock.now());
    expect(stage.ca.orders).toHaveLength(2);
  };

  it("stays for a day, and goes when every front serves the next one", async () => {
    await renewed();
    expect(await history()).toHaveLength(2);
    await later(DAY - MINUTE);
    expect(await history()).toHaveLength(2);
    await later(2 * MINUTE);
    expect((await history()).map(({ summary }) => summary.serial)).toEqual([
      (await stage.record("a.example")).certificate?.serial,
    ]);
    expect((await stage.record("a.example")).forgetKeysAt).toBeUndefined();
  });

  it.each<[string, Partial<Heartbeat>]>([
    ["has not come to it", { revision: 1 }],
    ["could not take it", { failed: [{ domain: "a.example", problem: "refused" }] }],
  ])("stays while a front %s", async (_what, changes) => {
    await renewed();
    await later(DAY + MINUTE, changes);
    expect(await history()).toHaveLength(2);
    await later(HOUR);
    expect(await history()).toHaveLength(1);
  });

  it("stays while no front is there to tell", async () => {
    await renewed();
    stage.clock.advance(2 * DAY);
    await stage.turn();
    expect(await history()).toHaveLength(2);
  });

  it("goes at once where the certificate was revoked", async () => {
    await stage.turn();
    await revoke("a.example", "keyCompromise", stage.ports());
    await later(MINUTE);
    await later(MINUTE);
    expect(stage.ca.orders).toHaveLength(2);
    expect((await history()).map(({ summary }) => summary.serial)).toEqual([
      (await stage.record("a.example")).certificate?.serial,
    ]);
  });
});
