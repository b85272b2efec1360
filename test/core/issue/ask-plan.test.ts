import { DAY, HOUR, MINUTE } from "../../../core/base/clock";
import { askPlan } from "../../../core/issue/ask-when";
import type { TenantRecord } from "../../../core/record/record";
import { planByLifetime } from "../../../core/renewal/policy";
import { IssuerStage } from "../../../testing/issuer-stage";
import { certificateSummary, tenantRecord } from "../../../testing/records";
import { refusal } from "../../../testing/scripted-ca";

let stage: IssuerStage;
let now: number;
let asked: string[];
beforeEach(() => {
  stage = new IssuerStage();
  now = stage.clock.now();
  asked = [];
  stage.ca.renewalInfo = async (leaf?: string) => {
    asked.push(leaf ?? "");
    return stage.ca.ari;
  };
});

const LEAF = "-----BEGIN CERTIFICATE-----\nleaf\n-----END CERTIFICATE-----\n";
const CHAIN = `${LEAF}-----BEGIN CERTIFICATE-----\nintermediate\n-----END CERTIFICATE-----\n`;
const certificate = (changes = {}) =>
  certificateSummary("a.example", {
    ca: "first-ca",
    ariId: "ari",
    notBefore: now - 10 * DAY,
    notAfter: now + 80 * DAY,
    ...changes,
  });
const window = (changes = {}) => ({ start: now + 30 * DAY, end: now + 32 * DAY, retryAfterMs: 6 * HOUR, ...changes });
const planned = () => ({ renewAt: now + 31 * DAY, source: "ari", inRound: true }) as const;

describe("when a CA would have a certificate renewed", () => {
  const plan = async (changes: Partial<TenantRecord> = {}, ports = stage.ports()) =>
    askPlan(tenantRecord("a.example", now, { certificate: certificate(), ...changes }), ports);
  const keep = () =>
    stage.memory.putCertificate({ domain: "a.example", summary: certificate(), chain: CHAIN, key: "key" });
  const context = () => ({ now, random: 0.5, timeScale: 1 });
  const byLifetime = () => ({ renewAt: planByLifetime(certificate(), context()).renewAt, source: "lifetime" });

  it("is not asked without one", async () => {
    expect(await askPlan(tenantRecord("a.example", now), stage.ports())).toBeUndefined();
  });

  it("is what it says", async () => {
    await keep();
    stage.ca.ari = window();
    expect(await plan()).toEqual(planned());
  });

  it("is by its lifetime where the CA left the list, or it is not stored: neither can be asked", async () => {
    expect(await plan()).toEqual(byLifetime());
    await keep();
    stage.cas = [stage.newCa("second-ca")];
    expect(await plan()).toEqual(byLifetime());
    expect(asked).toEqual([]);
  });

  it("is asked for this certificate, of all that are stored", async () => {
    await stage.memory.putCertificate({
      domain: "a.example",
      summary: certificate({ serial: "other", fingerprint: "other", notBefore: now }),
      chain: "other",
      key: "key",
    });
    await keep();
    await plan();
    expect(asked).toEqual([LEAF]);
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
