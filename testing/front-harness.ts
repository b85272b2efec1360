import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import type { SecureContextOptions } from "node:tls";
import { promisify } from "node:util";
import { bundle } from "../build/bundle";
import type { FrontItem } from "../core/record/record";
import { namesOf, type Tenant } from "../core/tenant/tenant";
import type { FrontSettings } from "../front/settings";
import { Listener, TargetGroup } from "../local/fronts/load-balancer";
import { type Child, startChild } from "../local/process/parts/child";
import { startDynamoDb } from "../local/process/parts/dynamodb";
import { freePorts } from "../local/process/parts/free-port";
import { DynamoStore } from "../store/dynamo-store";
import { TABLE_SCHEMA, TRANSIENT_SCHEMA } from "../store/schema";
import { TransientTable } from "../store/transient-table";
import { type IssueOptions, TestCa, type TestCertificate } from "./certificates";
import { handshake } from "./front-client";
import { frontSettings } from "./front-settings";
import { openGate } from "./gate";
import { tenant } from "./records";
import { until } from "./until";

const ROOT = path.join(__dirname, "..");
const AGENT = path.join(ROOT, "dist", "agent", "agent.js");
export const TABLE = "certfront-test";
const TRANSIENT_TABLE = "fronts-transient";

export interface HarnessOptions {
  /** How tenants' keys are stored; default: in PEM. */
  readonly seal?: (key: string, domain: string) => Promise<string>;
  /** Default 2. */
  readonly fronts?: number;
  readonly settings?: Partial<FrontSettings>;
  /** Beside what leads to the table. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Turns a command into one that runs elsewhere (a Debian 13 root); `directory` must be visible there. */
  readonly inside?: (
    argv: readonly string[],
    directory: string,
    env: Readonly<Record<string, string>>,
  ) => readonly string[];
}

export type FrontHarness = Awaited<ReturnType<typeof startFronts>>;

/** One front: a real HAProxy and the real agent bundle, each of which can be killed and started again. */
export class TestFront {
  haproxy: Child | undefined;
  agent: Child | undefined;

  constructor(
    readonly settings: FrontSettings,
    private readonly environment: Readonly<Record<string, string>>,
    private readonly inside: (argv: readonly string[]) => readonly string[],
  ) {}

  private get settingsFile(): string {
    return path.join(path.dirname(this.settings.directory), "front.json");
  }

  /** What the instance's first unit does: everything on disk that HAProxy needs to start. */
  async configure(): Promise<void> {
    mkdirSync(this.settings.directory, { recursive: true, mode: 0o700 });
    writeFileSync(this.settingsFile, JSON.stringify(this.settings));
    const [command = "", ...args] = this.inside(["node", AGENT, "configure", this.settingsFile]);
    await promisify(execFile)(command, args, { env: { ...process.env, ...this.environment } });
  }

  async startHaproxy(): Promise<void> {
    this.haproxy = await this.start(["haproxy", "-db", "-f", this.settings.haproxyConfig], () => this.reachable());
  }

  async startAgent(): Promise<void> {
    this.agent = await this.start(["node", "--enable-source-maps", AGENT, "run", this.settingsFile], () => true);
  }

  /** As the kernel would: nothing is told, nothing is tidied up. */
  async kill(part: "haproxy" | "agent"): Promise<void> {
    const child = this[part];
    if (child === undefined) return;
    process.kill(child.pid, "SIGKILL");
    await child.stop();
    this[part] = undefined;
  }

  /** The health check's own question. */
  async healthy(): Promise<boolean> {
    const answer = await fetch(`http://127.0.0.1:${this.settings.healthPort}/healthz`).catch(() => undefined);
    return answer?.status === 200;
  }

  /** The end of what HAProxy and the agent wrote. */
  lastWords(): string {
    return [this.haproxy, this.agent].map((child) => child?.output().slice(-1_500) ?? "(not running)").join("\n");
  }

  private async reachable(): Promise<boolean> {
    return (await fetch(`http://127.0.0.1:${this.settings.healthPort}/healthz`).catch(() => undefined)) !== undefined;
  }

  async stop(): Promise<void> {
    await this.kill("agent");
    await this.kill("haproxy");
  }

  private start(argv: readonly string[], ready: (output: string) => boolean | Promise<boolean>): Promise<Child> {
    const [command = "", ...args] = this.inside(argv);
    return startChild(command, args, { env: { ...process.env, ...this.environment }, ready, readyWithin: 180_000 });
  }
}

