import { systemClock } from "../core/base/clock";
import { inParallel } from "../core/base/in-parallel";
import type { FrontCertificate } from "../core/record/record";
import { TestCa } from "../testing/certificates";
import { startFronts } from "../testing/front-harness";
import { tenant } from "../testing/records";
import { startSealKey } from "../testing/seal-key";
import { until } from "../testing/until";
import { residentBytes } from "./front/server-cpu";

/**
 * What sealed keys cost a front that starts with an empty disk: the same certificates with keys in PEM and then sealed, one front, a
 * local table, a stand-in for KMS in this process (its answers come sooner than from AWS: some 10 ms each there, 32 at once).
 *
 *     npm run bench:keys [-- --tenants 10000]
 */
interface KeyBench {
  readonly keys: "in PEM" | "sealed";
  /** Seconds from the start of HAProxy and the agent until the front serves all. */
  readonly seconds: number;
  /** Calls of KMS. */
  readonly calls: number;
  readonly agentMegabytes: number;
}

/** Data keys that the certificates of two months were sealed with, where the issuer's processes made ten a day. */
const DATA_KEYS = 600;

async function start(certificates: readonly FrontCertificate[], sealed: boolean): Promise<KeyBench> {
  const kms = await startSealKey();
  const fronts = await startFronts({ fronts: 1, settings: { sealKey: kms.key }, environment: kms.environment });
  try {
    const first = Date.now() - 3_600_000;
    const perKey = Math.ceil(certificates.length / DATA_KEYS);
    let sealer = kms.newSealer();
    await inParallel(certificates, 50, async (certificate, index) => {
      const domain = certificate.summary.names[0] ?? "";
      if (index % perKey === 0) sealer = kms.newSealer();
      const key = sealed ? await sealer.privateKey(certificate.key, domain) : certificate.key;
      const item = { domain, revision: first + index, removed: false, tenant: tenant(domain) };
      await fronts.store.putFrontItem({ ...item, certificate: { ...certificate, key } });
    });
    const before = kms.calls.length;
    const began = performance.now();
    await fronts.up(10 * 60_000);
    await until("all are served", async () => {
      const [beat] = await fronts.store.heartbeats(systemClock.now(), 60_000);
      return beat?.certificates === certificates.length && beat.failed.length === 0;
    });
    return {
      keys: sealed ? "sealed" : "in PEM",
      seconds: (performance.now() - began) / 1_000,
      calls: kms.calls.length - before,
      agentMegabytes: residentBytes(fronts.fronts[0]?.agent?.pid ?? 0) / 1_048_576,
    };
  } finally {
    await fronts.stop();
    await kms.close();
  }
}

async function main(argv: readonly string[]): Promise<void> {
  const count = Number(argv[argv.indexOf("--tenants") + 1]) || 10_000;
  const ca = new TestCa();
  const certificates = Array.from({ length: count }, (_, index) => ca.issue([`loaded-${index}.example`]));
  for (const sealed of [false, true]) {
    process.stderr.write(`a front that starts, keys ${sealed ? "sealed" : "in PEM"} …\n`);
    const { keys, seconds, calls, agentMegabytes } = await start(certificates, sealed);
    process.stdout.write(
      `${count} certificates, keys ${keys}: ${seconds.toFixed(1)} s, ${calls} calls of KMS, agent ${agentMegabytes.toFixed(0)} MB\n`,
    );
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
