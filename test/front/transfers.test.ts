import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import * as http2 from "node:http2";
import * as https from "node:https";
import type { Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { atLeast } from "../../front/haproxy-build";
import { LIMITS } from "../../front/haproxy-limits";
import { connect } from "../../testing/attacks/raw-client";
import { type AttackStage, startAttackStage } from "../../testing/attacks/stage";
import { type HaproxyVersion, haproxyVersions } from "../../testing/haproxy-versions";
import { sideBySide } from "../../testing/side-by-side";
import { startTestUpstream, type TestUpstream } from "../../testing/test-upstream";
import { startTransferUpstream, type Taken, type TransferUpstream } from "../../testing/transfer-upstream";
import { until } from "../../testing/until";

const HOST = "data.example";
const SOCKETS = "sockets.example";
/** How long a body may stand still here; each transfer that must go on stands still, or lasts, three times as long. */
const SILENCE_MS = 1_000;
const LONG_MS = 3 * SILENCE_MS;
/** Larger than every buffer on the way. */
const LARGE = 48 << 20;

interface Front {
  readonly name: string;
  readonly stage: AttackStage;
  readonly upstream: TransferUpstream;
  readonly sockets: TestUpstream;
  /** Cannot tell a body that stands still from an answer that is not read. */
  readonly patient: boolean;
}

const VERSIONS = haproxyVersions();
const fronts: Front[] = [];
beforeAll(async () => {
  fronts.push(...(await Promise.all(VERSIONS.map(startFront))));
}, 120_000);
afterAll(() =>
  Promise.all(fronts.flatMap((front) => [front.stage, front.upstream, front.sockets]).map((one) => one.stop())),
);

async function startFront(version: HaproxyVersion): Promise<Front> {
  const [upstream, sockets] = await Promise.all([startTransferUpstream(), startTestUpstream()]);
  const stage = await startAttackStage(
    version,
    { [HOST]: { upstream: upstream.url, http: "serve" }, [SOCKETS]: { upstream: sockets.url } },
    { ...LIMITS, bodySilenceSeconds: SILENCE_MS / 1_000 },
  );
  return { name: version.name, stage, upstream, sockets, patient: !atLeast(stage.build.version, 3, 0) };
}

const send = ({ stage }: Front, path: string, options: https.RequestOptions = {}) =>
  https.request({
    host: "127.0.0.1",
    port: stage.settings.httpsPort,
    servername: HOST,
    ca: stage.ca.root,
    agent: false,
    path,
    ...options,
    headers: { host: HOST, ...options.headers },
  });
const session = async ({ stage }: Front, host = HOST): Promise<http2.ClientHttp2Session> => {
  const client = http2.connect(`https://${host}:${stage.settings.httpsPort}`, {
    host: "127.0.0.1",
    servername: host,
    ca: stage.ca.root,
  });
  client.on("error", () => undefined);
  await once(client, "remoteSettings");
  return client;
};
const configuration = ({ stage }: Front): string => readFileSync(stage.settings.haproxyConfig, "utf8");
const pseudo = (path: string, method = "GET") => ({
  ":method": method,
  ":path": path,
  ":authority": HOST,
  ":scheme": "https",
});
const answerTo = async (request: ReturnType<typeof send>): Promise<{ status: number; body: string }> => {
  const [response] = (await once(request, "response")) as [IncomingMessage];
  let body = "";
  for await (const chunk of response.setEncoding("utf8")) body += chunk;
  return { status: response.statusCode ?? 0, body };
};

const onAll = (test: (front: Front) => Promise<unknown>) => sideBySide(fronts, test);

describe("through a front", () => {
  describe("a request body that stands still is ended, where HAProxy can tell it from an answer that is not read", () => {
    it.each([
      ["with its length announced", "Content-Length: 10\r\n\r\nabc"],
      ["in chunks", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"],
      ["that never comes", "Content-Length: 10\r\nExpect: 100-continue\r\n\r\n"],
    ])("%s", (_, bytes) =>
      onAll(async (front) => {
        if (front.patient) return expect(configuration(front)).toContain("timeout client 10m");
        const socket = connect({
          port: front.stage.settings.httpsPort,
          tls: { servername: HOST, ca: front.stage.ca.root },
        });
        let text = "";
        socket.setEncoding("latin1").on("data", (chunk: string) => (text += chunk));
        socket.write(`POST /take HTTP/1.1\r\nHost: ${HOST}\r\n${bytes}`);
        await until("the client is told", () => /^HTTP\/1.1 400 /m.test(text));
        await until("the upstream is rid of it", () => front.upstream.underWay() === 0);
        // Nor does the connection stay, for whoever leaves it open.
        await until("the connection is closed", () => socket.closed);
      }),
    );

    it("over h2, where the connection's other streams go on", () =>
      onAll(async (front) => {
        if (front.patient) return expect(configuration(front)).toContain("timeout client 10m");
        const client = await session(front);
        const stalled = client.request(pseudo("/take", "POST"));
        stalled.on("error", () => undefined).on("data", () => undefined);
        stalled.write("abc");
        await once(stalled, "close");
        await until("the upstream is rid of it", () => front.upstream.underWay() === 0);
        const other = client.request(pseudo("/"));
        const [headers] = (await once(other, "response")) as [http2.IncomingHttpHeaders];
        expect(headers[":status"]).toBe(200);
        client.destroy();
      }));
  });

  it("an upload that moves goes on, however slowly", () =>
    onAll(async (front) => {
      const request = send(front, "/take", { method: "POST", headers: { "transfer-encoding": "chunked" } });
      const answer = answerTo(request);
      for (let n = 0; n < 8; n++) {
        request.write("x");
        await wait(LONG_MS / 8);
      }
      request.end();
      expect(JSON.parse((await answer).body)).toMatchObject({ bytes: 8 });
    }));

  it("an upstream may think for as long as it likes, and rest before it reads", () =>
    onAll(async (front) => {
      const body = Buffer.alloc(LARGE / 4, "y");
      const request = send(front, `/take?rest=${LONG_MS}&think=${LONG_MS}`, { method: "PUT" });
      request.end(body);
      expect(JSON.parse((await answerTo(request)).body)).toMatchObject({ bytes: body.length });
    }));

  it("an answer that is not read for a while is not cut", () =>
    onAll(async (front) => {
      const request = send(front, `/large/${LARGE}`, { method: "POST" });
      request.end("a body, so that it had a limit at first");
      const [response] = (await once(request, "response")) as [IncomingMessage];
      await wait(LONG_MS);
      let bytes = 0;
      for await (const chunk of response) bytes += (chunk as Buffer).length;
      expect(bytes).toBe(LARGE);
    }));

  it("a large upload in chunks arrives whole", () =>
    onAll(async (front) => {
      const hash = createHash("sha256");
      const request = send(front, "/take", { method: "PUT", headers: { "transfer-encoding": "chunked" } });
      const answer = answerTo(request);
      for (let sent = 0; sent < LARGE; sent += 65_536) {
        const chunk = Buffer.alloc(65_536, (sent / 65_536) % 251);
        hash.update(chunk);
        if (!request.write(chunk)) await once(request, "drain");
      }
      request.end();
      expect(JSON.parse((await answer).body) as Taken).toMatchObject({ bytes: LARGE, sha256: hash.digest("hex") });
    }));

  it("a websocket over h1 is silent for as long as it likes", () =>
    onAll(async (front) => {
      const request = send(front, "/echo", {
        servername: SOCKETS,
        headers: {
          host: SOCKETS,
          connection: "Upgrade",
          upgrade: "websocket",
          "sec-websocket-version": "13",
          "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        },
      });
      request.end();
      const [response, socket] = (await once(request, "upgrade")) as [IncomingMessage, Socket];
      // RFC 6455 §1.3's own example.
      expect(response.headers["sec-websocket-accept"]).toBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
      await wait(LONG_MS);
      socket.write("still here");
      expect(String((await once(socket, "data"))[0])).toBe("still here");
      socket.destroy();
    }));

  it("a websocket over h2 (RFC 8441) is silent for as long as it likes", () =>
    onAll(async (front) => {
      const client = await session(front, SOCKETS);
      expect(client.remoteSettings.enableConnectProtocol).toBe(true);
      const stream = client.request({
        ...pseudo("/echo", "CONNECT"),
        ":authority": SOCKETS,
        ":protocol": "websocket",
        "sec-websocket-version": "13",
      });
      const [headers] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
      expect(headers[":status"]).toBe(200);
      await wait(LONG_MS);
      stream.write("still here");
      expect(String((await once(stream, "data"))[0])).toBe("still here");
      client.destroy();
    }));

  it("gRPC's trailers pass, and its TE reaches the upstream", () =>
    onAll(async (front) => {
      const client = await session(front);
      const stream = client.request({
        ...pseudo("/trailers", "POST"),
        te: "trailers",
        "content-type": "application/grpc",
      });
      stream.end("message");
      let body = "";
      stream.setEncoding("utf8").on("data", (text: string) => (body += text));
      const [trailers] = (await once(stream, "trailers")) as [http2.IncomingHttpHeaders];
      await once(stream, "close");
      expect([trailers["grpc-status"], trailers["grpc-message"], body]).toEqual(["0", "fine", "te: trailers"]);
      client.destroy();
    }));

  it("early hints pass, over h1 and h2", () =>
    onAll(async (front) => {
      const request = send(front, "/hints");
      const hints = once(request, "information") as Promise<[{ statusCode: number; headers: Record<string, string> }]>;
      const answer = answerTo(request.end());
      expect((await hints)[0]).toMatchObject({ statusCode: 103, headers: { link: "</style.css>; rel=preload" } });
      expect(await answer).toEqual({ status: 200, body: "after the hints" });

      const client = await session(front);
      const stream = client.request(pseudo("/hints"));
      const [early] = (await once(stream, "headers")) as [http2.IncomingHttpHeaders];
      expect([early[":status"], early.link]).toEqual([103, "</style.css>; rel=preload"]);
      client.destroy();
    }));

  it("what an upstream says about its own connection stays there", () =>
    onAll(async (front) => {
      const request = send(front, "/hop").end();
      const [{ headers }] = (await once(request, "response")) as [IncomingMessage];
      const own = ["upgrade", "keep-alive", "proxy-connection", "x-kept"].map((name) => headers[name]);
      expect(own).toEqual([undefined, undefined, undefined, "yes"]);
      expect(headers.connection ?? "close").toMatch(/^(close|keep-alive)$/);
      request.destroy();
    }));

  it("server-sent events arrive one by one", () =>
    onAll(async (front) => {
      const request = send(front, "/events/4/300").end();
      const [response] = (await once(request, "response")) as [IncomingMessage];
      const arrived: { text: string; at: number }[] = [];
      for await (const chunk of response.setEncoding("utf8")) arrived.push({ text: String(chunk), at: Date.now() });
      expect(arrived.map(({ text }) => text)).toEqual([0, 1, 2, 3].map((n) => `data: ${n}\n\n`));
      expect((arrived.at(-1)?.at ?? 0) - (arrived[0]?.at ?? 0)).toBeGreaterThan(600);
    }));

  it.each(["/cut", "/cut-chunked"])("a download that the upstream breaks off never ends well: %s", (path) =>
    onAll(async (front) => {
      const request = send(front, path).end();
      const [response] = (await once(request, "response")) as [IncomingMessage];
      const read = async (): Promise<void> => {
        for await (const _ of response);
      };
      await expect(read()).rejects.toThrow("aborted");

      // HAProxy 2.6 ends such an answer over h2 as if it were whole, unless its length was announced; docs/attacks.md says so.
      const seemsWhole = front.patient && path === "/cut-chunked";
      const client = await session(front);
      const stream = client.request(pseudo(path));
      const closed = new Promise((resolve) => stream.on("close", resolve));
      stream.on("error", () => undefined).resume();
      await closed;
      expect(stream.rstCode === http2.constants.NGHTTP2_NO_ERROR).toBe(seemsWhole);
      client.destroy();
    }),
  );
});
