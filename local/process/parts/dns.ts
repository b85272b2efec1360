import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type DnsRecords, dnsAnswer, dnsRecords } from "./dns-answer";
import { listenForDns } from "./dns-sockets";

export interface DnsOptions {
  /** A record of every name that has none of its own; default 127.0.0.1, empty: none. */
  readonly defaultIpv4?: string;
}

/** A DNS server on this machine that answers as told, over UDP and TCP. Every name exists unless it is told otherwise. */
export interface LocalDns {
  /** `127.0.0.1:<port>`. */
  readonly server: string;
  /** `http://127.0.0.1:<port>`: PUT /NAME with records as JSON sets all that a name has, DELETE /NAME forgets it. */
  readonly management: string;
  /** Changes some of what a name has. */
  set(name: string, records: DnsRecords): void;
  /** Forgets all that the name has of its own. */
  clear(name: string): void;
  /** Changes the A record of all names without one of their own. */
  setDefaultIpv4(address: string): void;
  stop(): Promise<void>;
}

export async function startDns({ defaultIpv4 = "127.0.0.1" }: DnsOptions = {}): Promise<LocalDns> {
  const names = new Map<string, DnsRecords>();
  let usual: DnsRecords = {};
  const setDefaultIpv4 = (address: string) => {
    usual = { a: address === "" ? [] : [address] };
  };
  setDefaultIpv4(defaultIpv4);
  const recordsOf = (name: string) => ({ ...usual, ...names.get(name) });

  const sockets = await listenForDns(
    (query, send) => {
      const answer = dnsAnswer(query, recordsOf, "udp");
      if (answer) send(answer);
    },
    (query) => dnsAnswer(query, recordsOf, "tcp"),
  );
  const management = http.createServer((request, response) => {
    void manage(request, names).then((status) => response.writeHead(status).end());
  });
  await new Promise<void>((resolve) => management.listen(0, "127.0.0.1", resolve));

  return {
    server: sockets.address,
    management: `http://127.0.0.1:${(management.address() as AddressInfo).port}`,
    set: (name, records) => void names.set(name, { ...names.get(name), ...records }),
    clear: (name) => void names.delete(name),
    setDefaultIpv4,
    async stop() {
      management.closeAllConnections();
      await Promise.all([sockets.stop(), new Promise((resolve) => management.close(resolve))]);
    },
  };
}

/** @returns the answer's status */
async function manage(request: http.IncomingMessage, names: Map<string, DnsRecords>): Promise<number> {
  const name = (request.url ?? "/").slice(1).toLowerCase();
  if (request.method === "DELETE") {
    names.delete(name);
    return 204;
  }
  if (request.method !== "PUT") return 405;
  try {
    names.set(name, dnsRecords.parse(JSON.parse(await text(request))));
    return 204;
  } catch {
    return 400;
  }
}
