import { DAY, HOUR, MINUTE } from "../../../core/base/clock";
import { overdueFraction } from "../../../core/renewal/overdue";
import { planByAri, planForFresh, renewAtByLifetime } from "../../../core/renewal/policy";
import { Random } from "../../../testing/random";
import { certificateSummary } from "../../../testing/records";

const ISSUED = Date.UTC(2026, 10, 1);
const random = new Random(12);

/** A certificate at some moment of its life, and what a CA might say of it: mostly sense. */
function situation() {
  const lifetime =
    random.pick([160 * HOUR, 10 * DAY, 45 * DAY, 64 * DAY, 90 * DAY, 398 * DAY]) - random.integer(0, 1_000);
  const certificate = certificateSummary("a.example", { notBefore: ISSUED, notAfter: ISSUED + lifetime, ariId: "x.y" });
  const now = ISSUED + random.integer(0, lifetime);
  const start = ISSUED + random.integer(-lifetime, 2 * lifetime);
  const answer = {
    start,
    end: start + random.integer(random.chance(0.1) ? -lifetime : 1, random.chance(0.5) ? lifetime : HOUR),
    retryAfterMs: random.chance(0.2) ? random.integer(0, 30 * DAY) : random.integer(MINUTE, 12 * HOUR),
  };
  const context = () => ({ now, random: random.next(), timeScale: 1 });
  return { certificate, now, answer, context, current: planForFresh(certificate, { ...context(), now: ISSUED }) };
}
const situations = Array.from({ length: 2_000 }, situation);

describe("whatever a CA answers", () => {
  it("the renewal is not so late that the alarm for late renewals would ring", () => {
    for (const { certificate, current, answer, context } of situations) {
      const { renewAt } = planByAri(certificate, current, answer, context());
      const overdue = overdueFraction(renewAt, renewAtByLifetime(certificate), certificate.notAfter);
      expect({ certificate, answer, overdue: overdue <= 1 / 15 + 1e-9 }).toMatchObject({ overdue: true });
    }
  });

  it("the same answer leaves the renewal where it is", () => {
    for (const { certificate, current, answer, context } of situations) {
      const plan = planByAri(certificate, current, answer, context());
      const { renewAt, source } = planByAri(certificate, plan, answer, context());
      expect({ answer, renewAt, source }).toEqual({ answer, renewAt: plan.renewAt, source: plan.source });
    }
  });

  it("the CA is asked again, in the round or at a time of its own within a day and a tenth, and no sooner than it wants", () => {
    for (const { certificate, now, current, answer, context } of situations) {
      const { inRound, ariCheckAt = Number.NaN } = planByAri(certificate, current, answer, context());
      const wait = ariCheckAt - now;
      const isRight = inRound ? Number.isNaN(wait) : wait >= Math.min(answer.retryAfterMs, DAY) && wait <= 1.1 * DAY;
      expect({ certificate, answer, wait, isRight }).toMatchObject({ isRight: true });
    }
  });
});
