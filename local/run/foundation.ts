import * as path from "node:path";
import { BALANCER_ADDRESSES } from "../aws/differences";
import type { TimeScale } from "../aws/time-scale";
import { Listener } from "../fronts/load-balancer";
import { type LocalDns, startDns } from "../process/parts/dns";
import { type LocalDynamoDb, startDynamoDb } from "../process/parts/dynamodb";
import { type Pebble, startPebble } from "../process/parts/pebble";
import type { Stops } from "../process/stops";

export interface FoundationOptions {
  readonly directory: string;
  /** 0: any free port. */
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly timeScale: TimeScale;
  /** In Pebble's place; what its certificates last is its own affair. */
  readonly ca?: StackCa | undefined;
}

/** The CA of this stack: what the issuer and those who check certificates need of it. */
export interface StackCa {
  /** URL of its ACME directory, https. */
  readonly directory: string;
  /** Pebble's management API. */
  readonly management?: string;
  /** A PEM file with what its own HTTPS chains to. */
  readonly trustFile: string;
  /** What certificates chain to, PEM. */
  root(): Promise<string>;
}

/** What stands before the program runs: the outside world (DNS, a CA), the database, and the load balancer's ports. */
export interface Foundation {
  readonly dns: LocalDns;
  readonly dynamodb: LocalDynamoDb;
  readonly ca: StackCa;
  /** The same, where it is Pebble. */
  readonly pebble: Pebble | undefined;
  /** By the program's port. */
  readonly listeners: ReadonlyMap<number, Listener>;
  readonly httpPort: number;
  readonly httpsPort: number;
}

/** @param options.onPartEnded told when a part ends that nobody starts again */
export async function startFoundation(
  options: FoundationOptions & { onPartEnded(part: string, how: string): void },
  stops: Stops,
): Promise<Foundation> {
  const [http, https] = [new Listener(), new Listener()];
  stops.add(() => http.close());
  stops.add(() => https.close());
  const [httpPort, httpsPort] = await Promise.all([
    http.listen(BALANCER_ADDRESSES, options.httpPort),
    https.listen(BALANCER_ADDRESSES, options.httpsPort),
  ]);
  const ended = (part: string) => (how: string) => options.onPartEnded(part, how);
  const database = startDynamoDb(ended("DynamoDB (dynalite)")).then((part) => stops.started(part));
  const dns = stops.started(await startDns());
  const ca = options.ca ? { ca: options.ca, pebble: undefined } : startOurs();
  const listeners = new Map([
    [80, http],
    [443, https],
  ]);
  return { dns, dynamodb: await database, ...(await ca), listeners, httpPort, httpsPort };

  async function startOurs() {
    const pebble = stops.started(
      await startPebble({
        dnsServer: dns.server,
        httpPort,
        validitySeconds: options.timeScale.lifetimeMs / 1_000,
        logFile: path.join(options.directory, "pebble.log"),
        onEnd: ended("Pebble"),
      }),
    );
    return { ca: pebble, pebble };
  }
}
