import { DAY, HOUR, SECOND } from "../../../../core/base/clock";
import type { AcmeAuthorization } from "../../../../core/ca/certificate-authority";
import { BadCertificateError } from "../../../../core/certificate/facts";
import {
  givenUpOrder,
  isDead,
  isGivenUp,
  lostOrder,
  notYetPlaced,
  stuckOrder,
  wrongCertificate,
} from "../../../../core/issue/order/verdicts";
import { TurnStage } from "../../../../testing/turns";

let stage: TurnStage;
beforeEach(() => {
  stage = new TurnStage();
});

const withSecond = () => {
  stage.cas = [stage.ca, stage.newCa("second-ca")];
};
const avoided = (ca = "first-ca", wait = DAY) => ({ ca, until: stage.clock.now() + wait });

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
