import { createSocket } from "node:dgram";
import { createServer, type Socket } from "node:net";
import { freePorts } from "./free-port";

/** What listens for DNS questions. */
export interface DnsSockets {
  /** `127.0.0.1:<port>`, UDP and TCP. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Listens for DNS questions on a free port, over UDP and TCP. @param onTcp absent: over TCP nothing is answered */
export async function listenForDns(
  onUdp: (query: Buffer, send: (answer: Buffer) => void) => void,
  onTcp?: (query: Buffer) => Buffer | undefined,
): Promise<DnsSockets> {
  // Not the system's choice: a port that is free for TCP may be another socket's for UDP.
  const [port = 0] = await freePorts(1);
  const connections = new Set<Socket>();
  const tcp = createServer((socket) => {
    connections.add(socket.once("close", () => connections.delete(socket)));
    socket.on("error", () => {}); // its asker is gone
    answerMessages(socket, (query) => onTcp?.(query));
  });
  await new Promise<void>((resolve, reject) => {
    tcp.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  const udp = createSocket("udp4");
  udp.on("message", (query, from) => onUdp(query, (answer) => udp.send(answer, from.port, from.address)));
  await new Promise<void>((resolve, reject) => {
    udp.once("error", reject).bind(port, "127.0.0.1", resolve);
  });
  return {
    address: `127.0.0.1:${port}`,
    async stop() {
      for (const socket of connections) socket.destroy();
      await Promise.all([
        new Promise<void>((resolve) => udp.close(resolve)),
        new Promise((resolve) => tcp.close(resolve)),
      ]);
    },
  };
}

/** Messages over TCP have their length before them (RFC 1035 §4.2.2), and come in whatever pieces the network makes. */
function answerMessages(socket: Socket, respond: (query: Buffer) => Buffer | undefined): void {
  let received = Buffer.alloc(0);
  socket.on("data", (piece: Buffer) => {
    received = Buffer.concat([received, piece]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0);
      const answer = respond(received.subarray(2, end)) ?? Buffer.alloc(0);
      received = received.subarray(end);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(answer.length, 0);
      // In two pieces, as networks do.
      socket.write(length);
      socket.write(answer);
    }
  });
}
