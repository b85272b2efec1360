import { MINUTE, SECOND } from "../../core/base/clock";
import { claimSlots } from "../../core/issue/batch-slots";
import { claimTenant } from "../../core/issue/turn";
import type { Issuer } from "../../lambdas/issuer/compose";
import { handlerOver } from "../../lambdas/issuer/handler";
import { IssuerStage } from "../../testing/issuer-stage";
import { heartbeat, tenant } from "../../testing/records";

/** The entry point with the stage's ports, where on AWS it makes clients from its environment. */
const handlerOn = (stage: IssuerStage, metric: (name: string, value: number) => unknown = () => undefined) => {
  const journal = { metric, publish: () => undefined };
  const issuer = { ports: stage.ports(), journal, invokeSelf: async () => undefined };
  return handlerOver(async () => issuer as unknown as Issuer);
};

describe("an invocation that Lambda is about to end", () => {
  afterEach(() => jest.restoreAllMocks());

  it.each([
    [36, true],
    [34, false],
  ])(
    "with %d s left begins an order: %s. One may take 20 s, and the last 15 are for writing",
    async (seconds, begun) => {
      const stage = new IssuerStage();
      jest.spyOn(Date, "now").mockReturnValue(stage.clock.now());
      const ports = stage.ports();
      stage.point("a.example");
      await stage.apply(tenant("a.example"));
      const [claim, [slot]] = [await claimTenant("a.example", ports), await claimSlots(1, ports)];
      const event = { operation: "issue", claims: [claim], slot };
      await handlerOn(stage)(event, { getRemainingTimeInMillis: () => seconds * SECOND });
      expect(stage.ca.calls.includes("newOrder")).toBe(begun);
    },
  );
});

it("each minute makes metrics of what the fronts report, which send none themselves", async () => {
  const stage = new IssuerStage();
  const now = stage.clock.now();
  jest.spyOn(Date, "now").mockReturnValue(now);
  const metrics: Record<string, number> = {};
  const handler = handlerOn(stage, (name, value) => (metrics[name] = value));
  const failed = [{ domain: "a.example", problem: "bad key" }];
  await stage.memory.putHeartbeat(heartbeat("i-1", now, { role: "AROAFRONT", caughtUpAt: now - 400_000 }));
  await stage.memory.putHeartbeat(heartbeat("i-2", now - 2 * MINUTE + 1, { role: "AROAFRONT", failed }));
  await stage.memory.putHeartbeat(heartbeat("gone", now - 2 * MINUTE - 1, { role: "AROAFRONT", failed }));
  await handler({ operation: "reconcile" }, { getRemainingTimeInMillis: () => 60 * SECOND });
  expect(metrics).toMatchObject({ frontHeartbeat: 2, frontRevisionLagSeconds: 400, frontSyncFailures: 1 });
  jest.restoreAllMocks();
});
