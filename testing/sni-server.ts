import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as tls from "node:tls";
import type { TestCertificate } from "./certificates";

/** A TLS server that serves certificates by SNI and refuses names it has none for, as a front does; node:tls stands in for HAProxy. */
export class SniServer {
  private readonly certificates = new Map<string, TestCertificate>();
  private readonly upstreams = new Map<string, http.Server>();
  private readonly server: tls.Server;
  /** Names asked for, in order. */
  readonly asked: string[] = [];

  private constructor(readonly address: string) {
    this.server = tls.createServer({
      SNICallback: (name, answer) => {
        this.asked.push(name);
        const certificate = this.certificates.get(name);
        if (certificate === undefined) return answer(new Error("unrecognized name"));
        answer(null, tls.createSecureContext({ cert: certificate.chain, key: certificate.key }));
      },
    });
    this.server.on("secureConnection", (socket) => {
      socket.on("error", () => {});
      const upstream = this.upstreams.get(String(socket.servername));
      if (upstream) upstream.emit("connection", socket);
      else socket.end();
    });
  }

  static async start(address = "127.0.0.1", port = 0): Promise<SniServer> {
    const started = new SniServer(address);
    await new Promise<void>((resolve, reject) => {
      started.server.once("error", reject);
      started.server.listen(port, address, resolve);
    });
    return started;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** @param upstream answers requests for the name; absent: the connection ends after its handshake */
  serve(name: string, certificate: TestCertificate, upstream?: http.RequestListener): void {
    this.certificates.set(name, certificate);
    if (upstream) this.upstreams.set(name, http.createServer(upstream));
  }

  drop(name: string): void {
    this.certificates.delete(name);
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}
