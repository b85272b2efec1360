import type { Heartbeat } from "./record";

export interface OutdatedFront {
  readonly front: string;
  readonly software: readonly string[];
}

/** Fronts that serve with software that was replaced on their disk since it was started. @param heartbeats of fronts heard of lately */
export function outdatedFronts(heartbeats: readonly Heartbeat[]): OutdatedFront[] {
  return heartbeats.flatMap(({ front, ready, outdated: software = [] }) =>
    ready && software.length > 0 ? [{ front, software }] : [],
  );
}
