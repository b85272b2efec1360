import * as fs from "node:fs";
import * as path from "node:path";
import { quoted } from "./client";

/** Files that clients are told of. */
export interface ClientFiles {
  /** PEM. */
  readonly ca: string;
  readonly certificate: { readonly file: string; readonly key: string };
  /** Takes the place of /etc/hosts. */
  readonly hosts: string;
  /** The machine's own CAs and the lab's, PEM. */
  readonly systemCas: string;
  /** Runs a program that knows the lab's names. */
  readonly wrapper: string;
}

const SYSTEM_CAS = "/etc/ssl/certs/ca-certificates.crt";

/** Writes them into a folder that is there. @param hosts name to address */
export function writeClientFiles(
  folder: string,
  ca: string,
  client: { readonly certificate: string; readonly key: string },
  hosts: Readonly<Record<string, string>>,
): ClientFiles {
  const write = (name: string, text: string, mode = 0o600) => {
    const file = path.resolve(folder, name);
    fs.writeFileSync(file, text, { mode });
    return file;
  };
  const lines = Object.entries({ localhost: "127.0.0.1", ...hosts }).map(([name, address]) => `${address} ${name}\n`);
  const system = fs.existsSync(SYSTEM_CAS) ? fs.readFileSync(SYSTEM_CAS, "utf8") : "";
  const hostsFile = write("hosts", lines.join(""));
  const systemCas = write("system-cas.pem", `${system}\n${ca}`);
  return {
    ca: write("ca.pem", ca),
    certificate: { file: write("client.pem", client.certificate), key: write("client.key", client.key) },
    hosts: hostsFile,
    systemCas,
    wrapper: write("as-client", wrapper(hostsFile, systemCas), 0o700),
  };
}

/** In a mount namespace of its own, so that no file of this machine changes. */
function wrapper(hosts: string, systemCas: string): string {
  return `#!/bin/sh
# as-client PROGRAM ARGUMENTS…: runs it with the lab's names; with SYSTEM_CAS=lab its CA is among the machine's own too.
[ "$(id -u)" = 0 ] && own=-m || own=-rm
exec unshare $own sh -c '
  mount --bind ${quoted(hosts).replaceAll("'", `'\\''`)} /etc/hosts &&
  { [ -z "$SYSTEM_CAS" ] || mount --bind ${quoted(systemCas).replaceAll("'", `'\\''`)} ${SYSTEM_CAS}; } &&
  exec "$@"' sh "$@"
`;
}
