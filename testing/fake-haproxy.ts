import { X509Certificate } from "node:crypto";

interface Server {
  address: string;
  readonly args: string;
  inMaintenance: boolean;
  /** A connection to it lasts. */
  busy: boolean;
}

type Kind = "cert" | "ca-file" | "crl-file";
type Command = (words: readonly string[], payload: string) => string;

/** What a PEM file of a kind holds at least. */
const LABELS: Readonly<Record<Kind, string>> = {
  cert: "CERTIFICATE",
  "ca-file": "CERTIFICATE",
  "crl-file": "X509 CRL",
};
const NO_MAP = "[3]: Unknown map identifier. Please use #<id> or <file>.";
const NO_SERVER = "[3]: No such server.";

/**
 * What HAProxy 2.6 holds and answers on its run-time API, as far as the agent asks; haproxy-answers.test.ts holds it to the real one's
 * answers. fake-haproxy-process.ts gives it a socket.
 */
export class FakeHaproxy {
  /** Of every kind, by file; "" is one that was made and not filled. */
  readonly files: Readonly<Record<Kind, Map<string, string>>> = {
    cert: new Map(),
    "ca-file": new Map(),
    "crl-file": new Map(),
  };
  /** Crt-list → certificate's file → its line. */
  readonly crtLists = new Map<string, Map<string, string>>();
  readonly maps = new Map<string, Map<string, string>>();
  readonly backends = new Map<string, Map<string, Server>>();
  /** By file, oldest first. */
  readonly ticketKeys = new Map<string, string[]>();
  readonly tables = new Map<string, string[]>();
  /** Name → where its client comes from, and the frontend. */
  readonly sessions = new Map<string, { readonly source: string; readonly frontend: string }>();
  readonly open = new Map<Kind, { readonly file: string; readonly pem: string }>();
  pid = 1;
  /** Seconds since 1970. */
  startedAt = 1_700_000_000;
  /** All that was asked but `show …`, without payloads. */
  readonly commands: string[] = [];
  /** An answer in place of its own; undefined: its own. */
  instead: (command: string) => string | undefined = () => undefined;

  answer(command: string, payload = ""): string {
    const words = command.split(" ");
    if (words[0] !== "show") this.commands.push(command);
    const instead = this.instead(command);
    if (instead !== undefined) return instead;
    for (let length = 3; length > 0; length--) {
      const known = this.known[words.slice(0, length).join(" ")];
      if (known) return known(words.slice(length), payload);
    }
    return "[6]: Unknown command.";
  }

  /** Line that answers for a name; the default certificate's never does. */
  lineOf(name: string): { readonly file: string; readonly line: string } | undefined {
    for (const list of this.crtLists.values()) {
      for (const [file, line] of list) if (line.split(" ").slice(1).includes(name)) return { file, line };
    }
    return undefined;
  }

