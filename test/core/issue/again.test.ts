import { MINUTE, SECOND } from "../../../core/base/clock";
import { issueBatch, issueTenant } from "../../../core/issue/issue";
import type { IssuerPorts } from "../../../core/issue/ports";
import { claimTenant } from "../../../core/issue/turn";
import type { TenantRecord } from "../../../core/record/record";
import { tenant, tenantRecord } from "../../../testing/records";
import { TurnStage } from "../../../testing/turns";

const DOMAIN = "a.example";
let stage: TurnStage;
let now: number;
let setbacks: unknown[][];
beforeEach(() => {
  stage = new TurnStage();
  now = stage.clock.now();
  setbacks = [];
});

const ports = (changes: Partial<IssuerPorts> = {}) =>
  stage.ports({
    observer: { step: () => {}, metric: () => {}, setback: (...args) => void setbacks.push(args) },
    ...changes,
  });
const soon = () => stage.clock.now() + 5 * MINUTE;
async function claim(given = ports()) {
  const claimed = await claimTenant(DOMAIN, given);
  if (!claimed) throw new Error("it is due");
  return claimed;
}
const work = async (given = ports()) => issueTenant(await claim(given), given, soon());
const batch = async (given = ports()) => issueBatch([await claim(given)], given, soon());
const record = () => stage.record(DOMAIN);
const has = (changes: Partial<TenantRecord> = {}) => stage.memory.createTenant(tenantRecord(DOMAIN, now, changes));

describe("what is found again within the second", () => {
  const oursFor = (times: number) => {
    const { a } = stage.resolver;
    let failed = 0;
    stage.resolver.a = (name) =>
      ++failed <= times ? Promise.reject(new TypeError("ours")) : a.call(stage.resolver, name);
  };

  it("is looked at again in the same batch", async () => {
    stage.point(DOMAIN);
    await has();
    oursFor(1);
    expect(await batch()).toEqual([{ domain: DOMAIN, state: "active" }]);
    expect(stage.pauses[0]).toBe(SECOND);
  });

  it("and is still there is left to the next round", async () => {
    stage.point(DOMAIN);
    await has();
    oursFor(9);
    expect(await batch()).toEqual([{ domain: DOMAIN, state: "pending-dns", reason: "INTERNAL" }]);
    expect(stage.pauses).toEqual([SECOND]);
  });

  it("is somebody else's where that was faster", async () => {
    await has();
    oursFor(1);
    const given = ports({
      pause: async (ms) => {
        stage.clock.advance(ms);
        await claim();
      },
    });
    expect(await batch(given)).toEqual([
      { domain: DOMAIN, state: "pending-dns", reason: "INTERNAL", again: now + SECOND },
    ]);
  });

  it("is not what is due in a minute", async () => {
    await has();
    expect(await work()).not.toHaveProperty("again");
    expect((await record()).nextActionAt).toBe(now + MINUTE);
  });

  it("works on all tenants of a batch at once", async () => {
    stage.point(DOMAIN, "b.example");
    await stage.apply(tenant(DOMAIN), tenant("b.example"));
    const given = ports();
    const claims = [await claim(given), await claimTenant("b.example", given)].filter((one) => one !== undefined);
    expect((await issueBatch(claims, given, soon())).map(({ domain, state }) => `${domain} ${state}`)).toEqual([
      "a.example active",
      "b.example active",
    ]);
  });
});
