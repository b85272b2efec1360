import * as net from "node:net";
import * as tls from "node:tls";

/** Where to send bytes. */
export interface Target {
  readonly port: number;
  /** With TLS for this name; absent: plain. */
  readonly tls?: tls.ConnectionOptions | undefined;
  /** The client's own address; 127.0.0.1 unless said. */
  readonly from?: string | undefined;
}

/** What came back before the other side closed. Never rejects: a refused handshake is an answer too. */
export interface RawAnswer {
  /** latin1. */
  readonly text: string;
  readonly error: string | undefined;
}

export function connect({ port, tls: options, from }: Target): net.Socket {
  const socket = net.connect({ host: "127.0.0.1", port, ...(from === undefined ? {} : { localAddress: from }) });
  return options === undefined ? socket : tls.connect({ ...options, socket });
}

/**
 * Sends bytes, half-closes, and reads until the other side closes or `isOver` says that enough came.
 * @param bytes latin1
 */
export function sendRaw(
  target: Target,
  bytes: string,
  isOver: (text: string) => boolean = () => false,
): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const socket = connect(target);
    let text = "";
    let error: string | undefined;
    const timer = setTimeout(() => socket.destroy(new Error("still open after 30 s")), 30_000);
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      text += chunk;
      if (isOver(text)) socket.destroy();
    });
    socket.on("error", (problem: Error) => (error ??= problem.message));
    socket.on("close", () => {
      clearTimeout(timer);
      resolve({ text, error });
    });
    socket.on(target.tls === undefined ? "connect" : "secureConnect", () => socket.end(bytes, "latin1"));
  });
}

/** Status codes of the final answers in what came back. */
export const statuses = ({ text }: RawAnswer): number[] =>
  [...text.matchAll(/^HTTP\/1\.[01] ([2-5]\d\d) /gm)].map(([, status]) => Number(status));
