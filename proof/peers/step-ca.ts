import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { startChild } from "../../local/process/parts/child";
import { freePorts } from "../../local/process/parts/free-port";
import { TestCa } from "../../testing/certificates";

/** Smallstep's ACME server: another CA than Pebble, with another notion of nearly everything that RFC 8555 leaves open. */
export interface StepCa {
  /** URL of the ACME directory that issues certificates of so many hours. */
  directory(hours: number): string;
  /** What its HTTPS and its certificates chain to, PEM. */
  readonly trust: string;
  /** The same as a file. */
  readonly trustFile: string;
  readonly port: number;
  /** What it wrote last. */
  output(): string;
  stop(): Promise<void>;
}

export interface StepCaOptions {
  /** `host:port` of the DNS server that it validates with. */
  readonly dnsServer: string;
  /** Port 80 of the names. */
  readonly httpPort: number;
  /** Lifetimes that it offers, hours, each in a directory of its own. */
  readonly hours: readonly number[];
  /** Absent: any free one. */
  readonly port?: number;
  /** In whose name it issues; absent: a new one's. */
  readonly authority?: TestCa;
}

/** @throws Error with what it said when it does not start */
export async function startStepCa(program: string, options: StepCaOptions): Promise<StepCa> {
  const folder = fs.mkdtempSync(path.join(tmpdir(), "certfront-step-ca-"));
  const port = options.port ?? (await freePorts(1))[0] ?? 0;
  const ca = options.authority ?? new TestCa("step-ca");
  const write = (name: string, content: string) => {
    const file = path.join(folder, name);
    fs.writeFileSync(file, content, { mode: 0o600 });
    return file;
  };
  const trustFile = write("root.pem", ca.root);
  const { certificate, key } = ca.issuer();
  const config = write(
    "ca.json",
    JSON.stringify({
      root: trustFile,
      crt: write("intermediate.pem", certificate),
      key: write("intermediate.key", key),
      address: `127.0.0.1:${port}`,
      dnsNames: ["localhost", "127.0.0.1"],
      db: { type: "badgerv2", dataSource: path.join(folder, "db") },
      authority: { provisioners: options.hours.map(provisioner) },
    }),
  );
  const flags = ["--resolver", options.dnsServer, "--acme-http-port", String(options.httpPort), "--insecure"];
  const child = await startChild(program, [config, ...flags], {
    env: { ...process.env, STEPPATH: folder, HOME: folder },
    ready: (output) => output.includes("Serving HTTPS on"),
    readyWithin: 60_000,
  });
  return {
    directory: (hours) => stepCaDirectory(port, hours),
    trust: ca.root,
    trustFile,
    port,
    output: () => child.output(),
    async stop() {
      await child.stop();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Where the ACME directory is that issues certificates of so many hours. */
export function stepCaDirectory(port: number, hours: number): string {
  return `https://127.0.0.1:${port}/acme/${nameOf(hours)}/directory`;
}

const nameOf = (hours: number): string => `hours-${hours}`;

function provisioner(hours: number): object {
  const lifetime = `${hours}h`;
  const claims = { minTLSCertDuration: "1h", maxTLSCertDuration: lifetime, defaultTLSCertDuration: lifetime };
  return { type: "ACME", name: nameOf(hours), claims };
}
