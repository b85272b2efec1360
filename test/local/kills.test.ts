import { HOUR } from "../../core/base/clock";
import type { ProgressEvent } from "../../local/progress/events";
import { startTestStack, type TestStack } from "../../testing/local-stack";
import { until } from "../../testing/until";

const TENANTS = ["data.paris.example", "www.lyon.example", "opendata.nantes.example"];

describe("Parts killed while certificates are issued", () => {
  let running: TestStack | undefined;
  afterAll(() => running?.stop(), 30_000);

  it("a front's HAProxy and the issuer amid its orders: all is served in the end, and no order is spent where the first could be finished", async () => {
    let onEvent: (event: ProgressEvent) => void = () => {};
    // Six hours: leases and schedules are short enough for a test.
    running = await startTestStack({ tenants: [], lifetimeMs: 6 * HOUR, onEvent: (event) => onEvent(event) });
    const { stack, edit } = running;
    const killed: string[] = [];
    const kill = (what: string, pid: number | undefined) => {
      if (pid === undefined || killed.includes(what)) return;
      process.kill(pid, "SIGKILL");
      killed.push(what);
    };
    onEvent = (event) => {
      if (event.kind !== "step") return;
      // When one tenant's order is about to be placed, and when one's challenge was accepted: the others are anywhere.
      if (event.step === "token") kill("haproxy", stack.cloud.fronts[0]?.haproxyPid());
      if (event.step === "accepted")
        kill("issuer", stack.cloud.runtime.busyPids(String(stack.endpoints.outputs.issuer))[0]);
    };
    edit(TENANTS);
    await stack.reconfigure();
    await until("every tenant is served by every front", () => stack.allServed(), 180_000);
    expect(killed.sort()).toEqual(["haproxy", "issuer"]);
    // A front that dies with the CA's own request in its hands fails that validation, and ACME then wants a new order.
    const { failed, placed } = { failed: stack.pebble.failedCount(), placed: stack.pebble.orderCount() };
    expect(placed - failed).toBe(TENANTS.length);
    expect(failed).toBeLessThanOrEqual(TENANTS.length);
    expect(stack.tenants().map(({ servedBy }) => servedBy)).toEqual(TENANTS.map(() => ["front-1", "front-2"]));
  }, 400_000);
});
