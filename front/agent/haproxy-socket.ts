import * as net from "node:net";
import { CertfrontError } from "../../core/errors";

/** HAProxy does not answer on its socket: it is stopped, starting, or the command took too long. */
export class HaproxyUnreachableError extends CertfrontError {
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
  readonly text: string;
  readonly resolve: (answer: string) => void;
  readonly reject: (error: Error) => void;
}

/**
 * One lasting connection to HAProxy's run-time API in interactive mode, one command after the other. When it breaks, every
 * waiting command fails and the next one connects anew.
 */
export class HaproxySocket {
  private connection: net.Socket | undefined;
  private received = "";
  private readonly queue: Pending[] = [];
  private current: Pending | undefined;
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
    const text =
      payload === undefined
        ? `${command}\n`
        : `${command} <<\n${payload.replace(/\r/g, "").replace(/\n+/g, "\n").trim()}\n\n`;
    return new Promise((resolve, reject) => {
      this.queue.push({ text, resolve, reject });
      if (!this.connection) this.connect();
      this.next();
    });
  }

  close(): void {
    this.connection?.destroy();
  }

  private connect(): void {
    const connection = net.connect(this.socketPath);
    this.connection = connection;
    this.generation++;
    this.received = "";
    connection.setEncoding("utf8");
    connection.on("data", (chunk: string) => this.read(chunk));
    connection.on("error", () => undefined); // "close" follows
    connection.on("close", () => this.closed(connection));
    this.queue.unshift(silent("prompt\n"), silent("set timeout cli 86400\n"));
  }

  private next(): void {
    if (this.current || !this.connection) return;
    this.current = this.queue.shift();
    if (!this.current) return;
    this.timer = setTimeout(() => this.connection?.destroy(), TIMEOUT);
    this.connection.write(this.current.text);
  }

  private read(chunk: string): void {
    this.received += chunk;
    if (!this.received.endsWith(PROMPT)) return;
    const answer = this.received.slice(0, -PROMPT.length).replace(/^(\+ )+/, "");
    this.received = "";
    const done = this.current;
    this.current = undefined;
    clearTimeout(this.timer);
    done?.resolve(answer.trim());
    this.next();
  }

  private closed(connection: net.Socket): void {
    if (this.connection !== connection) return;
    this.connection = undefined;
    clearTimeout(this.timer);
    const waiting = [...(this.current ? [this.current] : []), ...this.queue.splice(0)];
    this.current = undefined;
    for (const one of waiting) one.reject(new HaproxyUnreachableError(this.socketPath));
  }
}

const silent = (text: string): Pending => ({ text, resolve: () => undefined, reject: () => undefined });
