import * as fs from "node:fs";
import * as path from "node:path";
import { systemClock } from "../../core/base/clock";
import { CertfrontError } from "../../core/base/errors";
import type { Operator } from "../../core/handover/message";
import { DynamoStore } from "../../store/dynamo-store";
import { DnsResolver } from "../../wire/dns/resolver";
import { cloudWatch } from "../aws/cloudwatch/api";
import type { ConsoleAlarm } from "../aws/cloudwatch/types";
import { functionOverrides, OPERATOR } from "../aws/differences";
import { Scheduler } from "../aws/schedules";
import { startConsole } from "../console/server";
import { atUsualPort } from "../console/usual-port";
import { type RunningCloud, startCloud } from "../engine/local-cloud";
import type { Changes } from "../engine/realise/resources";
import type { Pebble } from "../process/parts/pebble";
import { Stops } from "../process/stops";
import type { Progress } from "../progress/events";
import { type TenantReport, TenantWatch } from "../progress/tenant-watch";
import { readStackConfig } from "./config";
import { Deployment } from "./deployment";
import {
  describeEndpoints,
  type Endpoints,
  frontsDirectory,
  publishEndpoints,
  publishFoundation,
  releaseDirectory,
  takeDirectory,
} from "./endpoints";
import { type FoundationOptions, startFoundation } from "./foundation";
import { type StackLab, startStackLab } from "./lab";
import { Monitoring } from "./monitoring";
import { answeringCa } from "./own-ca";

export interface StackOptions extends FoundationOptions {
  /** The repository's root. */
  readonly root: string;
  readonly stack: string;
  /** Where `Pulumi.<stack>.yaml` lies: the root unless a test says otherwise. */
  readonly stackDirectory?: string;
  /** Undefined: as many as the program asks for. */
  readonly fronts?: number | undefined;
  /** Also run the client capability lab, as upstream of two tenants. */
  readonly lab?: boolean | undefined;
  readonly progress: Progress;
}

/** The whole stack on this machine. */
export interface LocalStack {
  readonly endpoints: Endpoints;
  readonly cloud: RunningCloud;
  /** @throws Error where another CA is in its place */
  readonly pebble: Pebble;
  readonly scheduler: Scheduler;
  /** Where it was asked for. */
  readonly lab: StackLab | undefined;
  allServed(): boolean;
  tenants(): TenantReport[];
  alarms(): ConsoleAlarm[];
  /** What Pulumi's state would hold of the program, secrets in the clear. Not to be printed. */
  state(): string;
  /** Rejects when a part ended that nothing starts again: the stack is of no use any more, and is to be stopped. */
  readonly failed: Promise<never>;
  /** Reads the configuration again and applies what changed; what runs stays when it is not valid. */
  /** Each tenant as the configuration has it now, as JSON by its domain. */
  configured(): ReadonlyMap<string, string>;
  reconfigure(): Promise<Changes>;
  stop(): Promise<void>;
}

const DEFAULT_REGION = "eu-west-1";

/** Starts every part, runs the program, and returns when the program is done; tenants are issued meanwhile. */
export async function startStack(options: StackOptions): Promise<LocalStack> {
  const stops = new Stops();
  try {
    return await start(options, stops);
  } catch (error) {
    await stops.run();
    throw error;
  }
}

