import * as fs from "node:fs";
import * as path from "node:path";
import type { Tenant } from "../core/tenant";
import { parseTenants } from "../core/tenant-config";
import { DynamoStore } from "../store/dynamo-store";
import { readStackConfig, type StackConfig } from "./config";
import type { ConsoleAlarm } from "./console/sources";
import { functionOverrides, localCas, OPERATOR, staticAddress } from "./differences";
import { type Endpoints, releaseDirectory, takeDirectory, writeEndpoints } from "./endpoints";
import { type Program, runProgram } from "./engine";
import { Listener } from "./load-balancer";
import type { RunningCloud } from "./local-cloud";
import { startCloud } from "./local-cloud";
import { Monitoring } from "./monitoring";
import { startDns } from "./parts/dns";
import { startDynamoDb } from "./parts/dynamodb";
import { type Pebble, startPebble } from "./parts/pebble";
import type { Progress } from "./progress";
import { lookup } from "./realise/lookups";
import { type Changes, Resources } from "./realise/resources";
import { Scheduler } from "./schedules";
import { type TenantReport, TenantWatch } from "./tenant-watch";
import type { TimeScale } from "./time-scale";

export interface StackOptions {
  /** The repository's root. */
  readonly root: string;
  /** Where the run keeps its files, `.local` unless a test says otherwise. */
  readonly directory: string;
  readonly stack: string;
  /** Undefined: as many as the program asks for. */
  readonly fronts?: number;
  /** 0: any free port. */
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly timeScale: TimeScale;
  readonly progress: Progress;
}

/** The load balancer listens on as many addresses as a program may ask for. */
const ADDRESSES = [0, 1, 2].map(staticAddress);

/** The whole stack on this machine. */
export interface LocalStack {
  readonly endpoints: Endpoints;
  readonly cloud: RunningCloud;
  readonly pebble: Pebble;
  allServed(): boolean;
  tenants(): TenantReport[];
  alarms(): ConsoleAlarm[];
  /** Reads the configuration again and applies what changed; what runs stays when it is not valid. */
  reconfigure(): Promise<Changes>;
  stop(): Promise<void>;
}

