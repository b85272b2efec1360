import * as fs from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { cpus, tmpdir } from "node:os";
import * as path from "node:path";
import { thumbprintOf } from "../core/ca/challenge";
import { createKeyAndCsr } from "../core/certificate/csr";
import { ensurePackages } from "../local/process/debian/ensure-packages";
import { startDns } from "../local/process/parts/dns";
import { startDynamoDb } from "../local/process/parts/dynamodb";
import { startPebble } from "../local/process/parts/pebble";
import { DynamoStore } from "../store/dynamo-store";
import { TABLE_SCHEMA } from "../store/schema";
import { frontAnswer } from "../testing/challenge-server";
import { runCertfront } from "./issue/certfront";
import { runLego } from "./issue/lego";
import type { Measured } from "./issue/measured";

/** Certificates per tool. Pebble locks itself up beyond some hundreds of orders, and dearer ones would tell nothing new. */
const CERTIFICATES = 200;
const PARALLEL = 25;
const TABLE = "bench-issue";
/** Far beyond what either takes; a Pebble that has locked itself up answers nothing any more. */
const WATCHDOG_MS = 300_000;

/**
 * `npm run bench:issue`: certfront's issuer beside lego, 200 certificates each, 25 at a time, at the same Pebble in the same run,
 * every challenge fetched over HTTP. `-- --json` for machines.
 */
async function main(): Promise<void> {
  ensurePackages({ pebble: "pebble", lego: "lego" });
  const root = path.join(__dirname, "..");
  const folder = fs.mkdtempSync(path.join(tmpdir(), "certfront-bench-"));
  const webroot = path.join(folder, "webroot");
  fs.mkdirSync(webroot);
  const dynamo = await startDynamoDb();
  await dynamo.createTable(TABLE, TABLE_SCHEMA);
  const store = new DynamoStore(TABLE, dynamo.clientConfig);
  const { key: accountKey } = await createKeyAndCsr([], "ecdsa-p256");
  const port80 = await startPort80(thumbprintOf(accountKey), webroot);
  const dns = await startDns();
  const pebble = await startPebble({ dnsServer: dns.server, httpPort: port80.port });
  const watchdog = setTimeout(() => {
    process.stderr.write("Pebble answers nothing any more (it can lock itself up); run again.\n");
    process.exit(1);
  }, WATCHDOG_MS);
  try {
    const domains = (tool: string) => Array.from({ length: CERTIFICATES }, (_, n) => `t${n}.${tool}.example`);
    process.stderr.write(`lego, ${CERTIFICATES} certificates …\n`);
    const lego = await runLego({
      pebble,
      folder: path.join(folder, "lego"),
      webroot,
      domains: domains("lego"),
      parallel: PARALLEL,
    });
    process.stderr.write(`certfront, ${CERTIFICATES} certificates …\n`);
    const certfront = await runCertfront({
      root,
      pebble,
      dnsServer: dns.server,
      httpPort: port80.port,
      dynamo,
      table: TABLE,
      store,
      accountKey,
      domains: domains("certfront"),
    });
    report(certfront, lego);
  } finally {
    clearTimeout(watchdog);
    port80.stop();
    await Promise.all([pebble.stop(), dns.stop(), dynamo.stop()]);
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Port 80 of all names, for both tools: a file that lego wrote, or else what a front answers. */
async function startPort80(thumbprint: string, webroot: string) {
  const server = createServer((request, response) => {
    const answer = frontAnswer(request.url ?? "", thumbprint);
    const file = path.join(webroot, request.url ?? "");
    const body = answer !== undefined && fs.existsSync(file) ? fs.readFileSync(file, "utf8") : answer;
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function report(certfront: Measured, lego: Measured): void {
  const speed = certfront.certificatesPerSecond / lego.certificatesPerSecond;
  const cpu = certfront.cpuMsPerCertificate / lego.cpuMsPerCertificate;
  if (process.argv.includes("--json")) {
    console.log(JSON.stringify({ parallel: PARALLEL, cores: cpus().length, certfront, lego, speed, cpu }));
    return;
  }
  const rows = [certfront, lego].map((m) => [
    m.tool.padEnd(10),
    String(m.certificates).padStart(12),
    String(m.failed).padStart(7),
    String(m.orders).padStart(7),
    m.wallSeconds.toFixed(1).padStart(8),
    m.certificatesPerSecond.toFixed(1).padStart(7),
    m.cpuMsPerCertificate.toFixed(1).padStart(12),
  ]);
  console.log(`${PARALLEL} at a time, ${cpus().length} cores, one Pebble`);
  console.log("tool       certificates  failed  orders   wall s  cert/s  CPU ms/cert");
  for (const row of rows) console.log(row.join(" "));
  console.log(`certfront makes ${speed.toFixed(1)} times lego's certificates per second (wanted: 5 or more)`);
  console.log(`and spends ${cpu.toFixed(2)} of lego's CPU per certificate (wanted: 1 or less)`);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