  private readonly known: Readonly<Record<string, Command>> = {
    "show info": () =>
      `Name: HAProxy\nVersion: 2.6.12\nPid: ${this.pid}\nUptime: 0d\nStart_time_sec: ${this.startedAt}\nMaxconn: 9`,
    ...this.storeOf("cert"),
    ...this.storeOf("ca-file"),
    ...this.storeOf("crl-file"),
    "show ssl cert": ([file]) => (file === undefined ? this.listOf("cert", "") : this.shown(file)),
    "show ssl ca-file": () => `${this.listOf("ca-file", " - 1 certificate(s)")}\n@system-ca - 145 certificate(s)`,
    "del ssl cert": ([file = ""]) => this.deleteCertificate(file),
    "add ssl crt-list": ([list = ""], payload) => this.addLine(list, payload.trim()),
    "del ssl crt-list": ([list = "", file = ""]) =>
      this.crtLists.get(list)?.delete(file)
        ? `[5]: Entry '${file}' deleted in crtlist '${list}'!`
        : `[3]: Can't delete the entry: certificate '${file}' does not exist!`,
    "show ssl crt-list": ([list = ""]) => {
      const lines = this.crtLists.get(list);
      return lines ? [`# ${list}`, ...lines.values()].join("\n") : "[3]: didn't find the specified filename";
    },
    "set ssl tls-key": ([file = "", key = ""]) => this.pushKey(file, key),
    "show map": ([file = ""]) => {
      const entries = this.maps.get(file);
      return entries ? [...entries].map(([key, value]) => `0x5631e29761a0 ${key} ${value}`).join("\n") : NO_MAP;
    },
    "add map": ([file = "", key = "", value = ""]) => (this.maps.get(file)?.set(key, value) ? "" : NO_MAP),
    "set map": ([file = "", key = "", value = ""]) => {
      const entries = this.maps.get(file);
      if (!entries?.has(key)) return entries ? "[3]: entry not found." : NO_MAP;
      entries.set(key, value);
      return "";
    },
    "del map": ([file = "", key = ""]) => {
      const entries = this.maps.get(file);
      if (!entries) return NO_MAP;
      return entries.delete(key) ? "" : "[3]: Key not found.";
    },
    "show servers state": ([backend = ""]) => {
      const rows = [...(this.backends.get(backend) ?? [])].map(
        ([name, { address }], at) =>
          `4 ${backend} ${at + 1} ${name} ${address} 2 0 0 0 0 1 0 2 6 0 0 0 - 2 - 0 0 - - 0`,
      );
      return this.backends.has(backend)
        ? ["1", "# be_id be_name srv_id srv_name srv_addr srv_op_state …", ...rows].join("\n")
        : "[3]: Can't find backend.";
    },
    "add server": ([at = "", address = "", ...args]) => this.addServer(at, address, args.join(" ")),
    "del server": ([at = ""]) => this.deleteServer(at),
    "enable health": ([at = ""]) => (this.server(at) ? "" : NO_SERVER),
    "enable server": ([at = ""]) => this.maintain(at, false),
    "disable server": ([at = ""]) => this.maintain(at, true),
    "set server": ([at = "", , address = ""]) => {
      const server = this.server(at);
      if (!server) return NO_SERVER;
      const before = server.address;
      server.address = address;
      return `[4]: IP changed from '${before}' to '${address}' by 'stats socket command'`;
    },
    "show table": ([table = "", , , most = "Infinity"]) => {
      const keys = this.tables.get(table)?.filter((key) => Number(minuteIn(key)) <= Number(most));
      if (!keys) return "[3]: No such table";
      const lines = keys.map((key) => `0x7f0e18: key=${key} use=1 exp=9000 gpt0=${minuteIn(key)}`);
      return [`# table: ${table}, type: string, size:1024, used:${keys.length}`, ...lines].join("\n");
    },
    "show sess": () =>
      [...this.sessions]
        .map(([id, { source, frontend }]) => `${id}: proto=tcpv4 src=${source} fe=${frontend} be=u1 srv=s ts=00 age=1s`)
        .join("\n"),
    "shutdown session": ([id = ""]) => (this.sessions.delete(id) ? "" : "[3]: No such session (use 'show sess')."),
  };

  /** What the three kinds of files have in common: a store, and one transaction at a time. */
  private storeOf(kind: Kind): Record<string, Command> {
    const store = this.files[kind];
    return {
      [`show ssl ${kind}`]: () => this.listOf(kind, ""),
      [`new ssl ${kind}`]: ([file = ""]) => {
        if (store.has(file)) return `[3]: '${file}' already exists!`;
        store.set(file, "");
        return `[5]: New empty store '${file}'!`;
      },
      [`set ssl ${kind}`]: ([file = ""], pem) => {
        const other = this.open.get(kind)?.file ?? file;
        if (other !== file)
          return `[3]: The ongoing transaction is about '${other}' but you are trying to set '${file}'`;
        if (!store.has(file)) return `[3]: Can't replace a file which is not referenced!\nCan't update ${file}!`;
        if (!pem.includes(`-----BEGIN ${LABELS[kind]}-----`))
          return `[3]: unable to load from file '${file}'.\nCan't load!`;
        this.open.set(kind, { file, pem });
        return `[5]: Transaction created for ${file}!`;
      },
      [`commit ssl ${kind}`]: ([file = ""]) => {
        const { file: other, pem = "" } = this.open.get(kind) ?? {};
        if (other !== file) return `[3]: No ongoing transaction! !\nCan't commit ${file}!`;
        this.open.delete(kind);
        store.set(file, pem);
        return `Committing ${file}\nSuccess!`;
      },
      [`abort ssl ${kind}`]: ([file = ""]) => {
        if (this.open.get(kind)?.file !== file) return "[3]: No ongoing transaction!";
        this.open.delete(kind);
        return `[5]: Transaction aborted for '${file}'!`;
      },
    };
  }

