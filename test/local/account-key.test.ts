import * as path from "node:path";
import { systemClock } from "../../core/base/clock";
import { thumbprintOf } from "../../core/ca/challenge";
import { Progress } from "../../local/progress/events";
import { watchConfig } from "../../local/run/watch-config";
import { certfront } from "../../testing/certfront-cli";
import { handshake } from "../../testing/front-client";
import { startTestStack, type TestStack } from "../../testing/local-stack";
import { until } from "../../testing/until";

describe("certfront rotate-account-key on the stack on this machine", () => {
  let running: TestStack;
  let config: { close(): void };

  beforeAll(async () => {
    running = await startTestStack({ tenants: ["a.example"] });
    const folder = running.folder;
    const root = path.join(__dirname, "..", "..");
    config = watchConfig(running.stack, { root, stack: "test", stackDirectory: folder, progress: new Progress() });
    await until("served by every front", () => running.stack.allServed(), 90_000);
  }, 180_000);
  afterAll(async () => {
    config?.close();
    await running?.stop();
  }, 60_000);

  it("replaces fronts and key while every handshake succeeds, and the account stays the same", async () => {
    const { stack } = running;
    const before = stack.cloud.fronts.map(({ name }) => name).sort();
    const port = Number(stack.endpoints.loadBalancer.https.split(":")[1]);
    let over = false;
    const failed: unknown[] = [];
    let shaken = 0;
    const visits = (async () => {
      while (!over) {
        await handshake(port, "a.example", { rejectUnauthorized: false }).catch((error: unknown) => failed.push(error));
        shaken++;
      }
    })();
    const account = async () => {
      const answer = await stack.cloud.runtime.invoke(
        String(stack.endpoints.outputs.issuer),
        '{"operation":"account"}',
      );
      return JSON.parse(answer.payload) as { thumbprint: string; accounts: unknown[] };
    };
    const first = await account();

    const env = { CERTFRONT_LOCAL: path.join(running.folder, "run"), PATH: process.env.PATH };
    const { code, stdout, stderr } = await certfront(["rotate-account-key", "--yes", "--json"], {
      env,
      clock: systemClock,
      pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    });
    over = true;
    await visits;
    expect([code, stderr]).toEqual([0, expect.stringContaining("waiting for the new key")]);
    const second = await account();
    expect(JSON.parse(stdout)).toEqual({
      ...{ number: 2, from: first.thumbprint, to: second.thumbprint, done: true },
      accounts: first.accounts,
    });
    expect(second.thumbprint).not.toBe(first.thumbprint);
    const parameter = [...stack.cloud.parameters.values()].find(({ name }) => name.endsWith("/account-key"));
    expect(thumbprintOf(parameter?.value ?? "")).toBe(second.thumbprint);
    expect(stack.cloud.fronts.map(({ name }) => name)).toEqual(["front-3", "front-4"]);
    expect(before).toEqual(["front-1", "front-2"]);
    expect([failed, shaken > 5]).toEqual([[], true]);
  }, 300_000);

  it("issues for a new tenant afterwards", async () => {
    running.edit(["a.example", "b.example"], { accountKey: 2 });
    await until("the new tenant is configured", () => running.stack.configured().has("b.example"), 60_000);
    await until("the new tenant is served", () => running.stack.allServed(), 120_000);
  }, 200_000);
});