/** Fronts as in a stack: one table, one load balancer, some fronts, all on free ports of this machine. */
export async function startFronts(options: HarnessOptions = {}) {
  await bundle(ROOT, ["agent"]);
  const directory = mkdtempSync(path.join(tmpdir(), "certfront-fronts-"));
  const database = await startDynamoDb();
  await database.createTable(TABLE, TABLE_SCHEMA);
  await database.createTable(TRANSIENT_TABLE, TRANSIENT_SCHEMA);
  const table = await openGate(database.endpoint);
  const store = new DynamoStore(TABLE, database.clientConfig);
  const transient = new TransientTable(TRANSIENT_TABLE, database.clientConfig);
  const ca = new TestCa();

  const environment = {
    AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    ...options.environment,
  };
  const count = options.fronts ?? 2;
  const ports = await freePorts(3 * count);
  const fronts = Array.from({ length: count }, (_, index) => {
    const home = path.join(directory, `front-${index}`);
    mkdirSync(home);
    const settings = frontSettings(home, {
      region: "eu-west-1",
      table: TABLE,
      transientTable: TRANSIENT_TABLE,
      httpPort: ports[3 * index] ?? 0,
      httpsPort: ports[3 * index + 1] ?? 0,
      healthPort: ports[3 * index + 2] ?? 0,
      syncSeconds: 0.25,
      ...options.settings,
    });
    return new TestFront(settings, environment, (argv) => options.inside?.(argv, directory, environment) ?? argv);
  });

  const http = await balance(fronts, "httpPort");
  const https = await balance(fronts, "httpsPort");
  let lastRevision = 0;
  const put = async (item: Omit<FrontItem, "revision">): Promise<number> => {
    lastRevision = Math.max(Date.now(), lastRevision + 1);
    if (!(await store.putFrontItem({ ...item, revision: lastRevision }))) throw new Error(`${item.domain} not stored`);
    return lastRevision;
  };

  const harness = {
    store,
    transient,
    ca,
    fronts,
    database,
    /** The fronts' way to the table. */
    table,
    directory,
    /** The load balancer's ports. */
    httpPort: http.port,
    httpsPort: https.port,

    /** Configures and starts every front and waits until all are healthy. */
    async up(withinMs?: number): Promise<void> {
      await Promise.all(
        fronts.map(async (front) => {
          await front.configure();
          await front.startHaproxy();
          await front.startAgent();
        }),
      );
      await harness.healthy(withinMs);
    },

    healthy: (withinMs = 60_000): Promise<unknown> =>
      until(
        "every front healthy",
        async () => (await Promise.all(fronts.map((f) => f.healthy()))).every(Boolean),
        withinMs,
      ),

    /** Stores a tenant with a new certificate, or an existing tenant's next one; the stored revision is the answer's. */
    async issueAndStore(domain: string, changes: Partial<Tenant> = {}, issue: IssueOptions = {}) {
      const subject = tenant(domain, changes);
      const certificate = ca.issue(namesOf(subject), issue);
      return { certificate, revision: await harness.put(subject, certificate) };
    },

    async put(subject: Tenant, certificate: TestCertificate | undefined): Promise<number> {
      const { domain } = subject;
      const item = { domain, removed: false, tenant: subject };
      if (!certificate) return put(item);
      const key = (await options.seal?.(certificate.key, domain)) ?? certificate.key;
      return put({ ...item, certificate: { ...certificate, key } });
    },

    remove: (domain: string): Promise<number> => put({ domain, removed: true, tenant: tenant(domain) }),

    /** Waits until each front serves exactly this certificate for this name. */
    served: (name: string, certificate: TestCertificate, options: SecureContextOptions = {}): Promise<unknown> =>
      until(`${name} served with ${certificate.summary.serial} by every front`, async () => {
        const seen = await Promise.all(
          fronts.map((f) => handshake(f.settings.httpsPort, name, { ca: ca.root, ...options })),
        );
        return seen.every((one) => one.serial === certificate.summary.serial);
      }).catch((error: Error) => {
        throw new Error(`${error.message}\n${fronts.map((front) => front.lastWords()).join("\n")}`);
      }),

    /** Waits until each front's heartbeat says that everything up to this revision is applied, without an exception. */
    reached: (revision: number, withinMs?: number): Promise<unknown> =>
      until(
        `every front at revision ${revision}`,
        async () => {
          const beats = await store.heartbeats(Date.now(), 60_000);
          const good = beats.filter((beat) => beat.revision >= revision && beat.failed.length === 0);
          return good.length === fronts.length;
        },
        withinMs,
      ).catch((error: Error) => {
        throw new Error(`${error.message}\n${fronts.map((front) => front.lastWords()).join("\n")}`);
      }),

    /** Adds a tenant and waits until it is served everywhere. */
    async add(domain: string, changes: Partial<Tenant> = {}): Promise<TestCertificate> {
      const { certificate } = await harness.issueAndStore(domain, changes);
      await harness.served(domain, certificate);
      return certificate;
    },

    async stop(): Promise<void> {
      await Promise.all([http.stop(), https.stop()]);
      await Promise.all(fronts.map((front) => front.stop()));
      await table.close();
      await database.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return harness;
}

/** The load balancer's listener over all fronts, with their real health check. */
async function balance(fronts: readonly TestFront[], port: "httpPort" | "httpsPort") {
  const group = new TargetGroup({
    name: port,
    health: {
      path: "/healthz",
      intervalMs: 200,
      timeoutMs: 1_000,
      healthyThreshold: 1,
      unhealthyThreshold: 2,
      matches: (status) => status === 200,
    },
  });
  for (const { settings } of fronts) {
    void group.register({ name: settings.front, port: settings[port], healthPort: settings.healthPort });
  }
  const listener = new Listener();
  listener.forwardTo(group);
  return {
    port: await listener.listen(["127.0.0.1"], 0),
    stop: async () => {
      group.stop();
      await listener.close();
    },
  };
}
