/** AWS' list prices, us-east-1, November 2026, USD. */
const PRICES = {
  /** Lambda on arm64, per GB-second. */
  gbSecond: 0.0000133334,
  /** DynamoDB on demand, per read and write unit. */
  readUnit: 0.125 / 1e6,
  writeUnit: 0.625 / 1e6,
};

/** Memory that brings one whole virtual CPU, GB (AWS: 1,769 MB). */
const GB_PER_CPU = 1.769;
const SWEEPS_PER_MONTH = 24 * 30;
/** A tenant in the index, with its certificate's facts: rounded up from what is stored. */
const ENTRY_BYTES = 800;
const READ_UNIT_BYTES = 4096;

export interface MonitorWork {
  readonly names: number;
  /** Static addresses of the load balancer. */
  readonly addresses: number;
  /** Of a usual sweep with one address, ms. */
  readonly cpuMsPerName: number;
  readonly cpuMsPerHandshake: number;
}

export interface MonitorCost {
  readonly usdPerMonth: number;
  /** Of Lambda at 512 MB, in two lanes. */
  readonly minutesPerSweep: number;
  /** The arithmetic, for people. */
  readonly lines: readonly string[];
}

/** What a month of hourly sweeps costs, one name per tenant. CPU here and on Graviton are taken to be equally fast. */
export function monitorCost({ names, addresses, cpuMsPerName, cpuMsPerHandshake }: MonitorWork): MonitorCost {
  const cpuMs = cpuMsPerName + (addresses - 1) * cpuMsPerHandshake;
  const cpuSeconds = (names * cpuMs) / 1000;
  const lambda = cpuSeconds * GB_PER_CPU * SWEEPS_PER_MONTH * PRICES.gbSecond;
  // The index is read by the sweep's counts and by its batches, eventually consistent (half a unit); so are the served states.
  const reads = 2 * ((names * ENTRY_BYTES) / READ_UNIT_BYTES) * 0.5 + names * 0.5;
  const readCost = reads * SWEEPS_PER_MONTH * PRICES.readUnit;
  const writes = names * 2 * 30;
  const writeCost = writes * PRICES.writeUnit;
  const usdPerMonth = lambda + readCost + writeCost;
  const minutesPerSweep = (cpuSeconds * GB_PER_CPU) / 0.5 / 2 / 60;
  const n = (value: number, digits = 0) =>
    value.toLocaleString("en-US", { maximumFractionDigits: digits, minimumFractionDigits: digits });
  return {
    usdPerMonth,
    minutesPerSweep,
    lines: [
      `A month of hourly sweeps of ${n(names)} names at ${addresses} addresses:`,
      `  CPU     ${n(cpuMsPerName, 2)} ms + ${addresses - 1} × ${n(cpuMsPerHandshake, 2)} ms = ${n(cpuMs, 2)} ms per name; × ${n(names)} = ${n(cpuSeconds)} s per sweep`,
      `  Lambda  ${n(cpuSeconds)} s × ${GB_PER_CPU} GB per CPU × ${SWEEPS_PER_MONTH} sweeps × $${PRICES.gbSecond} = $${n(lambda, 2)}`,
      `  reads   (2 × index of ${ENTRY_BYTES} bytes each, 1 × served state) = ${n(reads)} units × ${SWEEPS_PER_MONTH} = $${n(readCost, 2)}`,
      `  writes  twice a day each = ${n(writes)} units = $${n(writeCost, 2)}`,
      `  in all  $${n(usdPerMonth, 2)}`,
      `  time    ${n(minutesPerSweep, 1)} minutes per sweep at 512 MB in two lanes`,
    ],
  };
}
