import type { CaaRecord } from "../../../core/preflight/ports";
import { findProgram } from "../debian/ensure-packages";
import { accepts, startChild } from "./child";
import { freePorts } from "./free-port";

export interface DnsOptions {
  /** A record of every name that has none of its own; default 127.0.0.1, empty: none. */
  readonly defaultIpv4?: string;
  readonly logFile?: string;
  /** Told when it ends by itself. */
  readonly onEnd?: (how: string) => void;
}

/** A DNS server on this machine that answers as told (pebble-challtestsrv), over UDP and TCP. */
export interface LocalDns {
  /** `127.0.0.1:<port>`. */
  readonly server: string;
  /** `http://127.0.0.1:<port>`: pebble-challtestsrv's management interface. */
  readonly management: string;
  setA(name: string, addresses: readonly string[]): Promise<void>;
  setAaaa(name: string, addresses: readonly string[]): Promise<void>;
  setCname(name: string, target: string): Promise<void>;
  setCaa(name: string, records: readonly Pick<CaaRecord, "tag" | "value">[]): Promise<void>;
  setTxt(name: string, value: string): Promise<void>;
  /** Every question about the name is answered SERVFAIL. */
  setServfail(name: string): Promise<void>;
  clearServfail(name: string): Promise<void>;
  /** Forgets the name's own A, AAAA, CNAME and CAA records. */
  clear(name: string): Promise<void>;
  /** Changes the A record of all names without one of their own. */
  setDefaultIpv4(address: string): Promise<void>;
  stop(): Promise<void>;
}

/** @throws Error that says which package to install, or what the server said when it did not start */
export async function startDns(options: DnsOptions = {}): Promise<LocalDns> {
  const program = findProgram("pebble-challtestsrv");
  if (program === undefined) {
    throw new Error("pebble-challtestsrv is not installed. On Debian: sudo apt-get install pebble");
  }
  const [port = 0, managementPort = 0] = await freePorts(2);
  const flags = {
    defaultIPv4: options.defaultIpv4 ?? "127.0.0.1",
    // Its default is ::1, and a CA tries IPv6 first.
    defaultIPv6: "",
    dns01: `127.0.0.1:${port}`,
    http01: "",
    https01: "",
    tlsalpn01: "",
    management: `127.0.0.1:${managementPort}`,
  };
  const child = await startChild(
    program,
    Object.entries(flags).flatMap(([name, value]) => [`-${name}`, value]),
    {
      onEnd: options.onEnd,
      ready: async () => (await accepts("127.0.0.1", port)) && (await accepts("127.0.0.1", managementPort)),
      ...(options.logFile === undefined ? {} : { logFile: options.logFile }),
    },
  );
  const tell = async (action: string, body: object) => {
    const response = await fetch(`http://127.0.0.1:${managementPort}/${action}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`pebble-challtestsrv ${action}: ${response.status} ${await response.text()}`);
  };
  const clear = (kind: string, host: string) => tell(`clear-${kind}`, { host });
  return {
    server: `127.0.0.1:${port}`,
    management: `http://127.0.0.1:${managementPort}`,
    async setA(host, addresses) {
      await clear("a", host);
      await tell("add-a", { host, addresses });
    },
    async setAaaa(host, addresses) {
      await clear("aaaa", host);
      await tell("add-aaaa", { host, addresses });
    },
    setCname: (host, target) => tell("set-cname", { host, target }),
    async setCaa(host, records) {
      await clear("caa", host);
      await tell("add-caa", { host, policies: records.map(({ tag, value }) => ({ tag, value })) });
    },
    // Of all kinds, this one alone is kept by the name with its last dot.
    setTxt: (host, value) => tell("set-txt", { host: `${host}.`, value }),
    setServfail: (host) => tell("set-servfail", { host }),
    clearServfail: (host) => clear("servfail", host),
    async clear(host) {
      for (const kind of ["a", "aaaa", "cname", "caa"]) await clear(kind, host);
    },
    setDefaultIpv4: (ip) => tell("set-default-ipv4", { ip }),
    stop: () => child.stop(),
  };
}
