import { CertfrontError } from "../../core/base/errors";
import { HaproxySocket } from "./haproxy-socket";

/** HAProxy said no. `answer` is what it said. */
export class HaproxyRefusedError extends CertfrontError {
  override name = "HaproxyRefusedError";
  constructor(
    command: string,
    readonly answer: string,
  ) {
    super(`HAProxy refused "${command}": ${answer.split("\n").slice(-2).join(" ")}`, { code: "HAPROXY_REFUSED" });
  }
}

export interface HaproxyInfo {
  readonly version: string;
  /** Tells one process from the next. */
  readonly process: string;
  /** ms since 1970; undefined where HAProxy does not say. */
  readonly startedAt: number | undefined;
}

/** Everything that reaches a command line. Names come from tenants, so nothing else may pass. */
const SAFE = /^[A-Za-z0-9._~/:@=,|*#+-]+$/;

function safe(word: string): string {
  if (!SAFE.test(word)) throw new RangeError(`not fit for a run-time command: ${JSON.stringify(word)}`);
  return word;
}

/** HAProxy's run-time API, as far as a front needs it. Every method throws HaproxyUnreachableError or HaproxyRefusedError. */
export class Haproxy {
  private readonly socket: HaproxySocket;

  constructor(socketPath: string) {
    this.socket = new HaproxySocket(socketPath);
  }

  close(): void {
    this.socket.close();
  }

  async info(): Promise<HaproxyInfo> {
    const answer = await this.socket.send("show info");
    const field = (name: string): string => new RegExp(`^${name}: (.*)$`, "m").exec(answer)?.[1] ?? "";
    const started = Number(field("Start_time_sec"));
    return {
      version: field("Version"),
      startedAt: started > 0 ? started * 1_000 : undefined,
      process: `${field("Pid")}@${field("Start_time_sec") || this.socket.connections}`,
    };
  }

  /** Drops transactions that an agent left open when it was killed: while one is open, no other file can be changed. */
  async abortLeftOpen(): Promise<void> {
    for (const kind of ["cert", "ca-file", "crl-file"]) {
      const answer = await this.socket.send(`show ssl ${kind}`);
      for (const [, file = ""] of answer.matchAll(/^\*(\S+)/gm))
        await this.socket.send(`abort ssl ${kind} ${safe(file)}`);
    }
  }

  /** Makes the store entry when there is none, then swaps atomically. Handshakes under way keep the old certificate. */
  async putCertificate(file: string, pem: string, exists: boolean): Promise<void> {
    // Refused where there is one already; whether there is one now, the transaction tells.
    const made = exists ? [] : [this.socket.send(`new ssl cert ${safe(file)}`)];
    await Promise.all([...made, this.transaction("cert", file, pem)]);
  }

  async removeCertificate(file: string): Promise<void> {
    await this.run(`del ssl cert ${safe(file)}`);
  }

  async putClientFile(kind: "ca-file" | "crl-file", file: string, pem: string): Promise<void> {
    const made = this.socket.send(`new ssl ${kind} ${safe(file)}`);
    await Promise.all([made, this.transaction(kind, file, pem)]);
  }

  /** @param line as in a crt-list file: file, options in brackets, names */
  async addCrtListLine(list: string, line: string): Promise<void> {
    const answer = await this.socket.send(`add ssl crt-list ${safe(list)}`, line);
    if (!succeeded(answer)) throw new HaproxyRefusedError(`add ssl crt-list ${list}`, answer);
  }

  async removeCrtListFile(list: string, file: string): Promise<void> {
    await this.run(`del ssl crt-list ${safe(list)} ${safe(file)}`);
  }

  /** Files of the certificates a crt-list holds. */
  async crtListFiles(list: string): Promise<Set<string>> {
    const answer = await this.socket.send(`show ssl crt-list ${safe(list)}`);
    return new Set(
      answer
        .split("\n")
        .filter((line) => line.startsWith("/"))
        .map((line) => line.split(" ")[0] ?? ""),
    );
  }

  /** Files known to the certificate store, used or not. */
  async certificateFiles(): Promise<Set<string>> {
    const answer = await this.socket.send("show ssl cert");
    return new Set(answer.split("\n").filter((line) => line.startsWith("/")));
  }

  /** Client CAs and their revocation lists. */
  async clientFiles(): Promise<Set<string>> {
    const answers = await Promise.all(["ca-file", "crl-file"].map((kind) => this.socket.send(`show ssl ${kind}`)));
    return new Set(
      answers
        .join("\n")
        .split("\n")
        .flatMap((line) => /^(\/\S+)/.exec(line)?.[1] ?? []),
    );
  }

  /** SHA-1 of the leaf that is committed under this name, lower-case hex. */
  async fingerprint(file: string): Promise<string | undefined> {
    const answer = await this.socket.send(`show ssl cert ${safe(file)}`);
    return /^SHA1 FingerPrint: ([0-9A-F]+)$/m.exec(answer)?.[1]?.toLowerCase();
  }

  async map(file: string): Promise<Map<string, string>> {
    const answer = await this.run(`show map ${safe(file)}`);
    const entries = answer.split("\n").flatMap((line): [string, string][] => {
      const [, key, value] = /^0x[0-9a-f]+ (\S+) (.*)$/.exec(line) ?? [];
      return key === undefined || value === undefined ? [] : [[key, value]];
    });
    return new Map(entries);
  }

  /** @param exists false saves HAProxy the search for what is not there */
  async setMap(file: string, key: string, value: string, exists = true): Promise<void> {
    const entry = `${safe(file)} ${safe(key)} ${safe(value)}`;
    // Refused where there is no such entry.
    if (exists && !isRefusal(await this.socket.send(`set map ${entry}`))) return;
    await this.run(`add map ${entry}`);
  }

  async deleteMap(file: string, key: string): Promise<void> {
    const answer = await this.socket.send(`del map ${safe(file)} ${safe(key)}`);
    if (!isRefusal(answer)) return;
    // Also refused where there is no such entry, which is as well.
    if ((await this.map(file)).has(key)) throw new HaproxyRefusedError(`del map ${file} ${key}`, answer);
  }

  /**
   * Keys of what a table counts; what is neither letter, digit nor one of `|:._-` is escaped in them.
   * @param filter such as `data.gpt0 le 5`
   */
  async tableKeys(table: string, filter = ""): Promise<string[]> {
    const words = ["show table", table, ...filter.split(" ").filter((word) => word !== "")];
    const answer = await this.run(words.map((word, index) => (index === 0 ? word : safe(word))).join(" "));
    return [...answer.matchAll(/^0x[0-9a-f]+: key=(\S+) /gm)].map(([, key = ""]) => key);
  }

  /** What is under way at a frontend: the client's `address:port` → names that `shutdownSession` takes. */
  async sessions(frontend: string): Promise<Map<string, string[]>> {
    const found = new Map<string, string[]>();
    for (const line of (await this.run("show sess")).split("\n")) {
      const [, id = "", source = "", at] = /^(0x[0-9a-f]+): proto=\S+ src=(\S+) fe=(\S+) /.exec(line) ?? [];
      if (at === frontend) found.set(source, [...(found.get(source) ?? []), id]);
    }
    return found;
  }

  /** Ends it at once, on both sides. One that is over by itself is as well. */
  async shutdownSession(id: string): Promise<void> {
    await this.socket.send(`shutdown session ${safe(id)}`);
  }

  /** Pushes a key in front of the ring; encryption uses the last but one. */
  async pushTicketKey(file: string, base64: string): Promise<void> {
    await this.run(`set ssl tls-key ${safe(file)} ${safe(base64)}`);
  }

  /** Names of a backend's servers. */
  async servers(backend: string): Promise<Map<string, { address: string }>> {
    const answer = await this.socket.send(`show servers state ${safe(backend)}`);
    const rows = answer.split("\n").flatMap((line): [string, { address: string }][] => {
      const columns = line.split(" ");
      const [, , , name, address] = columns;
      return columns.length < 10 || line.startsWith("#") || !name || !address ? [] : [[name, { address }]];
    });
    return new Map(rows);
  }

  async addServer(backend: string, name: string, args: string): Promise<void> {
    const at = `${safe(backend)}/${safe(name)}`;
    if (/[;\r\n<]/.test(args)) throw new RangeError("not fit for a run-time command");
    await this.run(`add server ${at} ${args}`);
    await this.run(`enable health ${at}`);
    await this.run(`enable server ${at}`);
  }

  async setServerAddress(backend: string, name: string, address: string): Promise<void> {
    await this.run(`set server ${safe(backend)}/${safe(name)} addr ${safe(address)}`);
  }

  /** False while connections to it last; ask again later. New requests no longer reach it in any case. */
  async removeServer(backend: string, name: string): Promise<boolean> {
    const at = `${safe(backend)}/${safe(name)}`;
    await this.run(`disable server ${at}`);
    if (!isRefusal(await this.socket.send(`del server ${at}`))) return true;
    return !(await this.servers(backend)).has(name);
  }

  /**
   * HAProxy holds one transaction at a time, whatever the file. The commands go out back to back on the one connection, so nothing
   * comes in between; the last one ends what could not be committed before the next certificate's begin, and is refused otherwise.
   */
  private async transaction(kind: "cert" | "ca-file" | "crl-file", file: string, pem: string): Promise<void> {
    const answers = [
      this.socket.send(`set ssl ${kind} ${safe(file)}`, pem),
      this.socket.send(`commit ssl ${kind} ${safe(file)}`),
      this.socket.send(`abort ssl ${kind} ${safe(file)}`),
    ];
    const [set = "", committed = ""] = await Promise.all(answers);
    if (isRefusal(set) || !succeeded(committed)) {
      throw new HaproxyRefusedError(`set ssl ${kind} ${file}`, isRefusal(set) ? set : committed);
    }
  }

  /** The answer. The error names a command without its values, one of which may be a secret. */
  private async run(command: string): Promise<string> {
    const answer = await this.socket.send(command);
    if (isRefusal(answer)) throw new HaproxyRefusedError(command.split(" ").slice(0, 4).join(" "), answer);
    return answer;
  }
}

/**
 * Answers begin with their severity as syslog counts it (`set severity-output number`): 3 and below is an error. What HAProxy says
 * beside the number is for people, and differs between versions.
 */
function isRefusal(answer: string): boolean {
  return /^\[[0-3]\]:/.test(answer);
}

/** What HAProxy answers in steps (`commit ssl`, `add ssl crt-list`) ends with a word instead, on success only. */
function succeeded(answer: string): boolean {
  return !isRefusal(answer) && answer.endsWith("Success!");
}
