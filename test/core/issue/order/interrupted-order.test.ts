import { DAY, HOUR, MINUTE } from "../../../../core/base/clock";
import type { AcmeError } from "../../../../core/ca/certificate-authority";
import { interruptedOrder } from "../../../../core/issue/order/verdicts";
import type { TenantRecord } from "../../../../core/record/record";
import { tenant } from "../../../../testing/records";
import { refusal } from "../../../../testing/scripted-ca";
import { TurnStage } from "../../../../testing/turns";

const BOTH = ["a.example", "b.example"];
const type = (kind: string) => `urn:ietf:params:acme:error:${kind}`;

let stage: TurnStage;
beforeEach(() => {
  stage = new TurnStage();
});

const withSecond = () => {
  stage.cas = [stage.ca, stage.newCa("second-ca")];
};
const avoided = (ca = "first-ca", wait = DAY) => ({ ca, until: stage.clock.now() + wait });
const configured: Partial<TenantRecord> = { tenant: tenant("a.example", { aliases: ["b.example"] }) };

describe("a CA that fails in the middle of an order", () => {
  const interrupted = async (
    error: AcmeError,
    { age = 0, timeScale = 1, record = {} as Partial<TenantRecord>, names = ["a.example"] } = {},
  ) => {
    const work = await stage.ordering(
      { startedAt: stage.clock.now() - age, names },
      { ...configured, ...record },
      { timeScale },
    );
    const { reason, details } = await interruptedOrder(work, error);
    const { retryAt } = details;
    return { ...details, reason, in: retryAt === undefined ? undefined : retryAt - stage.clock.now() };
  };
  const down = refusal("serverInternal", { status: 500, detail: "oops" });
  const limit = (detail: string, retryAfterMs?: number) =>
    refusal("rateLimited", { status: 429, detail }, retryAfterMs === undefined ? {} : { retryAfterMs });

  it("keeps it, and is asked again ever more rarely", async () => {
    expect(await interrupted(down)).toMatchObject({
      reason: {
        code: "CA_DOWN",
        sentence: "first-ca has a problem of its own (a.example). It says: oops.",
        problemType: type("serverInternal"),
      },
      kind: "outage",
      caFailed: true,
      dropOrder: false,
      in: MINUTE,
      cause: down,
    });
    stage = new TurnStage();
    expect(await interrupted(down, { record: { caFailures: 2 } })).toMatchObject({ in: 5 * MINUTE });
  });

  it.each<[string, boolean, number, number, number]>([
    ["for an hour where another is left", false, HOUR, 2, 1],
    ["not longer", true, HOUR + 1, 2, 1],
    ["for a day where none is", false, DAY, 1, 1],
    ["not longer", true, DAY + 1, 1, 1],
    ["for a day of the stack's time", false, HOUR, 1, 24],
    ["not longer", true, HOUR + 1, 1, 24],
  ])("is trusted with it %s", async (_what, over, age, cas, timeScale) => {
    if (cas > 1) withSecond();
    const { dropOrder, avoid } = await interrupted(down, { age, timeScale });
    expect({ dropOrder, avoid }).toEqual({
      dropOrder: over,
      avoid: over ? avoided("first-ca", DAY / timeScale) : undefined,
    });
  });

  it.each([
    ["of the tenant's own is waited for", "too many certificates already issued", 3 * HOUR, 3 * HOUR, false],
    ["of a week at the most", "too many certificates already issued", 30 * DAY, 7 * DAY, false],
    ["of the account's stops others, too", "too many new orders", 3 * HOUR, 3 * HOUR, true],
    ["that does not say for how long is asked again", "too many new orders", undefined, MINUTE, false],
  ])("by a limit %s", async (_what, detail, retryAfterMs, wait, others) => {
    expect(await interrupted(limit(detail, retryAfterMs))).toMatchObject({
      kind: "outage",
      reason: { code: "RATE_LIMITED" },
      in: wait,
      dropOrder: false,
    });
    expect((await stage.memory.outage("first-ca"))?.limitedUntil ?? 0).toBe(others ? stage.clock.now() + wait : 0);
  });

  it("by not knowing it any more has it placed elsewhere, and soon where it is old", async () => {
    const gone = refusal("malformed", { status: 404 });
    expect(await interrupted(gone, { age: HOUR - 1 })).toMatchObject({
      reason: { code: "CA_DOWN", sentence: expect.stringContaining("first-ca does not know it any more") },
      avoid: avoided(),
    });
    for (const [age, timeScale] of [
      [HOUR, 1],
      [MINUTE, 60],
    ] as const) {
      stage = new TurnStage();
      const since = stage.clock.now() - 7;
      expect(await interrupted(gone, { age, timeScale, record: { since } })).toMatchObject({
        reason: { code: "WAITING", sentence: expect.stringContaining("first-ca does not know it any more") },
        kind: "unfinished",
        in: -7,
      });
    }
  });

  it("by a no ends it: when the CA says, at another where one may say yes", async () => {
    const no = refusal("badCSR", { status: 400, detail: "weak" }, { retryAfterMs: HOUR });
    withSecond();
    expect(await interrupted(no)).toEqual({
      reason: {
        code: "CA_REJECTED",
        sentence: "first-ca does not accept our certificate request (a.example). It says: weak.",
        problemType: type("badCSR"),
      },
      kind: "refused",
      dropOrder: true,
      retryAt: stage.clock.now() + HOUR,
      in: HOUR,
      avoid: avoided(),
      cause: no,
    });
    stage = new TurnStage();
    expect(await interrupted(refusal("tls", { detail: "x" }))).not.toHaveProperty("avoid");
  });

  it.each<[string, string, boolean, number]>([
    ["a no by policy", "rejectedIdentifier", true, 1],
    ["a CAA record that we do not see", "caa", true, 1],
    ["no right to do this", "unauthorized", true, 1],
    ["a problem that is none of a name", "dns", false, 1],
    ["a no where another CA is left", "rejectedIdentifier", false, 2],
  ])("by %s begins the search for the name that is meant: %s (%p)", async (_what, kind, searches, cas) => {
    if (cas > 1) withSecond();
    const { search } = await interrupted(refusal(kind, { status: 403 }), { names: BOTH });
    expect(search !== undefined).toBe(searches);
  });
});
