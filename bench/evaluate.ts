import { readConfig } from "../infra/config/config";
import { TenantFront } from "../infra/tenant-front";
import { graphOf, standInBundles, TEST_STACK } from "../testing/graph";

/**
 * How long the Pulumi program takes to read its configuration and register every resource, by number of tenants: in this
 * process, without a cloud. Shows that the work does not grow with the tenants but for reading their list.
 *
 *     npm run bench:evaluate [-- --json]
 */
const SIZES = [10, 1_000, 10_000, 100_000];
const ROUNDS = 7;

interface Measurement {
  readonly tenants: number;
  readonly resources: number;
  /** Median of the rounds. */
  readonly ms: number;
  /** Beside the smallest list. */
  readonly ratio: number;
}

async function measure(): Promise<Measurement[]> {
  const bundles = standInBundles();
  const times = new Map<number, number[]>(SIZES.map((size) => [size, []]));
  const resources = new Map<number, number>();
  await evaluate(10, bundles); // loads the SDK's lazy modules
  for (let round = 0; round < ROUNDS; round++) {
    for (const size of SIZES) {
      const list = JSON.stringify(tenants(size));
      const start = performance.now();
      resources.set(size, await evaluate(size, bundles, list));
      times.get(size)?.push(performance.now() - start);
    }
  }
  const smallest = median(times.get(SIZES[0] ?? 0) ?? []);
  return SIZES.map((size) => {
    const ms = median(times.get(size) ?? []);
    return { tenants: size, resources: resources.get(size) ?? 0, ms: Math.round(ms), ratio: ms / smallest };
  });
}

async function evaluate(size: number, bundles: string, list = JSON.stringify(tenants(size))): Promise<number> {
  const graph = await graphOf(() => {
    const settings = readConfig({ values: { tenants: list }, secretKeys: [], readFile: () => "" });
    new TenantFront(TEST_STACK, { ...settings, bundles });
    return undefined;
  });
  return graph.nodes.filter(({ custom }) => custom).length;
}

/** Half of them bare domains, half with an alias, an upstream and a policy. */
function tenants(count: number): unknown[] {
  return Array.from({ length: count }, (_, at) =>
    at % 2 === 0
      ? `tenant-${at}.example.org`
      : {
          domain: `tenant-${at}.example.org`,
          aliases: [`www.tenant-${at}.example.org`],
          upstream: `http://10.0.${at % 250}.10:8080`,
          http: { redirectExcept: ["/api/"] },
        },
  );
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

async function main(): Promise<void> {
  const measurements = await measure();
  if (process.argv.includes("--json")) {
    console.log(JSON.stringify(measurements));
    return;
  }
  console.log("  tenants  resources        ms   ratio");
  for (const { tenants: count, resources, ms, ratio } of measurements) {
    console.log(
      [
        String(count).padStart(9),
        String(resources).padStart(10),
        String(ms).padStart(9),
        ratio.toFixed(2).padStart(7),
      ].join(" "),
    );
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
