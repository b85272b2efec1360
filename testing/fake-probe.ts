import type { HttpProbe, ProbeAnswer } from "../core/preflight/ports";
import { frontAnswer, THUMBPRINT } from "./challenge-server";

/** Port 80 of the load balancer, with a front behind it. `override` puts something else in its place. */
export class FakeProbe implements HttpProbe {
  readonly requests: { address: string; name: string; path: string }[] = [];
  override: ((name: string, address: string, path: string) => ProbeAnswer | undefined) | undefined;

  async get(address: string, name: string, path: string): Promise<ProbeAnswer> {
    this.requests.push({ address, name, path });
    const other = this.override?.(name, address, path);
    if (other) return other;
    const body = frontAnswer(path, THUMBPRINT);
    return { status: "answered", httpStatus: body === undefined ? 404 : 200, body: body ?? "not found" };
  }
}
