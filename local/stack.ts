import * as fs from "node:fs";
import * as path from "node:path";
import { systemClock } from "../core/clock";
import { DynamoStore } from "../store/dynamo-store";
import { cloudWatch } from "./cloudwatch/api";
import { readStackConfig } from "./config";
import { startConsole } from "./console/server";
import type { ConsoleAlarm } from "./console/sources";
import { Deployment } from "./deployment";
import { functionOverrides, OPERATOR } from "./differences";
import { describeEndpoints, type Endpoints, releaseDirectory, takeDirectory, writeEndpoints } from "./endpoints";
import { type FoundationOptions, startFoundation } from "./foundation";
import { type RunningCloud, startCloud } from "./local-cloud";
import { Monitoring } from "./monitoring";
import type { Pebble } from "./parts/pebble";
import type { Progress } from "./progress";
import type { Changes } from "./realise/resources";
import { Scheduler } from "./schedules";
import { Stops } from "./stops";
import { type TenantReport, TenantWatch } from "./tenant-watch";

export interface StackOptions extends FoundationOptions {
  /** The repository's root. */
  readonly root: string;
  readonly stack: string;
  /** Undefined: as many as the program asks for. */
  readonly fronts?: number | undefined;
  readonly progress: Progress;
}

/** The whole stack on this machine. */
export interface LocalStack {
  readonly endpoints: Endpoints;
  readonly cloud: RunningCloud;
  readonly pebble: Pebble;
  readonly scheduler: Scheduler;
  allServed(): boolean;
  tenants(): TenantReport[];
  alarms(): ConsoleAlarm[];
  /** Reads the configuration again and applies what changed; what runs stays when it is not valid. */
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
  const { root, directory, stack, progress, timeScale } = options;
  const region = readStackConfig(root, stack).values["aws:region"] ?? DEFAULT_REGION;
  takeDirectory(directory);
  stops.add(() => releaseDirectory(directory));

  progress.phase("starting DNS, Pebble and DynamoDB");
  const { dns, dynamodb, pebble, listeners, httpPort, httpsPort } = await startFoundation(options, stops);
  const rootPem = await pebble.root();
  fs.writeFileSync(path.join(directory, "root.pem"), rootPem);

  const cloud = stops.started(
    await startCloud({
      root,
      directory,
      region,
      frontCount: options.fronts,
      timeScale,
      progress,
      dynamodb,
      listeners,
      functionVariables: {
        ...functionOverrides({ httpPort, httpsPort, dns: dns.server, timeScale: timeScale.factor }),
        NODE_EXTRA_CA_CERTS: pebble.trustFile,
      },
    }),
  );

  progress.phase("running the Pulumi program");
  const deployment = new Deployment({ root, stack, cloud, acmeDirectory: pebble.directory });
  const { program, tenants } = await deployment.up();
  const table = String(program.outputs.table);
  const store = new DynamoStore(table, { endpoint: cloud.endpoint, region, credentials: OPERATOR });

  const watch = stops.started(new TenantWatch({ store, fronts: () => cloud.fronts, root: rootPem, progress }));
  watch.expect(tenants);
  watch.start();
  const scheduler = stops.started(new Scheduler((schedule) => cloud.callSchedule(schedule)));
  scheduler.start([...cloud.schedules.values()]);
  const monitoring = stops.started(new Monitoring(cloud));
  monitoring.start();
  const alarms = () => monitoring.alarms();
  cloud.serve("monitoring", cloudWatch({ iam: cloud.iam, metrics: cloud.metrics, definitions: cloud.alarms, alarms }));
  const page = stops.started(
    await startConsole({
      stack: String(program.outputs.stack),
      clock: systemClock,
      store,
      alarms,
      dashboardBody: () => [...cloud.dashboards.values()][0] ?? '{"widgets":[]}',
      series: (query) => cloud.metrics.statistics(query),
    }),
  );

  const endpoints = describeEndpoints({ directory, cloud, pebble, dns, httpPort, httpsPort, table, page, program });
  writeEndpoints(directory, endpoints);
  return {
    endpoints,
    cloud,
    pebble,
    scheduler,
    allServed: () => watch.allServed(),
    tenants: () => watch.report(),
    alarms,
    async reconfigure() {
      const next = await deployment.up();
      watch.expect(next.tenants);
      return next.changes;
    },
    stop: () => stops.run(),
  };
}
