import * as fs from "node:fs";
import * as https from "node:https";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { MINUTE } from "../core/base/clock";
import { timeScale } from "../local/aws/time-scale";
import { Progress, type ProgressEvent } from "../local/progress/events";
import { type LocalStack, startStack } from "../local/run/stack";

/**
 * Leaves the whole stack running with five-minute certificates under a constant load of requests, then stops the issuer and
 * starts it again: how often was each certificate renewed, which requests failed, which alarms rang and when.
 *
 *   npm run soak -- --minutes 20 --rate 50 [--json]
 */
const LIFETIME = 5 * MINUTE;
/** Longer than 0.3 of the time between renewal (half the lifetime) and expiry, which pages, and well before expiry. */
const ISSUER_STOPPED_AFTER_RENEWAL = 75_000;

interface Load {
  requests: number;
  failures: string[];
  /** Serials seen, by domain. */
  readonly serials: Map<string, Set<string>>;
  /** Smallest time to expiry that a client was served, ms. */
  leastLeft: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "20" },
      rate: { type: "string", default: "50" },
      json: { type: "boolean", default: false },
    },
  });
  const say = (text: string) => process.stderr.write(`${new Date().toISOString()} ${text}\n`);
  const alarms: { at: number; name: string; to: string }[] = [];
  const progress = new Progress();
  progress.listen((event) => note(event, alarms, say));

  const root = path.join(__dirname, "..");
  const directory = fs.mkdtempSync(path.join(tmpdir(), "certfront-soak-"));
  const options = {
    root,
    directory,
    stack: "local",
    httpPort: 0,
    httpsPort: 0,
    progress,
    timeScale: timeScale(LIFETIME),
  };
  const stack = await startStack(options);
  const end = async () => {
    await stack.stop();
    fs.rmSync(directory, { recursive: true, force: true });
  };
  process.once("SIGINT", () => void end().then(() => process.exit(130)));
  try {
    await condition(() => stack.allServed());
    const load = startLoad(stack, Number(values.rate));
    say(`load: ${values.rate} requests a second for ${values.minutes} minutes`);
    await pause(Number(values.minutes) * MINUTE);
    const healthy = { ...summary(load.state), alarms: ringing(alarms) };
    say(JSON.stringify(healthy));
    const outage = await stopIssuer(stack, alarms, say);
    load.stop();
    report({ healthy, outage, afterOutage: summary(load.state) }, values.json);
  } finally {
    await end();
  }
}

/** Stops the issuer's schedule past the page, starts it again, and waits until every alarm is OK. */
async function stopIssuer(
  stack: LocalStack,
  alarms: { at: number; name: string; to: string }[],
  say: (text: string) => void,
) {
  const name = String(stack.endpoints.outputs.issuer);
  const from = alarms.length;
  const stoppedAt = Date.now();
  stack.scheduler.pause(name);
  say("the issuer is stopped");
  const rang = (alarm: string, to: string) =>
    alarms.slice(from).find((one) => one.name.endsWith(alarm) && one.to === to)?.at;
  await condition(() => rang("renewal-overdue", "ALARM") !== undefined, LIFETIME);
  await condition(() => rang("-page", "ALARM") !== undefined, ISSUER_STOPPED_AFTER_RENEWAL);
  const leftAtPage = await leastLeft(stack);
  stack.scheduler.resume(name);
  const resumedAt = Date.now();
  say("the issuer is back");
  await condition(() => stack.alarms().every(({ state }) => state !== "ALARM"), LIFETIME);
  const seconds = (at: number | undefined, since: number) =>
    at === undefined ? null : Math.round((at - since) / 1_000);
  return {
    warningAfterSeconds: seconds(rang("renewal-overdue", "ALARM"), stoppedAt),
    pageAfterSeconds: seconds(rang("-page", "ALARM"), stoppedAt),
    lifetimeLeftAtPageSeconds: Math.round(leftAtPage / 1_000),
    okAfterReturnSeconds: seconds(Date.now(), resumedAt),
    alarms: ringing(alarms.slice(from)),
  };
}

