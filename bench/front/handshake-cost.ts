import { mkdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { type Child, startChild } from "../../local/parts/child";
import { freePorts } from "../../local/parts/free-port";
import type { TrixieView } from "../../scripts/debian/trixie-root";
import type { FrontHarness } from "../../test/support/front-harness";
import { percentile } from "./percentile";
import { childrenOf, cpuSeconds } from "./server-cpu";

export interface HandshakeCost {
  readonly server: "HAProxy" | "nginx";
  readonly version: string;
  readonly certificates: number;
  /** ms of the server's CPU for a full TLS 1.3 handshake and one request, the median of the rounds. */
  readonly cpuMs: number;
  readonly rounds: readonly number[];
}

const ROUNDS = 7;
/** Connections of a round, each with a handshake and a request of its own, so many at a time. */
const CONNECTIONS = 1_500;
const AT_ONCE = 16;

interface Server {
  readonly pid: number;
  readonly port: number;
  readonly host: string;
}

/**
 * CPU of one full handshake (P-256 certificate, X25519, AES-128-GCM) and one request: the front as it is, with all its
 * rules and certificates, beside nginx with one static certificate and nothing else to do. One thread each on the same core; what is
 * counted is the server's own CPU, by /proc.
 * @param front its HAProxy was started on core 0 alone, and its agent is not running
 */
export async function handshakeCost(
  view: TrixieView,
  fronts: FrontHarness,
  host: string,
  certificates: number,
): Promise<HandshakeCost[]> {
  const [front] = fronts.fronts;
  if (front?.haproxy === undefined) throw new Error("no HAProxy to measure");
  const nginx = await startNginx(view, fronts);
  try {
    const haproxy: Server = { pid: front.haproxy.pid, port: front.settings.httpsPort, host };
    const [worker] = childrenOf(nginx.child.pid);
    const beside: Server = { pid: worker ?? nginx.child.pid, port: nginx.port, host };
    const rounds = { HAProxy: [] as number[], nginx: [] as number[] };
    for (let round = 0; round <= ROUNDS; round++) {
      const pair = { HAProxy: await oneRound(view, fronts, haproxy), nginx: await oneRound(view, fronts, beside) };
      if (round === 0) continue; // warms both up
      rounds.HAProxy.push(pair.HAProxy);
      rounds.nginx.push(pair.nginx);
    }
    const version = async (command: string) => /[\d.]{4,}/.exec((await view.run(command)).stdout)?.[0] ?? "unknown";
    const result = async (
      server: HandshakeCost["server"],
      command: string,
      loaded: number,
    ): Promise<HandshakeCost> => ({
      server,
      version: await version(command),
      certificates: loaded,
      cpuMs: percentile(rounds[server], 0.5),
      rounds: rounds[server],
    });
    return [await result("HAProxy", "haproxy -v", certificates), await result("nginx", "nginx -v 2>&1", 1)];
  } finally {
    await nginx.child.stop();
  }
}

async function oneRound(view: TrixieView, fronts: FrontHarness, server: Server): Promise<number> {
  const before = cpuSeconds(server.pid);
  const { stdout, stderr } = await view.run(
    // ab opens a connection for each request, keeps no sessions, and takes the address from the hosts file.
    `echo "127.0.0.1 ${server.host}" > /etc/hosts; taskset -c 1 ab -q -f TLS1.3 -n ${CONNECTIONS} -c ${AT_ONCE} https://${server.host}:${server.port}/`,
    { binds: [fronts.directory] },
  );
  const used = cpuSeconds(server.pid) - before;
  const complete = Number(/Complete requests:\s+(\d+)/.exec(stdout)?.[1] ?? 0);
  if (complete !== CONNECTIONS || !/TLSv1\.3/.test(stdout) || /Non-2xx/.test(stdout)) {
    throw new Error(`${complete} of ${CONNECTIONS} requests succeeded:\n${stdout}\n${stderr}`);
  }
  return (1_000 * used) / CONNECTIONS;
}

async function startNginx(view: TrixieView, fronts: FrontHarness): Promise<{ child: Child; port: number }> {
  const home = path.join(fronts.directory, "nginx");
  mkdirSync(home, { recursive: true });
  const { chain, key } = fronts.ca.issue(["nginx.example"]);
  writeFileSync(path.join(home, "chain.pem"), chain);
  writeFileSync(path.join(home, "key.pem"), key);
  const [port = 0] = await freePorts(1);
  writeFileSync(
    path.join(home, "nginx.conf"),
    `daemon off;
master_process on;
user root;
worker_processes 1;
pid ${home}/pid;
error_log stderr error;
events { worker_connections 16384; }
http {
  access_log off;
  server {
    listen 127.0.0.1:${port} ssl backlog=16384;
    ssl_certificate ${home}/chain.pem;
    ssl_certificate_key ${home}/key.pem;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ecdh_curve X25519:prime256v1:secp384r1;
    ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256;
    location / { default_type text/html; return 200 "It works\\n"; }
  }
}
`,
  );
  const [command = "", ...args] = view.argv(["taskset", "-c", "0", "nginx", "-c", `${home}/nginx.conf`], {
    binds: [fronts.directory],
  });
  const up = async () => (await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)) !== undefined;
  return { child: await startChild(command, args, { ready: up }), port };
}
