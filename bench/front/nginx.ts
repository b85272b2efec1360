import { mkdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { type Child, startChild } from "../../local/process/parts/child";
import { freePorts } from "../../local/process/parts/free-port";
import type { TrixieView } from "../../testing/debian/trixie-root";
import type { FrontHarness } from "../../testing/front-harness";
import { childrenOf } from "./server-cpu";

export interface Nginx {
  readonly child: Child;
  /** The one that makes the handshakes. */
  readonly workerPid: number;
  /** nginx with one certificate, given in its configuration. */
  readonly staticPort: number;
  /** nginx with a file for each name, read in each handshake: its way to any number of certificates without a reload. */
  readonly byNamePort: number;
}

/** One worker on core 0, with a certificate for `host`, suites and curves as a front's, and nothing else to do. */
export async function startNginx(view: TrixieView, fronts: FrontHarness, host: string): Promise<Nginx> {
  const home = path.join(fronts.directory, "nginx");
  mkdirSync(home, { recursive: true });
  const { chain, key } = fronts.ca.issue([host]);
  writeFileSync(path.join(home, `${host}.chain.pem`), chain);
  writeFileSync(path.join(home, `${host}.key.pem`), key);
  const [staticPort = 0, byNamePort = 0] = await freePorts(2);
  writeFileSync(path.join(home, "nginx.conf"), configuration(home, host, staticPort, byNamePort));
  const [command = "", ...args] = view.argv(["taskset", "-c", "0", "nginx", "-c", `${home}/nginx.conf`], {
    binds: [fronts.directory],
  });
  const up = async () => (await fetch(`http://127.0.0.1:${staticPort}/`).catch(() => undefined)) !== undefined;
  const child = await startChild(command, args, { ready: up });
  const [worker] = childrenOf(child.pid);
  return { child, workerPid: worker ?? child.pid, staticPort, byNamePort };
}

const configuration = (home: string, host: string, staticPort: number, byNamePort: number): string => `daemon off;
master_process on;
user root;
worker_processes 1;
pid ${home}/pid;
error_log stderr error;
events { worker_connections 16384; }
http {
  access_log off;
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_prefer_server_ciphers on;
  ssl_ecdh_curve X25519:prime256v1:secp384r1;
  ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256;
  server {
    listen 127.0.0.1:${staticPort} ssl backlog=16384;
    ssl_certificate ${home}/${host}.chain.pem;
    ssl_certificate_key ${home}/${host}.key.pem;
    location / { default_type text/html; return 200 "It works\\n"; }
  }
  server {
    listen 127.0.0.1:${byNamePort} ssl backlog=16384;
    ssl_certificate ${home}/$ssl_server_name.chain.pem;
    ssl_certificate_key ${home}/$ssl_server_name.key.pem;
    location / { default_type text/html; return 200 "It works\\n"; }
  }
}
`;
