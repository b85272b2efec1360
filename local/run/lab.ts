import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";
import { systemClock } from "../../core/base/clock";
import { CertfrontError } from "../../core/base/errors";
import { type ClientFiles, writeClientFiles } from "../../lab/client/files";
import { type LabService, startLabService } from "../../lab/live/service";
import type { Bases } from "../../lab/server/places";
import { BALANCER_ADDRESSES, staticAddress } from "../aws/differences";
import { createThrowawayCa } from "../process/parts/throwaway-ca";
import type { StackConfig } from "./config";

/** The lab's two tenants. */
export const LAB_NAMES = { data: "data.lab.example", login: "login.lab.example" } as const;

/** The client capability lab behind this stack's fronts. */
export interface StackLab extends LabService {
  readonly bases: Bases;
  readonly files: ClientFiles;
  /** The configuration with the lab's tenants in it. */
  withTenants(config: StackConfig): StackConfig["values"];
}

/**
 * Starts the lab as the upstream of two tenants, and writes what clients need into `directory`: names, CAs, a client certificate, and
 * a program to start them with.
 * @param ports of the load balancer
 * @param ca PEM, what the tenants' certificates chain to
 */
export async function startStackLab(
  directory: string,
  ports: { readonly http: number; readonly https: number },
  ca: string,
): Promise<StackLab> {
  const clientCa = createThrowawayCa("certfront lab clients");
  const folder = path.join(directory, "lab");
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const address = staticAddress(0);
  const files = writeClientFiles(folder, ca, clientCa.issue(["carol"], { usage: "client" }), {
    [LAB_NAMES.data]: address,
    [LAB_NAMES.login]: address,
  });
  const service = await startLabService({ clock: systemClock, address, port: 0, pagePort: 0 });
  const bases = { data: base(LAB_NAMES.data, ports), login: base(LAB_NAMES.login, ports) };
  service.open(bases, {
    home: path.join(folder, "home"),
    wrapper: files.wrapper,
    ca: files.ca,
    certificate: files.certificate,
  });
  return {
    ...service,
    bases,
    files,
    withTenants: (config) => withTenants(config, `http://${address}:${service.port}`, clientCa.certificate),
  };
}

function base(name: string, { http, https }: { readonly http: number; readonly https: number }) {
  return {
    http: `http://${name}${http === 80 ? "" : `:${http}`}`,
    https: `https://${name}${https === 443 ? "" : `:${https}`}`,
  };
}

/** Plain HTTP is served, because half of the scenarios begin there. */
function withTenants({ project, values }: StackConfig, upstream: string, ca: string): StackConfig["values"] {
  const key = `${project}:tenants`;
  if ((values[`${project}:tenantsFile`] ?? "") !== "")
    throw new CertfrontError("--lab adds two tenants to `tenants`, and this stack has a `tenantsFile`.", {
      code: "USAGE",
      advice: "Use --stack with a configuration that lists its tenants, or has none.",
    });
  const tenants: unknown = JSON.parse(values[key] || "[]");
  const own = [
    { domain: LAB_NAMES.data, upstream, http: "serve", clientCertificates: { mode: "optional", ca } },
    { domain: LAB_NAMES.login, upstream, http: "serve" },
  ];
  return { ...values, [key]: JSON.stringify([...(Array.isArray(tenants) ? tenants : []), ...own]) };
}

/** 80 and 443 where this process may have them and nobody else does, so that cookies and redirects are those of the Internet. */
export async function usualPorts(): Promise<{ readonly httpPort: number; readonly httpsPort: number } | undefined> {
  const wanted = BALANCER_ADDRESSES.flatMap((address) => [80, 443].map((port) => isFree(address, port)));
  return (await Promise.all(wanted)).every(Boolean) ? { httpPort: 80, httpsPort: 443 } : undefined;
}

function isFree(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once("error", () => resolve(false));
    server.listen(port, address, () => server.close(() => resolve(true)));
  });
}
