import { readFile } from "node:fs/promises";
import * as https from "node:https";
import { TLSSocket } from "node:tls";
import { CertfrontError } from "../core/base/errors";
import { utcMinute } from "../core/status/words";
import { openStore } from "./clients";
import { type Command, EXIT, type Invocation } from "./command";
import { findTenant } from "./find-tenant";
import { everyTenant } from "./status-list";
import { factLines } from "./table";
import type { Target } from "./target";
import { plain } from "./terminal";

const TIMEOUT = 10_000;

export const tryCommand: Command = {
  name: "try",
  argument: "[domain]",
  summary: "fetch a tenant's site through the load balancer, and check its certificate",
  description:
    "Connects to the load balancer whatever DNS says, asks for the tenant's first page, and checks the certificate as a " +
    "browser would; on this machine against the local CA. Without a domain it takes the first tenant that has a certificate. " +
    "Prints the same as a curl command.",
  options: {},
  examples: ["npx certfront try", "npx certfront try www.lyon.example"],
  run: fetchSite,
};

interface Door {
  readonly host: string;
  readonly port: number;
  /** A PEM file, where no public CA is behind it. */
  readonly root?: string;
}

async function fetchSite(invocation: Invocation) {
  const { target, terminal } = invocation;
  const door = doorOf(target);
  const name = invocation.domain ?? (await firstServed(target));
  const { alias, record } = await findTenant(openStore(target), name);
  const domain = alias ?? record.tenant.domain;
  const page = await get(door, domain);
  const port = door.port === 443 ? "" : `:${door.port}`;
  terminal.out(`https://${domain}${port}/ through ${door.host}: ${page.status} ${plain(page.reason)}`);
  const facts = [
    ["certificate", `from ${plain(page.issuer)}, ends ${utcMinute(page.notAfter)}, checked`],
    ["connection", page.protocol],
    [
      "with curl",
      `curl --resolve ${domain}:${door.port}:${door.host}${door.root ? ` --cacert ${door.root}` : ""} https://${domain}${port}/`,
    ],
  ] as const;
  for (const line of factLines(facts)) terminal.out(line);
  return EXIT.ok;
}

function doorOf({ local, outputs }: Target): Door {
  if (local) {
    const [host = "", port = ""] = local.loadBalancer.https.split(":");
    return { host, port: Number(port), ...(local.acme && { root: local.acme.root }) };
  }
  const host = outputs?.addresses[0];
  if (host === undefined)
    throw new CertfrontError("try needs the stack's addresses, which --table and --issuer do not tell.", {
      code: "USAGE",
      advice: "Name the Pulumi stack instead: --stack NAME.",
    });
  return { host, port: 443 };
}

async function firstServed(target: Target): Promise<string> {
  for await (const tenant of everyTenant(openStore(target)))
    if (tenant.certificate && tenant.state !== "removed") return tenant.domain;
  throw new CertfrontError("No tenant has a certificate yet.", {
    code: "NO_TENANT",
    advice: "`npx certfront status` says how far they are.",
  });
}

interface Page {
  readonly status: number;
  readonly reason: string;
  readonly issuer: string;
  readonly notAfter: number;
  readonly protocol: string;
}

async function get({ host, port, root }: Door, domain: string): Promise<Page> {
  const ca = root === undefined ? undefined : await readFile(root, "utf8");
  return new Promise((resolve, reject) => {
    const request = https.get(
      {
        host,
        port,
        servername: domain,
        headers: { host: domain },
        path: "/",
        timeout: TIMEOUT,
        agent: false,
        ...(ca && { ca }),
      },
      (response) => {
        const { socket } = response;
        if (!(socket instanceof TLSSocket)) return;
        const certificate = socket.getPeerCertificate();
        resolve({
          status: response.statusCode ?? 0,
          reason: response.statusMessage ?? "",
          issuer: [certificate.issuer.O ?? certificate.issuer.CN].flat().join(", "),
          notAfter: Date.parse(certificate.valid_to),
          protocol: socket.getProtocol() ?? "",
        });
        response.destroy();
      },
    );
    request.on("timeout", () => request.destroy(new Error("no answer within 10 s")));
    request.on("error", (cause) =>
      reject(
        new CertfrontError(`https://${domain}/ through ${host}:${port} failed: ${cause.message}.`, {
          code: "NOT_SERVED",
          tenant: domain,
          advice: `\`npx certfront explain ${domain}\` says why.`,
          cause,
        }),
      ),
    );
  });
}
