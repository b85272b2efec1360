import { networkInterfaces } from "node:os";
import { addressProblem } from "../../core/tenant/upstream";
import type { FrontSettings } from "../settings";

/** Why this front must not take its requests to an address and port; undefined where it may. */
export type Reach = (address: string, port: number) => string | undefined;

/**
 * What configuration refuses of addresses, asked again of those that a name was looked up to, and what only the front knows: its own
 * addresses. A front that listens on a loopback address shares its machine with its upstreams (the local stack); there only its own ports
 * are itself.
 * @param own this machine's addresses
 */
export function reachOf(
  settings: Pick<FrontSettings, "bind" | "httpPort" | "httpsPort" | "healthPort">,
  own: () => readonly string[] = interfaceAddresses,
): Reach {
  const oneMachine = isLoopback(settings.bind);
  const ports = [settings.httpPort, settings.httpsPort, settings.healthPort];
  return (address, port) => {
    const problem = addressProblem(address, { oneMachine });
    if (problem !== undefined) return problem;
    const itself = oneMachine ? isLoopback(address) && ports.includes(port) : own().includes(address);
    return itself ? "is the front itself, not a server behind it" : undefined;
  };
}

function isLoopback(address: string): boolean {
  return /^127\.|^::1$|^::ffff:(127\.|7f)/i.test(address);
}

function interfaceAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map((one) => one.address));
}