/** Requests at a constant rate, each on a connection of its own, to every tenant in turn. */
function startLoad(stack: LocalStack, rate: number): { state: Load; stop(): void } {
  const state: Load = { requests: 0, failures: [], serials: new Map(), leastLeft: Number.POSITIVE_INFINITY };
  const [host = "", port = ""] = stack.endpoints.loadBalancer.https.split(":");
  const ca = fs.readFileSync(stack.endpoints.acme.root);
  const domains = stack.tenants().map(({ domain }) => domain);
  const timer = setInterval(() => {
    const servername = domains[state.requests % domains.length] ?? "";
    state.requests += 1;
    request({ host, port: Number(port), servername, ca }).then(
      ({ serial, left }) => {
        state.serials.set(servername, (state.serials.get(servername) ?? new Set()).add(serial));
        state.leastLeft = Math.min(state.leastLeft, left);
      },
      (error: Error) => state.failures.push(`${new Date().toISOString()} ${servername}: ${error.message}`),
    );
  }, 1_000 / rate);
  return { state, stop: () => clearInterval(timer) };
}

function request(to: {
  host: string;
  port: number;
  servername: string;
  ca: Buffer;
}): Promise<{ serial: string; left: number }> {
  return new Promise((resolve, reject) => {
    const outgoing = https.get(
      { ...to, path: "/", headers: { host: to.servername }, agent: false, timeout: 10_000 },
      (response) => {
        const socket = response.socket as import("node:tls").TLSSocket;
        const { serialNumber, valid_to } = socket.getPeerCertificate();
        const answer = { serial: serialNumber, left: Date.parse(valid_to) - Date.now() };
        response.resume();
        response.on("end", () =>
          response.statusCode === 200 ? resolve(answer) : reject(new Error(`HTTP ${response.statusCode}`)),
        );
        response.on("error", reject);
      },
    );
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer within 10 s")));
    outgoing.on("error", reject);
  });
}

async function leastLeft(stack: LocalStack): Promise<number> {
  const [host = "", port = ""] = stack.endpoints.loadBalancer.https.split(":");
  const ca = fs.readFileSync(stack.endpoints.acme.root);
  const lefts = stack.tenants().map(({ domain }) => request({ host, port: Number(port), servername: domain, ca }));
  return Math.min(...(await Promise.all(lefts)).map(({ left }) => left));
}

function summary({ requests, failures, serials, leastLeft: left }: Load) {
  return {
    requests,
    failed: failures.length,
    failures: failures.slice(0, 10),
    renewals: Object.fromEntries([...serials].map(([domain, seen]) => [domain, seen.size - 1])),
    leastLifetimeLeftSeconds: Math.round(left / 1_000),
  };
}

function ringing(alarms: readonly { name: string; to: string }[]): string[] {
  return alarms.filter(({ to }) => to === "ALARM").map(({ name }) => name);
}

function note(
  event: ProgressEvent,
  alarms: { at: number; name: string; to: string }[],
  say: (text: string) => void,
): void {
  if (event.kind === "warning") say(`! ${event.text}`);
  if (event.kind !== "alarm") return;
  alarms.push({ at: Date.now(), name: event.name, to: event.to });
  if (event.from !== "INSUFFICIENT_DATA") say(`alarm ${event.name}: ${event.from} → ${event.to}: ${event.reason}`);
}

function report(result: object, asJson: boolean): void {
  if (asJson) {
    process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
    return;
  }
  for (const [part, figures] of Object.entries(result)) {
    process.stdout.write(`${part}\n`);
    for (const [name, value] of Object.entries(figures as object)) {
      process.stdout.write(`  ${name.padEnd(28)} ${typeof value === "object" ? JSON.stringify(value) : value}\n`);
    }
  }
}

async function condition(holds: () => boolean, within = 5 * MINUTE): Promise<void> {
  const deadline = Date.now() + within;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`not within ${within / 1_000} s: ${holds}`);
    await pause(100);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

// Exits at once: left to itself, Node.js 20 was seen spinning for hours over the handles of a stopped stack.
main().then(
  () => process.exit(0),
  (error: Error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  },
);
