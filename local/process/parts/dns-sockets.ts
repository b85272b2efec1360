import { createSocket } from "node:dgram";
import { type AddressInfo, createServer } from "node:net";

/** A DNS server that answers over UDP as told, and over TCP on the same port. */
export async function startRawDns(
  onUdp: (query: Buffer, send: (answer: Buffer) => void) => void,
  onTcp?: (query: Buffer) => Buffer,
) {
  const tcp = createServer((socket) =>
    socket.on("data", (data: Buffer) => {
      const answer = onTcp?.(data.subarray(2)) ?? Buffer.alloc(0);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(answer.length, 0);
      // In two pieces, as networks do.
      socket.write(length);
      socket.write(answer);
    }),
  );
  await new Promise<void>((resolve) => tcp.listen(0, "127.0.0.1", resolve));
  const { port } = tcp.address() as AddressInfo;
  const udp = createSocket("udp4");
  udp.on("message", (query, from) => onUdp(query, (answer) => udp.send(answer, from.port, from.address)));
  await new Promise<void>((resolve) => udp.bind(port, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${port}`,
    stop: () => Promise.all([new Promise((done) => udp.close(() => done(0))), new Promise((done) => tcp.close(done))]),
  };
}
