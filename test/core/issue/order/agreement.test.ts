import { DAY, HOUR, SECOND } from "../../../../core/base/clock";
import { frontsAgree } from "../../../../core/issue/order/agreement";
import type { TenantRecord } from "../../../../core/record/record";
import { emergencyAt } from "../../../../core/renewal/policy";
import { certificateSummary, heartbeat } from "../../../../testing/records";
import { TurnStage } from "../../../../testing/turns";

let stage: TurnStage;
beforeEach(() => {
  stage = new TurnStage();
});

const certificate = certificateSummary("a.example", { notBefore: 0, notAfter: 100 * DAY });

async function agree(record: Partial<TenantRecord>, others: number): Promise<unknown> {
  for (let front = 1; front <= others; front++) {
    await stage.memory.putHeartbeat(heartbeat(`front-${front}`, stage.clock.now(), { thumbprint: "another" }));
  }
  return frontsAgree(await stage.begin(record)).catch((error: unknown) => error);
}

describe("an order", () => {
  it("is placed where all fronts answer for its account key", async () => {
    expect(await agree({}, 0)).toBeUndefined();
  });

  it("waits ten seconds for fronts that do not, and says which", async () => {
    expect(await agree({}, 2)).toMatchObject({
      reason: {
        code: "WAITING",
        sentence:
          "No order for a.example is placed while fronts answer CAs for another account key than the issuer's, or open no sealed keys: front-1, front-2. They are being replaced.",
      },
      details: { kind: "unfinished", retryAt: stage.begun + 10 * SECOND, heldSince: stage.begun },
    });
  });

  it("names five of many", async () => {
    const { message } = (await agree({}, 7)) as Error;
    expect(message).toContain(": front-1, front-2, front-3, front-4, front-5. They");
  });

  it.each([
    ["for an hour", HOUR - 1, true],
    ["and no longer", HOUR, false],
  ])("waits %s", async (_how, waited, waits) => {
    const heldSince = stage.begun - waited;
    const error = await agree({ heldSince }, 1);
    if (waits) expect(error).toMatchObject({ details: { heldSince } });
    else expect(error).toBeUndefined();
  });

  it.each([
    ["is about to expire", 0, false],
    ["has time", -1, true],
  ])("whose certificate %s waits: %p", async (_what, ahead, waits) => {
    stage.clock.advance(emergencyAt(certificate) + ahead - stage.begun);
    expect((await agree({ certificate }, 1)) !== undefined).toBe(waits);
  });
});
