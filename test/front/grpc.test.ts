import * as grpc from "@grpc/grpc-js";
import { type AttackStage, startAttackStage } from "../../testing/attacks/stage";
import { haproxyVersions } from "../../testing/haproxy-versions";
import { startTransferUpstream, type TransferUpstream } from "../../testing/transfer-upstream";

const same = (bytes: Buffer): Buffer => bytes;

/** A gRPC server of its own kind: HTTP/2 in clear text and nothing else. */
async function startH2Server(): Promise<{ url: string; stop: () => void }> {
  const server = new grpc.Server();
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return { url: `http://127.0.0.1:${port}`, stop: () => server.forceShutdown() };
}

describe.each(haproxyVersions())("gRPC's own client, at a front with $name", (version) => {
  let stage: AttackStage;
  let upstream: TransferUpstream;
  let h2Only: Awaited<ReturnType<typeof startH2Server>>;
  const clients: grpc.Client[] = [];

  beforeAll(async () => {
    [upstream, h2Only] = await Promise.all([startTransferUpstream(), startH2Server()]);
    stage = await startAttackStage(version, {
      "calls.example": { upstream: upstream.url },
      "h2only.example": { upstream: h2Only.url },
    });
  }, 120_000);
  afterAll(async () => {
    for (const client of clients) client.close();
    await stage?.stop();
    h2Only?.stop();
    await upstream?.stop();
  });

  const clientOf = (host: string): grpc.Client => {
    const credentials = grpc.credentials.createSsl(Buffer.from(stage.ca.root));
    const client = new grpc.Client(`127.0.0.1:${stage.settings.httpsPort}`, credentials, {
      "grpc.ssl_target_name_override": host,
      "grpc.default_authority": host,
    });
    clients.push(client);
    return client;
  };
  const call = (host: string, method: string, message: string) =>
    new Promise<{ code: grpc.status; details: string; body?: string }>((resolve) =>
      clientOf(host).makeUnaryRequest(`/grpc.Echo/${method}`, same, same, Buffer.from(message), (error, answer) =>
        error
          ? resolve({ code: error.code, details: error.details })
          : resolve({ code: grpc.status.OK, details: "", body: String(answer) }),
      ),
    );

  it("calls, and gets the answer and the status of its trailers", async () => {
    expect(await call("calls.example", "Say", "hello")).toEqual({ code: grpc.status.OK, details: "", body: "hello" });
    expect(await call("calls.example", "Fail", "hello")).toEqual({
      code: grpc.status.PERMISSION_DENIED,
      details: "not for you",
    });
  });

  it("talks in both directions at once, message by message", async () => {
    const stream = clientOf("calls.example").makeBidiStreamRequest("/grpc.Echo/Talk", same, same);
    const received: string[] = [];
    const next = () => new Promise<string>((resolve) => stream.once("data", (bytes: Buffer) => resolve(String(bytes))));
    for (const word of ["one", "two", "three"]) {
      const answer = next();
      stream.write(Buffer.from(word));
      received.push(await answer);
    }
    const status = new Promise<grpc.StatusObject>((resolve) => stream.once("status", resolve));
    stream.on("error", () => undefined).resume();
    stream.end();
    expect([received, (await status).code]).toEqual([["one", "two", "three"], grpc.status.OK]);
  });

  it("is told that a server is unavailable which speaks HTTP/2 alone: a front speaks HTTP/1.1 to upstreams", async () => {
    expect((await call("h2only.example", "Say", "hello")).code).toBe(grpc.status.UNAVAILABLE);
  });
});
