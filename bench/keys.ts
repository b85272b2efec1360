import { systemClock } from "../core/base/clock";
import { inParallel } from "../core/base/in-parallel";
import { type DataKey, seal } from "../core/seal/envelope";
import { idOfKey } from "../core/seal/key-id";
import type { Opener } from "../core/seal/opener";
import { TestCa, type TestCertificate } from "../testing/certificates";
import { startFronts } from "../testing/front-harness";
import { tenant } from "../testing/records";
import { type SealKey, startSealKey } from "../testing/seal-key";
import { until } from "../testing/until";
import { type LatencyResult, latency } from "./front/latency";
import { cpuSeconds, residentBytes } from "./front/server-cpu";

/**
 * What sealed keys cost a front: its start with an empty disk and its rotations, with the same certificates' keys in PEM, sealed, and
 * sealed beside the ring of a front that ran before; one front, a local table, a stand-in for KMS in this process (its answers come
 * sooner than from AWS: some 10 ms each there, 32 at once). Then the opening of 100,000 keys alone.
 *
 *     npm run bench:keys [-- --tenants 10000] [-- --samples 100]
 */
const KINDS = ["in PEM", "sealed", "sealed, with a ring"] as const;

interface KeyBench {
  readonly keys: (typeof KINDS)[number];
  /** Seconds from the start of HAProxy and the agent until the front serves all. */
  readonly seconds: number;
  /** Of the agent's CPU, meanwhile. */
  readonly cpuSeconds: number;
  /** Calls of KMS. */
  readonly calls: number;
  readonly agentMegabytes: number;
  readonly rotate: LatencyResult;
}

/** Data keys that the certificates of two months were sealed with, where the issuer's processes made 10 or 24 a day. */
const DATA_KEYS = 600;
const MOST_DATA_KEYS = 24 * 60;
const MOST_TENANTS = 100_000;

async function start(certificates: readonly TestCertificate[], keys: KeyBench["keys"], samples: number) {
  const kms = await startSealKey();
  const seal = keys === "in PEM" ? {} : { seal: (key: string, domain: string) => kms.sealer.privateKey(key, domain) };
  const fronts = await startFronts({
    ...{ fronts: 1, settings: { sealKey: kms.key }, environment: kms.environment },
    ...seal,
  });
  try {
    const first = Date.now() - 3_600_000;
    const stored = await sealAll(kms, certificates, keys === "in PEM" ? 0 : DATA_KEYS);
    await inParallel(certificates, 50, async (certificate, index) => {
      const domain = domainOf(certificate);
      const item = { domain, revision: first + index, removed: false, tenant: tenant(domain) };
      await fronts.store.putFrontItem({ ...item, certificate: { ...certificate, key: stored[index] ?? "" } });
    });
    if (keys === "sealed, with a ring")
      await fronts.transient.putKeyRing(await ringOf(kms.opener(), certificates, stored));
    const before = kms.calls.length;
    const began = performance.now();
    await fronts.up(10 * 60_000);
    await until("all are served", async () => {
      const [beat] = await fronts.store.heartbeats(systemClock.now(), 60_000);
      return beat?.certificates === certificates.length && beat.failed.length === 0;
    });
    const agent = fronts.fronts[0]?.agent?.pid ?? 0;
    const started = {
      keys,
      seconds: (performance.now() - began) / 1_000,
      cpuSeconds: cpuSeconds(agent),
      calls: kms.calls.length - before,
      agentMegabytes: residentBytes(agent) / 1_048_576,
    };
    return { ...started, rotate: await latency(fronts, "rotate", certificates.length, samples) };
  } finally {
    await fronts.stop();
    await kms.close();
  }
}

const domainOf = ({ summary }: TestCertificate): string => summary.names[0] ?? "";

/** Keys as they lie in the table, sealed by so many processes of the issuer one after another; by none: in PEM. */
async function sealAll(kms: SealKey, certificates: readonly TestCertificate[], processes: number): Promise<string[]> {
  if (processes === 0) return certificates.map(({ key }) => key);
  const each = Math.ceil(certificates.length / processes);
  let sealer = kms.newSealer();
  const sealed: string[] = [];
  for (const [index, certificate] of certificates.entries()) {
    if (index % each === 0) sealer = kms.newSealer();
    sealed.push(await sealer.privateKey(certificate.key, domainOf(certificate)));
  }
  return sealed;
}

/** What a front that opened all of these leaves to the next. */
async function ringOf(front: Opener, certificates: readonly TestCertificate[], stored: readonly string[]) {
  await openAll(front, certificates, stored);
  return (await front.newRing()) ?? "";
}

async function openAll(front: Opener, certificates: readonly TestCertificate[], stored: readonly string[]) {
  for (const [index, key] of stored.entries()) {
    const certificate = certificates[index];
    if (certificate) await front.privateKey(key, domainOf(certificate));
  }
}

/** Only the opening, of as many keys as the largest stack has. */
async function openMost(some: readonly TestCertificate[]): Promise<string> {
  const kms = await startSealKey();
  try {
    const all = Array.from({ length: MOST_TENANTS }, (_, index) => some[index % some.length] as TestCertificate);
    // As the sealer does, but for finding each key's id anew.
    const ids = new Map(some.map(({ key }) => [key, idOfKey(key)]));
    const day = new Date().toISOString().slice(0, 10);
    const dataKeys = await Promise.all(Array.from({ length: MOST_DATA_KEYS }, () => kms.dataKey(day)));
    const stored = all.map((certificate, index) => {
      const contents = {
        tenant: domainOf(certificate),
        id: ids.get(certificate.key) ?? "",
        purpose: "tenant-keys",
      } as const;
      return seal(certificate.key, contents, day, dataKeys[index % MOST_DATA_KEYS] as DataKey);
    });
    const first = kms.opener();
    await openAll(first, all, stored);
    const ring = (await first.newRing()) ?? "";
    const next = kms.opener();
    const began = performance.now();
    await next.adoptRing(ring);
    await openAll(next, all, stored);
    const ms = (performance.now() - began) / MOST_TENANTS;
    return `${MOST_TENANTS} keys under ${MOST_DATA_KEYS} data keys: ${first.calls} calls of KMS without a ring, ${next.calls} with one of ${(ring.length / 1_024).toFixed(0)} KB; ${ms.toFixed(3)} ms a key`;
  } finally {
    await kms.close();
  }
}

async function main(argv: readonly string[]): Promise<void> {
  const option = (name: string, otherwise: number) => Number(argv[argv.indexOf(name) + 1]) || otherwise;
  const [count, samples] = [option("--tenants", 10_000), option("--samples", 100)];
  const ca = new TestCa();
  const certificates = Array.from({ length: count }, (_, index) => ca.issue([`loaded-${index}.example`]));
  for (const kind of KINDS) {
    process.stderr.write(`a front that starts, keys ${kind} …\n`);
    const { keys, seconds, cpuSeconds: cpu, calls, agentMegabytes, rotate } = await start(certificates, kind, samples);
    process.stdout.write(
      `${count} certificates, keys ${keys}: ${seconds.toFixed(1)} s (${cpu.toFixed(1)} s of CPU), ${calls} calls of KMS, agent ${agentMegabytes.toFixed(0)} MB; rotate one: p50 ${rotate.p50.toFixed(0)} ms, p99 ${rotate.p99.toFixed(0)} ms\n`,
    );
  }
  process.stderr.write("opening alone …\n");
  process.stdout.write(`${await openMost(certificates)}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
