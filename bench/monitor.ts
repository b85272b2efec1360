import { parseArgs } from "node:util";
import { systemClock } from "../core/base/clock";
import { inParallel } from "../core/base/in-parallel";
import { checkShards } from "../lambdas/expiry-monitor/check-shards";
import { Journal } from "../lambdas/expiry-monitor/emf";
import { type Handshake, tlsHandshake } from "../lambdas/expiry-monitor/handshake";
import { DynamoMonitorTable, SHARDS } from "../lambdas/expiry-monitor/monitor-table";
import { publicDns } from "../lambdas/expiry-monitor/public-dns";
import { startDns } from "../local/process/parts/dns";
import { startFronts } from "../testing/front-harness";
import { tenant, tenantRecord } from "../testing/records";
import { type MonitorCost, monitorCost } from "./monitor-cost";

/** What one pass over all names cost this process; HAProxy, DynamoDB and DNS are processes of their own. */
interface Pass {
  readonly handshakes: number;
  readonly seconds: number;
  /** User and system time of this process, ms. */
  readonly cpuMs: number;
}

const LOADING_MS = 600_000;

/**
 * `npm run bench:monitor [-- --json] [--names 10000]`: real handshakes with a real front (HAProxy and agent) that serves as many
 * certificates as there are names; then what a month of it costs on Lambda for 100,000 names.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: "boolean" }, names: { type: "string", default: "10000" } } });
  const names = Array.from({ length: Number(values.names) }, (_, index) => `tenant-${index}.example`);
  const say = (text: string) => void (values.json || process.stderr.write(`${text}\n`));

  const [harness, dns] = await Promise.all([startFronts({ fronts: 1 }), startDns()]);
  try {
    let last = 0;
    say(`storing ${names.length} tenants …`);
    await inParallel(names, 50, async (domain) => {
      const { certificate, revision } = await harness.issueAndStore(domain);
      last = Math.max(last, revision);
      const known = { state: "active", certificate: certificate.summary } as const;
      await harness.store.createTenant(
        tenantRecord(domain, Date.now() - 3_600_000, { tenant: tenant(domain), ...known }),
      );
    });
    say("waiting for the front to serve them …");
    for (const front of harness.fronts) {
      await front.configure();
      await front.startHaproxy();
      await front.startAgent();
    }
    await harness.reached(last, LOADING_MS);
    const port = harness.fronts[0]?.settings.httpsPort ?? 0;

    say("measuring …");
    const bare = await measure(async (handshake) => {
      await inParallel(names, 24, async (name) => {
        const result = await handshake({ address: "127.0.0.1", port, name });
        if (result.status !== "served") throw new Error(`${name}: ${result.detail}`);
      });
    });
    const lines: string[] = [];
    const context = {
      clock: systemClock,
      table: new DynamoMonitorTable("certfront-test", harness.database.clientConfig),
      journal: new Journal("bench", systemClock, (line) => void lines.push(line)),
      addresses: ["127.0.0.1"],
      cnameTarget: "lb.example",
      cas: [{ name: "test-ca", caaIdentities: ["ca.test"] }],
      httpsPort: port,
      timeScale: 1,
      dns: publicDns([dns.server]),
      hasTime: () => true,
    };
    const shards = Array.from({ length: SHARDS }, (_, shard) => shard);
    const sweep = (handshake: Handshake) => checkShards({ shards }, { ...context, handshake }).then(() => {});
    const first = await measure(sweep);
    const usual = await measure(sweep);
    const problems = lines.filter((line) => line.includes('"WARN"')).length;
    if (problems > 0) throw new Error(`The monitor found ${problems} problems where there are none: ${lines[0]}`);

    const cost = monitorCost({
      names: 100_000,
      addresses: 2,
      cpuMsPerName: cpuEach(usual),
      cpuMsPerHandshake: cpuEach(bare),
    });
    if (values.json) process.stdout.write(`${JSON.stringify({ names: names.length, bare, first, usual, cost })}\n`);
    else print({ bare, first, usual }, cost);
  } finally {
    await Promise.all([harness.stop(), dns.stop()]);
  }
}

async function measure(pass: (handshake: Handshake) => Promise<void>): Promise<Pass> {
  let handshakes = 0;
  const counting: Handshake = (target) => {
    handshakes += 1;
    return tlsHandshake(target);
  };
  const cpu = process.cpuUsage();
  const begun = process.hrtime.bigint();
  await pass(counting);
  const used = process.cpuUsage(cpu);
  return {
    handshakes,
    seconds: Number(process.hrtime.bigint() - begun) / 1e9,
    cpuMs: (used.user + used.system) / 1000,
  };
}

const cpuEach = ({ cpuMs, handshakes }: Pass) => cpuMs / handshakes;

function print(passes: Record<"bare" | "first" | "usual", Pass>, cost: MonitorCost): void {
  const titles = {
    bare: "handshakes alone",
    first: "first sweep (with CAA, each state written)",
    usual: "a usual sweep (index, DNS, handshake, comparison)",
  };
  const rows = (Object.keys(titles) as (keyof typeof titles)[]).map((key) => {
    const pass = passes[key];
    return [
      titles[key],
      String(pass.handshakes),
      (pass.handshakes / pass.seconds).toFixed(0),
      `${cpuEach(pass).toFixed(2)} ms`,
    ];
  });
  const table = [["", "names", "per second", "CPU each"], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const format = (row: string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
  process.stdout.write(`${table.map(format).join("\n")}\n\n${cost.lines.join("\n")}\n`);
}

void main();