async function start(options: StackOptions, stops: Stops): Promise<LocalStack> {
  const { root, directory, stack, stackDirectory = root, progress, timeScale } = options;
  const failure = new Failure();
  const region = readStackConfig(root, stack, stackDirectory).values["aws:region"] ?? DEFAULT_REGION;
  takeDirectory(directory);
  stops.add(() => releaseDirectory(directory));

  progress.phase(`starting DNS, ${options.ca ? "" : "Pebble "}and DynamoDB`);
  const { dns, dynamodb, ca, pebble, listeners, httpPort, httpsPort } = await startFoundation(
    { ...options, onPartEnded: failure.report },
    stops,
  );
  if (!pebble) {
    publishFoundation(directory, { dns: dns.server, httpPort, httpsPort });
    await Promise.race([answeringCa(ca, { dns: dns.server, httpPort }, progress), failure.happened]);
  }
  const rootPem = await ca.root();
  fs.writeFileSync(path.join(directory, "root.pem"), rootPem);

  const lab = options.lab
    ? stops.started(await startStackLab(directory, { http: httpPort, https: httpsPort }, rootPem))
    : undefined;
  const cloud = stops.started(
    await startCloud({
      root,
      directory,
      frontsDirectory: frontsDirectory(directory, stops),
      region,
      frontCount: options.fronts,
      timeScale,
      progress,
      dynamodb,
      listeners,
      functionVariables: {
        ...functionOverrides({ httpPort, httpsPort, dns: dns.server, timeScale: timeScale.factor }),
        NODE_EXTRA_CA_CERTS: ca.trustFile,
      },
    }),
  );

  progress.phase("running the Pulumi program");
  const store = once(
    () => new DynamoStore(tableOf(cloud), { endpoint: cloud.endpoint, region, credentials: { ...OPERATOR } }),
  );
  const watch = stops.started(new TenantWatch({ store, fronts: () => cloud.fronts, root: rootPem, progress }));
  const deployment = new Deployment({
    root,
    stack,
    stackDirectory,
    cloud,
    acmeDirectory: ca.directory,
    amend: lab?.withTenants,
    onTenants: (tenants) => watch.expect(tenants),
  });
  let { program } = await Promise.race([deployment.up(), failure.happened]);

  const scheduler = stops.started(new Scheduler((schedule) => cloud.callSchedule(schedule)));
  scheduler.start([...cloud.schedules.values()]);
  const monitoring = stops.started(new Monitoring(cloud));
  monitoring.start();
  const alarms = () => monitoring.alarms();
  cloud.serve(
    "monitoring",
    cloudWatch({
      iam: cloud.iam,
      region,
      metrics: cloud.metrics,
      definitions: cloud.alarms,
      dashboards: cloud.dashboards,
      alarms,
    }),
  );
  const page = stops.started(
    await atUsualPort((port) =>
      startConsole(
        {
          stack: String(program.outputs.stack),
          about:
            "This is the stack on this machine, as it would be seen on AWS: the program's own alarms and dashboard, on the metrics that its functions and fronts emit.",
          clock: systemClock,
          store: store(),
          dns: new DnsResolver([dns.server]),
          operator: operatorOf(program.outputs.operator),
          alarms: async () => alarms(),
          dashboardBody: async () => [...cloud.dashboards.values()][0] ?? '{"widgets":[]}',
          series: async (queries) => queries.map((query) => cloud.metrics.statistics(query)),
          finestSeconds: 10,
          renew: (domain) => renewThrough(cloud, String(program.outputs.issuer), domain),
        },
        { port },
      ),
    ),
  );

  const endpoints = () =>
    describeEndpoints({
      directory,
      cloud,
      ca,
      dns,
      httpPort,
      httpsPort,
      table: tableOf(cloud),
      page,
      program,
      stackFile: path.join(stackDirectory, `Pulumi.${stack}.yaml`),
    });
  stops.started(publishEndpoints(directory, endpoints));
  return {
    endpoints: endpoints(),
    cloud,
    get pebble() {
      if (pebble) return pebble;
      throw new Error(`the CA of this stack is ${ca.directory}`);
    },
    scheduler,
    lab,
    allServed: () => watch.allServed(),
    tenants: () => watch.report(),
    configured: () => watch.configured(),
    alarms,
    state: () => JSON.stringify([[...program.graph.values()], program.outputs]),
    failed: failure.happened,
    reconfigure: async () => {
      const deployed = await deployment.up();
      program = deployed.program;
      return deployed.changes;
    },
    stop: () => stops.run(),
  };
}

/** A part that ended by itself. */
class Failure {
  private reject: (error: Error) => void = () => {};
  readonly happened = new Promise<never>((_, reject) => {
    this.reject = reject;
  });

  constructor() {
    this.happened.catch(() => {}); // nobody may be waiting
  }

  readonly report = (part: string, how: string): void => {
    const advice = "Run npm start again; the end of what it said is above.";
    this.reject(new CertfrontError(`${part} ended by itself: ${how}`, { code: "PART_ENDED", advice }));
  };
}

function operatorOf(output: unknown): Operator {
  const { name = "", support = "" } = (output ?? {}) as Partial<Operator>;
  return { name, support };
}

async function renewThrough({ runtime }: RunningCloud, issuer: string, domain: string): Promise<void> {
  const { error, payload } = await runtime.invoke(issuer, JSON.stringify({ operation: "renew", domain }));
  if (!error) return;
  const { errorMessage = payload } = JSON.parse(payload) as { errorMessage?: string };
  throw new CertfrontError(errorMessage, { code: "INVOCATION_FAILED", tenant: domain });
}

/** The program's table: the other one has no indexes. */
function tableOf({ tables }: RunningCloud): string {
  const [name] = [...tables].find(([, { indexHashKeys }]) => Object.keys(indexHashKeys).length > 0) ?? [];
  if (name !== undefined) return name;
  throw new CertfrontError("The program made no table.", { code: "LOCAL_RESOURCE" });
}

function once<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
