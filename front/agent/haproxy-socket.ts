import * as net from "node:net";
import { CertfrontError } from "../../core/base/errors";

/** HAProxy does not answer on its socket: it is stopped, starting, or the command took too long. */
export class HaproxyUnreachableError extends CertfrontError {
  override name = "HaproxyUnreachableError";

  constructor(socketPath: string, cause?: unknown) {
    super(`HAProxy does not answer on ${socketPath}.`, {
      code: "HAPROXY_UNREACHABLE",
      advice: "Look at `systemctl status haproxy`; the agent goes on by itself as soon as HAProxy answers.",
      cause,
    });
  }
}

const PROMPT = "\n> ";
/** ms. A worker that is loading many certificates answers late. */
const TIMEOUT = 60_000;

interface Pending {
  readonly resolve: (answer: string) => void;
  readonly reject: (error: Error) => void;
}

/**
 * One lasting connection to HAProxy's run-time API in interactive mode, where each answer that is a verdict begins with its severity.
 * Commands are sent without waiting for the answers of those before them, and answered in order; when the connection breaks, all
 * unanswered ones fail and the next one connects anew.
 */
export class HaproxySocket {
  private connection: net.Socket | undefined;
  private received = "";
  private unanswered: Pending[] = [];
  private timer: NodeJS.Timeout | undefined;
  private generation = 0;

  constructor(private readonly socketPath: string) {}

  /** Counts connections: a change means that HAProxy may have been restarted. */
  get connections(): number {
    return this.generation;
  }

  /**
   * Runs one command, with its payload if it takes one, and gives its answer without the prompt. Throws HaproxyUnreachableError.
   * A line break in `command` would be a second command, and an empty line ends a payload: both are refused or removed here.
   */
  send(command: string, payload?: string): Promise<string> {
    if (/[\r\n;]/.test(command)) throw new RangeError("a run-time command holds no line break or semicolon");
    const lines = payload?.split(/[\r\n]+/).filter((line) => line !== "");
    const text = lines === undefined ? `${command}\n` : `${command} <<\n${lines.join("\n")}\n\n`;
    return new Promise((resolve, reject) => this.write(this.connection ?? this.connect(), text, { resolve, reject }));
  }

  close(): void {
    this.connection?.destroy();
  }

  private connect(): net.Socket {
    const connection = net.connect(this.socketPath);
    this.connection = connection;
    this.generation++;
    this.received = "";
    connection.setEncoding("utf8");
    connection.on("data", (chunk: string) => this.read(chunk));
    connection.on("error", () => undefined); // "close" follows
    connection.on("close", () => this.closed(connection));
    for (const text of ["prompt\n", "set timeout cli 86400\n", "set severity-output number\n"]) {
      this.write(connection, text, { resolve: () => undefined, reject: () => undefined });
    }
    return connection;
  }

  private write(connection: net.Socket, text: string, pending: Pending): void {
    this.unanswered.push(pending);
    if (this.unanswered.length === 1) this.watch();
    connection.write(text);
  }

  private read(chunk: string): void {
    // A list of 100,000 certificates comes in hundreds of pieces: only the end can hold a new prompt.
    const from = Math.max(0, this.received.length - PROMPT.length);
    this.received += chunk;
    let begin = 0;
    for (let end = this.received.indexOf(PROMPT, from); end >= 0; end = this.received.indexOf(PROMPT, begin)) {
      const answer = this.received.slice(begin, end).replace(/^(\+ )+/, "");
      begin = end + PROMPT.length;
      this.unanswered.shift()?.resolve(answer.trim());
    }
    if (begin === 0) return;
    this.received = this.received.slice(begin);
    this.watch();
  }

  /** The next answer must come in time. */
  private watch(): void {
    clearTimeout(this.timer);
    if (this.unanswered.length > 0) this.timer = setTimeout(() => this.connection?.destroy(), TIMEOUT);
  }

  private closed(connection: net.Socket): void {
    if (this.connection !== connection) return;
    this.connection = undefined;
    clearTimeout(this.timer);
    for (const one of this.unanswered.splice(0)) one.reject(new HaproxyUnreachableError(this.socketPath));
  }
}
