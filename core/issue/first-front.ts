import { MINUTE, SECOND } from "../base/clock";
import { CertfrontError } from "../base/errors";
import type { IssuerPorts } from "./ports";

/** A deployment is not to wait longer on a connection that says nothing: some networks forget one after 350 s. */
const LONGEST = 5 * MINUTE - 10 * SECOND;
const BETWEEN = 2 * SECOND;
/** Any answer at all is a front's; nobody knows this token. */
const PATH = "/.well-known/acme-challenge/certfront";

/**
 * Waits, in a stack without tenants, until a front has answered at one of the load balancer's addresses for a while: what is applied before would only
 * wait for a retry, and alarms that are made before find minutes without a healthy front behind them, and page.
 * @param settleMs how long it is to have answered
 * @throws CertfrontError when none has answered within five minutes
 */
export async function awaitFirstFront(
  { probe, loadBalancer, clock, pause }: Pick<IssuerPorts, "probe" | "loadBalancer" | "clock" | "pause">,
  settleMs: number,
): Promise<void> {
  const started = clock.now();
  let answersSince: number | undefined;
  for (;;) {
    const answers = await Promise.all(
      loadBalancer.addresses.map((address) => probe.get(address, loadBalancer.cnameTarget, PATH)),
    );
    const now = clock.now();
    answersSince = answers.some(({ status }) => status === "answered") ? (answersSince ?? now) : undefined;
    const late = now - started >= LONGEST;
    if (answersSince !== undefined && (late || now - answersSince >= settleMs)) return;
    if (late) break;
    await pause(BETWEEN);
  }
  throw new CertfrontError(
    `No front has answered at ${loadBalancer.addresses.join(" or ")} within five minutes. No tenant was applied.`,
    {
      code: "NO_FRONT",
      advice: "Look at the instances' boot (aws ec2 get-console-output), then run pulumi up again.",
    },
  );
}
