import { DAY, HOUR, MINUTE, SECOND } from "../../../../core/base/clock";
import type { AcmeAuthorization, AcmeError, AcmeProblem } from "../../../../core/ca/certificate-authority";
import { BadCertificateError } from "../../../../core/certificate/facts";
import {
  givenUpOrder,
  interruptedOrder,
  invalidOrder,
  isDead,
  isGivenUp,
  lostOrder,
  notYetPlaced,
  stuckOrder,
  wrongCertificate,
} from "../../../../core/issue/order/verdicts";
import type { TenantRecord } from "../../../../core/record/record";
import { tenant } from "../../../../testing/records";
import { refusal } from "../../../../testing/scripted-ca";
import { TurnStage } from "../../../../testing/turns";

const BOTH = ["a.example", "b.example"];
const type = (kind: string) => `urn:ietf:params:acme:error:${kind}`;
const CONNECTION: AcmeProblem = { type: type("connection"), detail: "refused" };

let stage: TurnStage;
beforeEach(() => {
  stage = new TurnStage();
});

const withSecond = () => {
  stage.cas = [stage.ca, stage.newCa("second-ca")];
};
const avoided = (ca = "first-ca", wait = DAY) => ({ ca, until: stage.clock.now() + wait });
const configured: Partial<TenantRecord> = { tenant: tenant("a.example", { aliases: ["b.example"] }) };

describe("an authorization", () => {
  const http01 = (status: string) => ({ url: "", token: "", status });
  const of = (status: AcmeAuthorization["status"], challenge?: string): AcmeAuthorization => ({
    url: "",
    name: "a.example",
    status,
    ...(challenge !== undefined && { http01: http01(challenge) }),
  });

  it.each<[boolean, AcmeAuthorization]>([
    [false, of("pending", "pending")],
    [false, of("pending", "processing")],
    [false, of("pending")],
    [false, of("valid", "invalid")],
    [true, of("pending", "invalid")],
    [true, of("deactivated", "valid")],
    [true, of("expired")],
    [true, of("revoked")],
    [true, of("invalid")],
  ])("is dead: %p, for %j", (dead, one) => {
    expect(isDead(one)).toBe(dead);
  });

  it("was given up by another order where the CA says so, and nothing failed before", async () => {
    const turn = await stage.begin();
    expect([isGivenUp(turn, of("deactivated")), isGivenUp(turn, of("expired"))]).toEqual([true, false]);
    await turn.tenant.save((latest) => ({ ...latest, failures: 1 }));
    expect(isGivenUp(turn, of("deactivated"))).toBe(false);
  });
});

describe("an order that is given up", () => {
  const now = () => stage.clock.now();

  it.each<[string, string, string, object, () => Promise<{ reason: object; details: object }>]>([
    [
      "for there is no time left in this turn",
      "WAITING",
      "An order for a.example is about to be placed.",
      { kind: "unfinished", retryAt: 0 },
      async () => notYetPlaced(await stage.begin()),
    ],
    [
      "for another order gave up what it stood on",
      "WAITING",
      "What the order for a.example at first-ca stood on was given up; a new one is placed.",
      { kind: "refused", dropOrder: true, retryAt: SECOND },
      async () => givenUpOrder(await stage.ordering()),
    ],
    [
      "for nobody can finish it",
      "WAITING",
      "The order for a.example cannot be finished: its key is past its time. A new one is placed.",
      { kind: "unfinished", dropOrder: true, retryAt: 0 },
      async () => lostOrder(await stage.begin(), "its key is past its time"),
    ],
    [
      "for its CA goes no further",
      "CA_DOWN",
      "first-ca did not finish the order for a.example: its time is over. A new one is placed.",
      { kind: "refused", dropOrder: true, avoid: { ca: "first-ca", until: DAY } },
      async () => stuckOrder(await stage.ordering(), "its time is over"),
    ],
    [
      "for what came of it is not what was ordered",
      "CA_DOWN",
      "first-ca gave a certificate for a.example that was not stored. It is for others.",
      {
        kind: "refused",
        dropOrder: true,
        avoid: { ca: "first-ca", until: DAY },
        cause: new BadCertificateError("It is for others."),
      },
      async () => wrongCertificate(await stage.ordering(), new BadCertificateError("It is for others.")),
    ],
  ])("%s, says so", async (_why, code, sentence, details, verdict) => {
    const given = await verdict();
    expect(given.reason).toEqual({ code, sentence });
    const after = (value: unknown): unknown => {
      if (typeof value === "number") return value - stage.begun;
      if (typeof value !== "object" || value === null || value instanceof Error) return value;
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, after(one)]));
    };
    expect(after(given.details)).toEqual(details);
  });

  it("is placed at another CA at once where one is left, else when our schedule says", async () => {
    withSecond();
    expect(stuckOrder(await stage.ordering(), "").details.retryAt).toBe(now());
    stage = new TurnStage();
    withSecond();
    const avoidCas = [{ ca: "second-ca", until: now() + 1 }];
    const work = await stage.ordering({}, { avoidCas });
    expect(stuckOrder(work, "").details.retryAt).toBeUndefined();
    stage.clock.advance(1);
    expect(stuckOrder(work, "").details.retryAt).toBe(now());
  });

  it("is not placed again at this CA for a day of the stack's time", async () => {
    expect(stuckOrder(await stage.ordering({}, {}, { timeScale: 24 }), "").details.avoid).toEqual(
      avoided("first-ca", HOUR),
    );
  });
});

