import { randomBytes } from "node:crypto";
import * as http2 from "node:http2";
import * as https from "node:https";
import * as tls from "node:tls";
import { DOWNLOAD_CHUNK } from "./test-upstream";

/** Clients of every kind, at work until they are told to stop. Every fault that a person would have noticed is kept. */
export interface FrontLoad {
  readonly failures: string[];
  /** Requests answered so far, by kind of client; of downloads, bytes. */
  readonly done: Record<"http/1.1" | "new connections" | "h2" | "download" | "websocket", number>;
  /** Ends after the last request of each client. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  /** The load balancer's :443. */
  readonly port: number;
  readonly ca: string;
  readonly hosts: readonly string[];
  /** Called once the clients are to finish: lets the endless stream end. */
  readonly endStreams: () => void;
}

export function startFrontLoad({ port, ca, hosts, endStreams }: LoadOptions): FrontLoad {
  const failures: string[] = [];
  const done: FrontLoad["done"] = { "http/1.1": 0, "new connections": 0, h2: 0, download: 0, websocket: 0 };
  let stopping = false;
  const host = (n: number): string => hosts[n % hosts.length] ?? "";
  const tlsTo = (name: string, alpn: string) =>
    tls.connect({ host: "127.0.0.1", port, servername: name, ca, ALPNProtocols: [alpn] });

  const loop = async (kind: keyof typeof done, one: (turn: number) => Promise<void>): Promise<void> => {
    for (let turn = 0; !stopping; turn++) {
      try {
        await one(turn);
        done[kind]++;
      } catch (error) {
        failures.push(`${kind}: ${(error as Error).message}`);
        if (failures.length > 20) return;
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };

  const http1 = (index: number): Promise<void> => {
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca });
    return loop("http/1.1", () => get(port, host(index), agent)).finally(() => agent.destroy());
  };
  const fresh = (index: number): Promise<void> =>
    loop("new connections", async (turn) => {
      const agent = new https.Agent({ keepAlive: false, ca, maxCachedSessions: 0 });
      await get(port, host(index + 7 * turn), agent);
    });
  const h2 = async (index: number): Promise<void> => {
    const name = host(index);
    const session = http2.connect(`https://${name}`, { createConnection: () => tlsTo(name, "h2") });
    session.on("error", (error) => failures.push(`h2 session: ${error.message}`));
    session.on("goaway", (code) => failures.push(`h2 session: GOAWAY ${code}`));
    session.on("close", () => stopping || failures.push("h2 session: closed"));
    await loop("h2", () => getH2(session));
    session.close();
  };
  const download = (index: number): Promise<void> =>
    new Promise((resolve) => {
      const sent = https.get(
        { host: "127.0.0.1", port, path: "/stream/5", headers: { host: host(index) }, servername: host(index), ca },
        (response) => {
          let bytes = 0;
          response.on("data", (chunk: Buffer) => {
            done.download += chunk.length;
            for (const byte of chunk) {
              if (byte !== Math.floor(bytes++ / DOWNLOAD_CHUNK) % 251) failures.push(`download: wrong byte ${bytes}`);
            }
          });
          response.on("close", () => {
            if (!response.complete) failures.push(`download: cut after ${bytes} bytes`);
            resolve();
          });
          response.on("error", (error) => failures.push(`download: ${error.message}`));
        },
      );
      sent.on("error", (error) => {
        failures.push(`download: ${error.message}`);
        resolve();
      });
    });
  const websocket = async (index: number): Promise<void> => {
    const socket = await upgrade(tlsTo(host(index), "http/1.1"), host(index));
    socket.on("close", () => stopping || failures.push("websocket: closed"));
    socket.on("error", (error) => failures.push(`websocket: ${error.message}`));
    await loop("websocket", () => echo(socket));
    socket.destroy();
  };

  const clients = [
    ...[1, 2, 3].flatMap((n) => [http1(11 * n), fresh(13 * n), h2(17 * n)]),
    websocket(19),
    websocket(23),
  ];
  const downloads = [download(29), download(31)];
  return {
    failures,
    done,
    stop: async () => {
      stopping = true;
      endStreams();
      await Promise.all([...clients, ...downloads]);
    },
  };
}

function get(port: number, host: string, agent: https.Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = https.get({ host: "127.0.0.1", port, servername: host, headers: { host }, agent, timeout: 15_000 });
    sent.on("response", (response) => {
      response.resume();
      response.on("end", () => (response.statusCode === 200 ? resolve() : reject(new Error(`${response.statusCode}`))));
      response.on("error", reject);
    });
    sent.on("timeout", () => sent.destroy(new Error("no answer in 15 s")));
    sent.on("error", reject);
  });
}

function getH2(session: http2.ClientHttp2Session): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":path": "/" });
    let status = 0;
    stream.on("response", (headers) => {
      status = Number(headers[":status"]);
    });
    stream.on("error", reject);
    stream.on("end", () => (status === 200 ? resolve() : reject(new Error(`${status}`))));
    stream.setTimeout(15_000, () => stream.destroy(new Error("no answer in 15 s")));
    stream.resume();
  });
}

function upgrade(socket: tls.TLSSocket, host: string): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("data", (head: Buffer) => {
      if (head.toString().startsWith("HTTP/1.1 101")) resolve(socket);
      else reject(new Error(`no upgrade: ${head.toString().slice(0, 80)}`));
    });
    const key = randomBytes(16).toString("base64");
    socket.write(
      `GET /echo HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
  });
}

function echo(socket: tls.TLSSocket): Promise<void> {
  const message = randomBytes(64);
  return new Promise((resolve, reject) => {
    let got = Buffer.alloc(0);
    const timer = setTimeout(() => reject(new Error("no echo in 15 s")), 15_000);
    const read = (chunk: Buffer) => {
      got = Buffer.concat([got, chunk]);
      if (got.length < message.length) return;
      clearTimeout(timer);
      socket.off("data", read);
      if (got.equals(message)) resolve();
      else reject(new Error("another echo than was sent"));
    };
    socket.on("data", read);
    socket.write(message);
  });
}
