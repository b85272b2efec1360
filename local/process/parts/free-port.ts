import { randomInt } from "node:crypto";
import * as net from "node:net";

/** Below 32768 no outgoing connection takes a port (Linux' own range begins there) between our look and its use. */
const LOWEST = 10_000;
const HIGHEST = 32_767;

/** Each process begins somewhere else and never gives the same port twice, so that two that look at once do not meet. */
let next = randomInt(LOWEST, HIGHEST);

/**
 * TCP ports on 127.0.0.1 that were free a moment ago, for programs that cannot listen on port 0 and say which they got.
 * @throws Error when all are taken
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let looked = LOWEST; ports.length < count; looked++) {
    if (looked > HIGHEST) throw new Error(`No ${count} free ports from ${LOWEST} to ${HIGHEST} on 127.0.0.1.`);
    const port = next;
    next = port < HIGHEST ? port + 1 : LOWEST;
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  const server = net.createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