  private listOf(kind: Kind, more: string): string {
    const open = this.open.get(kind);
    const lines = [...this.files[kind].keys()].map((file) => `${file}${more}`);
    return [...(open ? ["# transaction", `*${open.file}${more}`] : []), "# filename", ...lines].join("\n");
  }

  private shown(file: string): string {
    const pem = this.files.cert.get(file);
    if (pem === undefined) return "[3]: Can't display the certificate: Not found or the certificate is a bundle!";
    if (pem === "") return `Filename: ${file}\nStatus: Empty`;
    const sha1 = new X509Certificate(pem).fingerprint.replaceAll(":", "");
    return `Filename: ${file}\nStatus: Used\nAlgorithm: EC256\nSHA1 FingerPrint: ${sha1}\nSubject: /CN=x`;
  }

  private deleteCertificate(file: string): string {
    const inUse = [...this.crtLists.values()].some((list) => list.has(file));
    if (inUse) return `[3]: Can't remove the certificate: certificate '${file}' in use, can't be deleted!`;
    return this.files.cert.delete(file)
      ? `[5]: Certificate '${file}' deleted!`
      : `[3]: Can't remove the certificate: certificate '${file}' doesn't exist!`;
  }

  private addLine(list: string, line: string): string {
    const lines = this.crtLists.get(list);
    const [file = ""] = line.split(" ");
    const problem = (what: string) => `[3]: Can't edit the crt-list: ${what} does not exist!`;
    if (!lines) return problem(`crt-list '${list}'`);
    if (!this.files.cert.get(file)) return problem(`certificate '${file}'`);
    for (const [, kind = "", used = ""] of line.matchAll(/(ca-file|crl-file) (\S+)/g)) {
      if (!this.files[kind as Kind].get(used)) return problem(`${kind} '${used}'`);
    }
    lines.set(file, line);
    return `Inserting certificate '${file}' in crt-list '${list}'.\nSuccess!`;
  }

  private pushKey(file: string, key: string): string {
    const ring = this.ticketKeys.get(file);
    if (!ring) return "[3]: 'set ssl tls-key' unable to locate referenced filename";
    if (Buffer.from(key, "base64").length !== 80) return "[3]: 'set ssl tls-key' received a key of wrong size.";
    ring.push(key);
    ring.shift();
    return "[6]: TLS ticket key updated!";
  }

  private server(at: string): Server | undefined {
    const [backend = "", name = ""] = at.split("/");
    return this.backends.get(backend)?.get(name);
  }

  private maintain(at: string, inMaintenance: boolean): string {
    const server = this.server(at);
    if (!server) return NO_SERVER;
    server.inMaintenance = inMaintenance;
    return "";
  }

  private addServer(at: string, address: string, args: string): string {
    const [backend = "", name = ""] = at.split("/");
    const servers = this.backends.get(backend);
    if (!servers) return "[3]: No such backend.";
    if (servers.has(name)) return "[3]: Already exists a server with the same name in backend.";
    servers.set(name, { address: address.replace(/^\[|\]?:\d+$/g, ""), args, inMaintenance: true, busy: false });
    return "[6]: New server registered.";
  }

  private deleteServer(at: string): string {
    const [backend = "", name = ""] = at.split("/");
    const server = this.server(at);
    if (!server) return NO_SERVER;
    if (!server.inMaintenance) return "[3]: Only servers in maintenance mode can be deleted.";
    if (server.busy) return "[3]: Server still has connections attached to it, cannot remove it.";
    this.backends.get(backend)?.delete(name);
    return "[6]: Server deleted.";
  }
}

/** `YYMMDDhhmm` of when a guest's certificate ends (front/haproxy-guests.ts). */
const minuteIn = (key: string): string => (key.split("|")[3] ?? "").slice(0, 10);
