import { inParallel } from "../../core/base/in-parallel";
import { handshake } from "../../testing/front-client";
import type { FrontHarness, TestFront } from "../../testing/front-harness";
import { tenant } from "../../testing/records";
import { until } from "../../testing/until";
import { percentile } from "./percentile";

export interface LatencyResult {
  readonly change: "onboard" | "rotate";
  readonly loaded: number;
  readonly samples: number;
  /** ms from the table's answer to the write until the last front showed the certificate in a handshake. */
  readonly p50: number;
  readonly p99: number;
}

/**
 * Stores as many tenants as said and waits until every front has them all.
 * @returns seconds of the full load
 */
export async function fill(fronts: FrontHarness, count: number): Promise<number> {
  // Stored an hour ago, as in a stack that has been running: fronts look two minutes back at each sync.
  const first = Date.now() - 3_600_000;
  const hosts = Array.from({ length: count }, (_, index) => `loaded-${index}.example`);
  await inParallel(hosts, 50, async (host, index) => {
    const certificate = fronts.ca.issue([host]);
    await fronts.store.putFrontItem({
      domain: host,
      revision: first + index,
      removed: false,
      tenant: tenant(host),
      certificate,
    });
  });
  const started = performance.now();
  await fronts.up(30 * 60_000);
  return (performance.now() - started) / 1_000;
}

/** A few changes at a time, at moments that have nothing to do with the fronts' rhythm. */
export async function latency(
  fronts: FrontHarness,
  change: LatencyResult["change"],
  loaded: number,
  samples: number,
): Promise<LatencyResult> {
  const times: number[] = [];
  await inParallel(Array.from({ length: samples }), 4, async (_, index) => {
    const host = change === "onboard" ? `new-${index}.example` : `loaded-${(index * 97) % loaded}.example`;
    await new Promise((resolve) => setTimeout(resolve, (index * 137) % 2_000));
    const { certificate } = await fronts.issueAndStore(host);
    const stored = performance.now();
    const served = ({ settings }: TestFront) =>
      until(
        `${host} served`,
        async () => {
          const seen = await handshake(settings.httpsPort, host, { ca: fronts.ca.root });
          return seen.serial === certificate.summary.serial;
        },
        60_000,
      );
    await Promise.all(fronts.fronts.map(served));
    times.push(performance.now() - stored);
  });
  return { change, loaded, samples, p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}
