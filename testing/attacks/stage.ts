import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import type { Tenant } from "../../core/tenant/tenant";
import { namesOf } from "../../core/tenant/tenant";
import { writeAtomic } from "../../front/agent/atomic-file";
import { configure } from "../../front/agent/configure";
import type { HeldTenant } from "../../front/agent/held-tenant";
import { nextCertificate } from "../../front/agent/next-certificate";
import { writeStartupFiles } from "../../front/agent/startup-files";
import { serverArgs, serverOf } from "../../front/agent/upstreams";
import { type HaproxyBuild, parseHaproxyBuild } from "../../front/haproxy-build";
import { haproxyConfig } from "../../front/haproxy-config";
import { LIMITS, type Limits } from "../../front/haproxy-limits";
import { type FrontSettings, frontPaths, parseFrontSettings } from "../../front/settings";
import { type Child, startChild } from "../../local/process/parts/child";
import { freePorts } from "../../local/process/parts/free-port";
import { TestCa } from "../certificates";
import { frontSettings } from "../front-settings";
import type { HaproxyVersion } from "../haproxy-versions";
import { tenant } from "../records";

/** A front without an agent: HAProxy with the configuration and the files that an agent would have written. */
export interface AttackStage {
  readonly settings: FrontSettings;
  readonly build: HaproxyBuild;
  /** Signs the tenants' certificates. */
  readonly ca: TestCa;
  readonly haproxy: Child;
  readonly directory: string;
  /** Answers of HAProxy's run-time API. */
  ask(command: string): string;
  stop(): Promise<void>;
}

/** @param tenants domain → what differs from a tenant as it comes */
export async function startAttackStage(
  { options, close }: HaproxyVersion,
  tenants: Readonly<Record<string, Partial<Tenant>>>,
  limits: Limits = LIMITS,
): Promise<AttackStage> {
  const directory = mkdtempSync(path.join(tmpdir(), "certfront-attacks-"));
  const [httpPort = 0, httpsPort = 0, healthPort = 0] = await freePorts(3);
  const settings = parseFrontSettings(frontSettings(directory, { front: "attacked", httpPort, httpsPort, healthPort }));
  const inside = (argv: readonly string[]): readonly string[] => options.inside?.(argv, directory, {}) ?? argv;
  const [command = "", ...args] = inside(["haproxy", "-vv"]);
  const environment = { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin` };
  const build = parseHaproxyBuild(execFileSync(command, args, { env: environment, encoding: "utf8" }));
  const ca = new TestCa();
  await configure(settings);
  const held = await Promise.all(
    Object.entries(tenants).map(([domain, changes]) => hold(settings, ca, tenant(domain, changes))),
  );
  await writeStartupFiles(settings, held);
  const upstreams = new Set(held.flatMap(({ tenant: { upstream } }) => (upstream === undefined ? [] : [upstream])));
  const lines = [...upstreams].map((upstream) => {
    const server = serverOf(upstream);
    return { backend: server.backend, name: server.name, args: serverArgs(server, server.host) };
  });
  await writeAtomic(settings.haproxyConfig, haproxyConfig(settings, build, lines, limits));
  mkdirSync(path.dirname(settings.socket), { recursive: true });
  const [start = "", ...startArgs] = inside(["haproxy", "-db", "-f", settings.haproxyConfig]);
  const haproxy = await startChild(start, startArgs, {
    env: environment,
    readyWithin: 60_000,
    ready: () =>
      fetch(`http://127.0.0.1:${healthPort}/healthz`).then(
        () => true,
        () => false,
      ),
  });
  return {
    settings,
    build,
    ca,
    haproxy,
    directory,
    ask: (line) => execFileSync("node", ["-e", ASK, settings.socket, line], { encoding: "utf8", maxBuffer: 64 << 20 }),
    stop: async () => {
      await haproxy.stop();
      rmSync(directory, { recursive: true, force: true });
      close();
    },
  };
}

/** Requests that ever waited for their turn at an upstream: the most at a moment. */
export function waitedForUpstream({ ask }: Pick<AttackStage, "ask">): number {
  const [head = "", ...rows] = ask("show stat").split("\n");
  const column = head.split(",").indexOf("qmax");
  if (column < 0) throw new Error(`HAProxy's statistics have no qmax: ${head}`);
  return Math.max(...rows.map((row) => Number(row.split(",")[column] ?? 0)));
}

const ASK = `const [, path, line] = process.argv; const s = require("net").connect(path, () => s.write(line + "\\n")); s.pipe(process.stdout)`;

async function hold(settings: FrontSettings, ca: TestCa, subject: Tenant): Promise<HeldTenant> {
  const { summary, chain, key } = ca.issue(namesOf(subject), { keyType: subject.keyType });
  const next = nextCertificate(subject, { summary, pem: `${chain.trim()}\n${key.trim()}\n` }, frontPaths(settings));
  if (next === undefined) throw new Error(`nothing to serve for ${subject.domain}`);
  for (const { file, contents } of next.files) await writeAtomic(file, contents);
  return { domain: subject.domain, revision: 1, tenant: subject, certificate: next.certificate };
}
