import { DAY, HOUR, MINUTE } from "../../../core/base/clock";
import { askPlan } from "../../../core/issue/ask-when";
import type { TenantRecord } from "../../../core/record/record";
import { planByLifetime } from "../../../core/renewal/policy";
import { AskStage, CHAIN, LEAF } from "../../../testing/ask-stage";
import { tenantRecord } from "../../../testing/records";
import { refusal } from "../../../testing/scripted-ca";

let stage: AskStage;
let now: number;
beforeEach(() => {
  stage = new AskStage();
  now = stage.clock.now();
});

describe("when a CA would have a certificate renewed", () => {
  const plan = async (changes: Partial<TenantRecord> = {}, ports = stage.ports()) =>
    askPlan(tenantRecord("a.example", now, { certificate: stage.certificate(), ...changes }), ports);
  const keep = () =>
    stage.memory.putCertificate({ domain: "a.example", summary: stage.certificate(), chain: CHAIN, key: "key" });
  const context = () => ({ now, random: 0.5, timeScale: 1 });
  const byLifetime = () => ({ renewAt: planByLifetime(stage.certificate(), context()).renewAt, source: "lifetime" });

  it("is not asked without one", async () => {
    expect(await askPlan(tenantRecord("a.example", now), stage.ports())).toBeUndefined();
  });

  it("is what it says", async () => {
    await keep();
    stage.ca.ari = stage.window();
    expect(await plan()).toEqual(stage.planned());
  });

  it("is by its lifetime where the CA left the list, or it is not stored: neither can be asked", async () => {
    expect(await plan()).toEqual(byLifetime());
    await keep();
    stage.cas = [stage.newCa("second-ca")];
    expect(await plan()).toEqual(byLifetime());
    expect(stage.asked).toEqual([]);
  });

  it("is asked for this certificate, of all that are stored", async () => {
    await stage.memory.putCertificate({
      domain: "a.example",
      summary: stage.certificate({ serial: "other", fingerprint: "other", notBefore: now }),
      chain: "other",
      key: "key",
    });
    await keep();
    await plan();
    expect(stage.asked).toEqual([LEAF]);
  });

  it.each([
    ["says when to ask again, then", 3 * HOUR, 3 * HOUR],
    ["says a month, in a day", 30 * DAY, DAY],
    ["says nothing, in an hour", undefined, HOUR],
    ["says now, in a minute", 0, MINUTE],
  ])("stays as it was where the CA fails; if it %s", async (_what, retryAfterMs, wait) => {
    await keep();
    stage.ca.renewalInfo = () =>
      Promise.reject(refusal("serverInternal", {}, retryAfterMs === undefined ? {} : { retryAfterMs }));
    const renewal = { renewAt: now + 7, source: "requested" } as const;
    expect(await plan({ renewal })).toEqual({ ...renewal, ariCheckAt: now + wait });
    expect(await plan()).toMatchObject({ ...byLifetime(), ariCheckAt: now + wait });
  });

  it("is not known where the fault is ours", async () => {
    await keep();
    stage.ca.renewalInfo = () => Promise.reject(new TypeError("ours"));
    await expect(plan()).rejects.toThrow("ours");
  });
});
