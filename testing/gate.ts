import * as net from "node:net";

/** A TCP passage to a server that can be shut: what is under way breaks, what comes is refused. */
export interface Gate {
  /** `http://127.0.0.1:<port>`. */
  readonly endpoint: string;
  shut(): Promise<void>;
  open(): Promise<void>;
  /** Leads elsewhere from now on. */
  lead(endpoint: string): void;
  close(): Promise<void>;
}

export async function openGate(endpoint: string): Promise<Gate> {
  let target = new URL(endpoint);
  const sockets = new Set<net.Socket>();
  const server = net.createServer((client) => {
    const onward = net.connect(Number(target.port), target.hostname);
    for (const [one, other] of [
      [client, onward],
      [onward, client],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });
  await listen(0);
  const { port } = server.address() as net.AddressInfo;
  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const shut = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = new Promise((resolve) => server.close(resolve));
    breakAll();
    await closed;
  };
  return {
    endpoint: `http://127.0.0.1:${port}`,
    shut,
    open: () => listen(port),
    lead: (next) => {
      target = new URL(next);
      breakAll();
    },
    close: shut,
  };
}
