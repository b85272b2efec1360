import { SECOND } from "../../core/base/clock";
import { claimSlots } from "../../core/issue/batch-slots";
import { claimTenant } from "../../core/issue/turn";
import type { Issuer } from "../../lambdas/issuer/compose";
import { handler } from "../../lambdas/issuer/handler";
import { IssuerStage } from "../../testing/issuer-stage";
import { tenant } from "../../testing/records";

const mockIssuer: { -readonly [K in keyof Issuer]?: unknown } = {};
// The handler's ports are made of clients of AWS, from the environment: here it gets the stage's.
jest.mock("../../lambdas/issuer/compose", () => ({ compose: async () => mockIssuer }));

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
      const journal = { metric: () => undefined, publish: () => undefined };
      Object.assign(mockIssuer, { ports, journal, invokeSelf: async () => undefined });
      stage.point("a.example");
      await stage.apply(tenant("a.example"));
      const [claim, [slot]] = [await claimTenant("a.example", ports), await claimSlots(1, ports)];
      const event = { operation: "issue", claims: [claim], slot };
      await handler(event, { getRemainingTimeInMillis: () => seconds * SECOND });
      expect(stage.ca.calls.includes("newOrder")).toBe(begun);
    },
  );
});
