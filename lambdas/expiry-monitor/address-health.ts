import type { Handshake } from "./handshake";

/** Connections in a row that found nobody at an address before it is taken to be down. */
export const GIVE_UP_AFTER = 40;
/** From then on every so many-th connection is tried again. */
const TRY_EVERY = 50;

/** Spares a batch the waiting at an address that is down: 100,000 names times five seconds would outlast the hour. */
export function sparingDeadAddresses(handshake: Handshake): Handshake {
  const failures = new Map<string, number>();
  return async (target) => {
    const running = failures.get(target.address) ?? 0;
    if (running >= GIVE_UP_AFTER && running % TRY_EVERY !== 0) {
      failures.set(target.address, running + 1);
      return { status: "no-connection", detail: `nobody has answered at this address ${running} times running` };
    }
    const result = await handshake(target);
    failures.set(target.address, result.status === "no-connection" ? (failures.get(target.address) ?? 0) + 1 : 0);
    return result;
  };
}
