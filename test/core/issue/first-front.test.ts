import { MINUTE, SECOND } from "../../../core/base/clock";
import { awaitFirstFront } from "../../../core/issue/first-front";
import type { ProbeAnswer } from "../../../core/preflight/ports";
import { ManualClock } from "../../../testing/manual-clock";

const ANSWERED: ProbeAnswer = { status: "answered", httpStatus: 404, body: "" };
const UNREACHABLE: ProbeAnswer = { status: "unreachable", detail: "refused" };

/** Waits for a front that answers at the second address as told, and returns how long that took, ms. */
async function wait(answersAt: (ms: number) => boolean, settleMs: number): Promise<number> {
  const clock = new ManualClock();
  const start = clock.now();
  await awaitFirstFront(
    {
      clock,
      loadBalancer: { addresses: ["192.0.2.1", "192.0.2.2"], cnameTarget: "lb.example" },
      probe: {
        get: async (address) => (address === "192.0.2.2" && answersAt(clock.now() - start) ? ANSWERED : UNREACHABLE),
      },
      pause: async (ms) => clock.advance(ms),
    },
    settleMs,
  );
  return clock.now() - start;
}

describe("the first tenants", () => {
  it("are applied once a front has answered for a while, at whichever address", async () => {
    expect(await wait((ms) => ms >= 40 * SECOND, 200 * SECOND)).toBe(240 * SECOND);
    expect(await wait(() => true, 1)).toBe(2 * SECOND);
  });

  it("wait for it anew when it is gone in between, but never longer than a connection may be silent", async () => {
    const flapping = (ms: number) => ms < 20 * SECOND || ms > 60 * SECOND;
    expect(await wait(flapping, 100 * SECOND)).toBe(162 * SECOND);
    expect(await wait((ms) => ms >= 4 * MINUTE, 200 * SECOND)).toBe(290 * SECOND);
  });

  it("are not applied where none answers, and it is said where it was looked for", async () => {
    await expect(wait(() => false, 1)).rejects.toMatchObject({
      code: "NO_FRONT",
      message: "No front has answered at 192.0.2.1 or 192.0.2.2 within five minutes. No tenant was applied.",
    });
  });
});