/** Starts every part, runs the program, and returns when the program is done; tenants are issued meanwhile. */
export async function startStack(options: StackOptions): Promise<LocalStack> {
  const { root, directory, progress } = options;
  const stops: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (const end of stops.reverse().splice(0)) await end();
  };
  try {
    const config = readStackConfig(root, options.stack);
    takeDirectory(directory);
    stops.push(() => releaseDirectory(directory));
    progress.phase("starting DNS, Pebble and DynamoDB");
    const [http, https] = await Promise.all([listenOn(options.httpPort, stops), listenOn(options.httpsPort, stops)]);
    const started = <Part extends { stop(): Promise<void> }>(part: Part): Part => {
      stops.push(() => part.stop());
      return part;
    };
    const [dns, dynamodb] = await Promise.all([
      startDns({ logFile: path.join(directory, "dns.log") }).then(started),
      startDynamoDb().then(started),
    ]);
    const pebble = started(
      await startPebble({
        dnsServer: dns.server,
        httpPort: http.port,
        validitySeconds: options.timeScale.lifetimeMs / 1_000,
        logFile: path.join(directory, "pebble.log"),
      }),
    );
    const cloud = started(
      await startCloud({
        root,
        directory,
        region: config.values["aws:region"] ?? "eu-west-1",
        frontCount: options.fronts,
        timeScale: options.timeScale,
        progress,
        dynamodb,
        listeners: new Map([
          [80, http.listener],
          [443, https.listener],
        ]),
        functionVariables: {
          ...functionOverrides({
            httpPort: http.port,
            httpsPort: https.port,
            dns: dns.server,
            timeScale: options.timeScale.factor,
          }),
          NODE_EXTRA_CA_CERTS: pebble.trustFile,
        },
      }),
    );

    const resources = new Resources(cloud);
    const run = (next: StackConfig) => evaluate(next, options, resources, cloud, pebble);
    progress.phase("running the Pulumi program");
    const first = await run(config);
    const table = [...cloud.tables.keys()][0] ?? "";
    const store = new DynamoStore(table, { endpoint: cloud.endpoint, region: cloud.region, credentials: OPERATOR });
    const rootPem = await pebble.root();
    const watch = new TenantWatch({ store, fronts: () => cloud.fronts, root: rootPem, progress });
    watch.expect(tenantsOf(first.program, cloud));
    watch.start();
    stops.push(() => watch.stop());

    const scheduler = new Scheduler((schedule) => cloud.callSchedule(schedule));
    for (const schedule of cloud.schedules.values()) scheduler.start(schedule);
    stops.push(() => scheduler.stop());
    const monitoring = new Monitoring(cloud);
    monitoring.start();
    stops.push(() => monitoring.stop());

    fs.writeFileSync(path.join(directory, "root.pem"), rootPem);
    const endpoints: Endpoints = {
      pid: process.pid,
      loadBalancer: { http: `${ADDRESSES[0]}:${http.port}`, https: `${ADDRESSES[0]}:${https.port}` },
      fronts: cloud.fronts.map(({ name, settings, haproxyPid, agentPid }) => ({
        name,
        http: `${settings.bind}:${settings.httpPort}`,
        https: `${settings.bind}:${settings.httpsPort}`,
        health: `http://${settings.bind}:${settings.healthPort}/healthz`,
        haproxyPid: haproxyPid(),
        agentPid: agentPid(),
        socket: settings.socket,
      })),
      dynamodb: { endpoint: cloud.endpoint, table },
      acme: { directory: pebble.directory, management: pebble.management, root: path.join(directory, "root.pem") },
      dns: dns.server,
      lambda: cloud.endpoint,
      cloudwatch: cloud.endpoint,
      console: "",
      operator: OPERATOR,
      outputs: first.program.outputs,
    };
    writeEndpoints(directory, endpoints);
    return {
      endpoints,
      cloud,
      pebble,
      allServed: () => watch.allServed(),
      tenants: () => watch.report(),
      alarms: () => monitoring.alarms(),
      async reconfigure() {
        const { program, changes } = await run(readStackConfig(root, options.stack));
        watch.expect(tenantsOf(program, cloud));
        return changes;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Runs the program once; its resources become real, or stay as they are where nothing changed. */
async function evaluate(
  config: StackConfig,
  { root, progress }: StackOptions,
  resources: Resources,
  cloud: RunningCloud,
  pebble: Pebble,
): Promise<{ program: Program; changes: Changes }> {
  const changes: Changes = { applied: [], needRestart: [], unknown: [] };
  const cas = config.values[`${config.project}:cas`];
  const values = {
    "aws:region": cloud.region,
    ...config.values,
    [`${config.project}:cas`]: JSON.stringify(localCas(cas === undefined ? [] : JSON.parse(cas), pebble.directory)),
  };
  const program = await runProgram({
    root,
    project: config.project,
    stack: config.stack,
    config: values,
    secretKeys: config.secretKeys,
    realise: (node) => resources.realise(node, changes),
    invoke: lookup(cloud.region),
    log: (line) => progress.warn(line),
  });
  for (const kind of new Set(changes.unknown))
    progress.warn(`${kind} has no local part and is not listed in differences.ts`);
  return { program, changes };
}

/** The tenant list that the program's invocation of `apply` names. */
function tenantsOf({ graph }: Program, { buckets }: RunningCloud): Tenant[] {
  for (const node of graph.values()) {
    if (node.type !== "aws:lambda/invocation:Invocation" || typeof node.inputs.input !== "string") continue;
    const { operation, bucket, key } = JSON.parse(node.inputs.input) as Record<string, string>;
    if (operation !== "apply" || bucket === undefined || key === undefined) continue;
    const list = JSON.parse(buckets.get(bucket, key).toString()) as {
      tenants: unknown;
      settings: { caNames: string[] };
    };
    return parseTenants(list.tenants, list.settings);
  }
  return [];
}

/** One listener on every static address, all on the same port. */
async function listenOn(
  port: number,
  stops: (() => Promise<void> | void)[],
): Promise<{ listener: Listener; port: number }> {
  const listener = new Listener();
  stops.push(() => listener.close());
  return { listener, port: await listener.listen(ADDRESSES, port) };
}
