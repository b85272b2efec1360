import * as dgram from "node:dgram";
import type { FrontLog } from "./front-log";

/** Lines taken in a second; a storm of bad requests is no CloudWatch bill. What is left out is counted. */
const LINES_PER_SECOND = 20;

/**
 * HAProxy's log, which is of errors only, on its way to CloudWatch: syslog datagrams on the loopback interface. HAProxy also writes
 * it to standard output and waits for nobody, so nothing is lost to the journal while the agent is away.
 */
export class HaproxyLog {
  private readonly socket = dgram.createSocket("udp4");
  private second = 0;
  private taken = 0;
  private leftOut = 0;

  constructor(
    private readonly log: FrontLog,
    private readonly now: () => number = Date.now,
  ) {
    this.socket.on("message", (message) => this.take(message.toString("utf8").trim()));
  }

  /** @param port UDP, on 127.0.0.1; 0 for any. @returns the port */
  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.socket.once("error", reject);
      this.socket.bind(port, "127.0.0.1", () => resolve(this.socket.address().port));
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.socket.close(() => resolve()));
  }

  private take(line: string): void {
    const second = Math.floor(this.now() / 1_000);
    if (second !== this.second) {
      if (this.leftOut > 0) this.log.warn("haproxy log lines left out", { lines: this.leftOut });
      this.second = second;
      this.taken = 0;
      this.leftOut = 0;
    }
    if (this.taken++ < LINES_PER_SECOND) this.log.info("haproxy", { line });
    else this.leftOut++;
  }
}
