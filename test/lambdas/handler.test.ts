import { createHash } from "node:crypto";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
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
  const settings = { cas: [{ name: "letsencrypt", directory: "https://ca.test/directory" }], settleMs: 0 };
  const issuer = { ports: stage.ports(), settings, journal, invokeSelf: async () => undefined };
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

describe("a list of tenants", () => {
  const environment = { ...process.env };
  const content = JSON.stringify({ version: 1, tenants: ["a.example"] });
  let bucket: http.Server;
  beforeAll(async () => {
    bucket = http.createServer((_request, response) => response.end(content));
    await new Promise<void>((resolve) => bucket.listen(0, "127.0.0.1", resolve));
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(bucket.address() as AddressInfo).port}`,
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "a",
      AWS_SECRET_ACCESS_KEY: "b",
    });
  });
  afterAll(async () => {
    process.env = environment;
    bucket.closeAllConnections();
    await new Promise((resolve) => bucket.close(resolve));
  });
  afterEach(() => jest.restoreAllMocks());

  it.each([
    ["for four minutes, which whoever waits for it can bear", 900, 240],
    ["until 15 s before Lambda ends it", 60, 45],
  ])("is written %s", async (_howLong, remaining, seconds) => {
    const stage = new IssuerStage();
    const now = stage.clock.now();
    jest.spyOn(Date, "now").mockReturnValue(now);
    await stage.apply(tenant("a.example"));
    const lists = jest.spyOn(stage.memory, "putAppliedList");
    const sha256 = createHash("sha256").update(content).digest("hex");
    const event = { operation: "apply", bucket: "b", key: "k", sha256 };
    await handlerOn(stage)(event, { getRemainingTimeInMillis: () => remaining * SECOND });
    expect(lists.mock.calls[0]).toEqual([{ sha256, writingUntil: now + seconds * SECOND }]);
  });
});