describe("an order that a CA made invalid", () => {
  /** Its authorizations, one for each name. */
  async function verdict(
    tells: Record<string, Partial<AcmeAuthorization> | Error>,
    { error, names = Object.keys(tells) }: { error?: AcmeProblem; names?: string[] } = {},
  ) {
    const authorizations = Object.keys(tells).map((name) => `https://first-ca.test/authorization/${name}`);
    stage.ca.authorization = async (url) => {
      const name = url.split("/").at(-1) ?? "";
      const told = tells[name];
      if (told instanceof Error) throw told;
      return { url, name, status: "valid", ...told };
    };
    const work = await stage.ordering({ names }, configured);
    const url = "https://first-ca.test/order/0";
    return invalidOrder(work, { url, status: "invalid", authorizations, finalize: "", ...(error && { error }) });
  }
  const said = "first-ca could not connect to the name on port 80";

  it("is refused for what its authorization says", async () => {
    const { reason, details } = await verdict({ "a.example": { status: "invalid", error: CONNECTION } });
    expect(reason).toEqual({
      code: "PORT80_UNREACHABLE",
      sentence: `${said} (a.example). It says: refused.`,
      problemType: CONNECTION.type,
    });
    expect(details).toEqual({ kind: "refused", dropOrder: true });
    expect(stage.metrics).toEqual([{ name: "ordersFailed", value: 1 }]);
  });

  it.each([
    ["by its status alone", { status: "invalid" } as const],
    ["by its error alone", { status: "pending", error: CONNECTION } as const],
  ])("names the name that failed, %s, and leaves it out so that the others go on", async (_how, told) => {
    const { reason, details } = await verdict({ "a.example": {}, "b.example": told }, { error: CONNECTION });
    expect(reason.sentence).toBe(`${said} (b.example). It says: refused.`);
    expect(details.refuse).toEqual([{ name: "b.example", reason, until: stage.clock.now() + DAY, times: 1 }]);
  });

  it("tells the reason that a name has, where others have none", async () => {
    const dns = { type: type("dns"), detail: "SERVFAIL" };
    const { reason, details } = await verdict({
      "c.example": {},
      "a.example": { status: "invalid" },
      "b.example": { status: "invalid", error: dns },
    });
    expect(reason).toMatchObject({ code: "DNS_SERVFAIL", problemType: dns.type });
    expect(details.refuse?.map((one) => [one.name, one.reason.code])).toEqual([
      ["a.example", "CA_DOWN"],
      ["b.example", "DNS_SERVFAIL"],
    ]);
  });

  it("is nobody's fault in particular where all names failed", async () => {
    const told = { status: "invalid", error: CONNECTION } as const;
    expect((await verdict({ "a.example": told, "b.example": told })).details).not.toHaveProperty("refuse");
  });

  it("counts against no name that is not the order's", async () => {
    const told = { status: "invalid", error: CONNECTION } as const;
    const { reason, details } = await verdict({ "strange.example": told }, { names: BOTH });
    expect(reason.sentence).toBe(`${said} (a.example). It says: refused.`);
    expect(details).not.toHaveProperty("refuse");
  });

  it.each<[string, AcmeProblem | undefined, string]>([
    ["the order's own", CONNECTION, `${said} (a.example). It says: refused.`],
    [
      "that there is none",
      undefined,
      "first-ca gave an answer that makes no sense (a.example). It says: The order became invalid without a reason.",
    ],
  ])("says as a reason, where no authorization has one, %s", async (_what, error, sentence) => {
    const given = await verdict({ "a.example": {}, "b.example": {} }, error && { error });
    expect(given.reason.sentence).toBe(sentence);
  });

  it("is another CA's where that may say yes, and then no name is left out", async () => {
    withSecond();
    const caa = { type: type("caa"), detail: "forbidden" };
    const { details } = await verdict({ "a.example": {}, "b.example": { status: "invalid", error: caa } });
    expect(details).toEqual({ kind: "refused", dropOrder: true, avoid: avoided() });
  });

  it("is not where no other CA is left, or the name's own fault would meet it there, too", async () => {
    const caa = { type: type("caa"), detail: "forbidden" };
    expect((await verdict({ "a.example": { status: "invalid", error: caa } })).details).not.toHaveProperty("avoid");
    stage = new TurnStage();
    withSecond();
    const { details } = await verdict({ "a.example": { status: "invalid", error: CONNECTION } });
    expect(details).not.toHaveProperty("avoid");
  });

  it("counts as a failed validation of those that failed", async () => {
    const counted: unknown[] = [];
    const ports = stage.ports();
    ports.limits.failed = async (...args) => void counted.push(args);
    stage.ports = () => ports;
    await verdict({ "a.example": {}, "b.example": { status: "invalid", error: CONNECTION } });
    expect(counted).toEqual([["first-ca", ["b.example"]]]);
  });

  it("by what another order gave up is placed anew", async () => {
    const { reason } = await verdict({ "a.example": { status: "deactivated" }, "b.example": {} });
    expect(reason.sentence).toContain("stood on was given up");
    const told = { status: "invalid", error: CONNECTION } as const;
    stage = new TurnStage();
    const other = await verdict({ "a.example": { status: "deactivated" }, "b.example": told });
    expect(other.reason.code).toBe("PORT80_UNREACHABLE");
  });

  it("is over though its authorizations cannot be read any more; a CA that is down is asked again", async () => {
    const gone = refusal("malformed", { status: 404 });
    const { reason } = await verdict({ "a.example": gone, "b.example": { status: "invalid", error: CONNECTION } });
    expect(reason.code).toBe("PORT80_UNREACHABLE");
    for (const error of [refusal("serverInternal", { status: 500 }), new TypeError("ours")]) {
      stage = new TurnStage();
      await expect(verdict({ "a.example": error })).rejects.toBe(error);
    }
  });
});

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
