import { mkdirSync, writeFileSync } from "node:fs";
import { nextCertificate } from "../../front/agent/next-certificate";
import { TenantFiles } from "../../front/agent/tenant-files";
import { frontPaths } from "../../front/settings";
import type { FrontHarness } from "../../testing/front-harness";
import { tenant } from "../../testing/records";
import { residentBytes } from "./server-cpu";

export interface StartUp {
  readonly certificates: number;
  /** Seconds that `configure` takes: reads and verifies the last good set. */
  readonly configureSeconds: number;
  /** Seconds from HAProxy's start until it answers. */
  readonly haproxySeconds: number;
  readonly haproxyMegabytes: number;
}

/** Starts HAProxy on a front's disk as it is after a reboot, with so many certificates in the last good set. */
export async function startUp(fronts: FrontHarness, certificates: number): Promise<StartUp> {
  const [front] = fronts.fronts;
  if (front === undefined) throw new Error("no front");
  const paths = frontPaths(front.settings);
  for (const directory of [paths.certificates, paths.tenants]) mkdirSync(directory, { recursive: true, mode: 0o700 });
  const files = new TenantFiles(front.settings);
  for (let index = 0; index < certificates; index++) {
    const subject = tenant(`tenant-${index}.example`);
    const { chain, key, summary } = fronts.ca.issue([subject.domain]);
    const next = nextCertificate(subject, { summary, pem: `${chain.trim()}\n${key.trim()}\n` }, paths);
    if (next === undefined) throw new Error(`${subject.domain} is not covered by its own certificate`);
    for (const { file, contents } of next.files) writeFileSync(file, contents, { mode: 0o600 });
    await files.save({ domain: subject.domain, revision: index + 1, tenant: subject, certificate: next.certificate });
  }
  const began = performance.now();
  await front.configure();
  const configured = performance.now();
  await front.startHaproxy();
  const started = performance.now();
  const pid = front.haproxy?.pid ?? 0;
  return {
    certificates,
    configureSeconds: (configured - began) / 1_000,
    haproxySeconds: (started - configured) / 1_000,
    haproxyMegabytes: residentBytes(pid) / 1_048_576,
  };
}
