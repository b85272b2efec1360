import type { Clock } from "../core/base/clock";
import { answerChallenge } from "../core/preflight/challenge";
import type { HttpProbe, ProbeAnswer } from "../core/preflight/ports";
import type { Store } from "../core/record/store";

/** Port 80 of the load balancer: a front that asks the responder's core. `override` puts something else in its place. */
export class FakeProbe implements HttpProbe {
  readonly requests: { address: string; name: string; path: string }[] = [];
  override: ((name: string, address: string) => ProbeAnswer | undefined) | undefined;

  constructor(
    private readonly store: () => Pick<Store, "challenge">,
    private readonly clock: Clock,
  ) {}

  async get(address: string, name: string, path: string): Promise<ProbeAnswer> {
    this.requests.push({ address, name, path });
    const other = this.override?.(name, address);
    if (other) return other;
    const token = path.split("/").at(-1) ?? "";
    const answer = await answerChallenge({ token, host: name }, this.store(), this.clock.now());
    return { status: "answered", httpStatus: answer.status, body: answer.status === 200 ? answer.body : "not found" };
  }
}
