import { readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import type { TrixieView } from "../../testing/debian/trixie-root";
import type { FrontHarness, TestFront } from "../../testing/front-harness";
import { startNginx } from "./nginx";
import { percentile } from "./percentile";
import { cpuSeconds } from "./server-cpu";

export interface HandshakeCost {
  readonly server: "HAProxy" | typeof BEFORE | "nginx, one static certificate" | "nginx, a file for each name";
  readonly version: string;
  readonly certificates: number;
  /** ms of the server's CPU for a full TLS 1.3 handshake and one request, the median of the rounds. */
  readonly cpuMs: number;
  readonly rounds: readonly number[];
}

/** With the rules that fronts had before they were hardened. */
const BEFORE = "HAProxy, rules of before";

/** Connections of a round, each with a handshake and a request of its own, so many at a time. */
const CONNECTIONS = 400;
const AT_ONCE = 16;

interface Server {
  readonly name: HandshakeCost["server"];
  readonly pid: number;
  readonly port: number;
  readonly certificates: number;
  readonly rounds: number[];
}

/**
 * CPU of one full handshake (P-256 certificate, X25519, AES-128-GCM, two tickets) and one request: the front as it is, with all its
 * rules and certificates, beside the same with before.cfg, and nginx with nothing else to do. The client offers X25519 alone, so
 * that all do the same arithmetic. One thread each on the same core, in turn; what is counted is the
 * server's own CPU, by /proc.
 * @param fronts two: the first one's HAProxy was started on core 0 alone, the second one's was ended; no agent is running
 * @param rounds many and short ones, in turn: a machine's speed changes from second to second
 */
export async function handshakeCost(
  view: TrixieView,
  fronts: FrontHarness,
  host: string,
  certificates: number,
  rounds: number,
): Promise<HandshakeCost[]> {
  const [front, second] = fronts.fronts;
  if (front?.haproxy === undefined || second === undefined) throw new Error("no HAProxy to measure");
  const before = await startAsBefore(second);
  const nginx = await startNginx(view, fronts, host);
  try {
    const server = (name: Server["name"], pid: number, port: number, count: number): Server => {
      return { name, pid, port, certificates: count, rounds: [] };
    };
    const servers = [
      server("HAProxy", front.haproxy.pid, front.settings.httpsPort, certificates),
      server(BEFORE, before.pid, second.settings.httpsPort, certificates),
      server("nginx, one static certificate", nginx.workerPid, nginx.staticPort, 1),
      server("nginx, a file for each name", nginx.workerPid, nginx.byNamePort, 1),
    ];
    for (let round = 0; round <= rounds; round++) {
      for (const one of servers) {
        const cost = await oneRound(view, fronts, one, host);
        if (round > 0) one.rounds.push(cost); // the first one warms up
      }
    }
    const version = async (command: string) => /[\d.]{4,}/.exec((await view.run(command)).stdout)?.[0] ?? "unknown";
    const haproxyVersion = await version("haproxy -v");
    const nginxVersion = await version("nginx -v 2>&1");
    return servers.map(({ name, certificates: loaded, rounds: costs }) => ({
      server: name,
      version: name.startsWith("HAProxy") ? haproxyVersion : nginxVersion,
      certificates: loaded,
      cpuMs: percentile(costs, 0.5),
      rounds: costs,
    }));
  } finally {
    await nginx.child.stop();
  }
}

/** A front's HAProxy on its files, with the configuration of before. */
async function startAsBefore(front: TestFront): Promise<{ pid: number }> {
  const { settings } = front;
  const text = readFileSync(path.join(__dirname, "before.cfg"), "utf8");
  writeFileSync(
    settings.haproxyConfig,
    text.replace(/@(directory|socket|httpsPort|healthPort)@/g, (_, key: "socket") => String(settings[key])),
  );
  await front.startHaproxy();
  if (front.haproxy === undefined) throw new Error("no HAProxy to measure");
  return front.haproxy;
}

const X25519_ALONE = String.raw`openssl_conf = init\n[init]\nssl_conf = ssl\n[ssl]\nsystem_default = all\n[all]\nGroups = X25519\n`;

async function oneRound(view: TrixieView, fronts: FrontHarness, server: Server, host: string): Promise<number> {
  const before = cpuSeconds(server.pid);
  const { stdout, stderr } = await view.run(
    // ab opens a connection for each request, keeps no sessions, and takes the address from the hosts file.
    `echo "127.0.0.1 ${host}" > /etc/hosts; printf '${X25519_ALONE}' > /tmp/x25519.cnf; OPENSSL_CONF=/tmp/x25519.cnf taskset -c 1 ab -q -f TLS1.3 -n ${CONNECTIONS} -c ${AT_ONCE} https://${host}:${server.port}/`,
    { binds: [fronts.directory] },
  );
  const used = cpuSeconds(server.pid) - before;
  const complete = Number(/Complete requests:\s+(\d+)/.exec(stdout)?.[1] ?? 0);
  if (complete !== CONNECTIONS || !/TLSv1\.3,TLS_AES_128_GCM_SHA256/.test(stdout) || /Non-2xx/.test(stdout)) {
    throw new Error(`${complete} of ${CONNECTIONS} requests to ${server.name} succeeded:\n${stdout}\n${stderr}`);
  }
  return (1_000 * used) / CONNECTIONS;
}
