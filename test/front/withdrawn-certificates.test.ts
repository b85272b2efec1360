import { randomBytes, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import * as http2 from "node:http2";
import * as https from "node:https";
import type { Socket } from "node:net";
import type { ClientCertificates } from "../../core/tenant/tenant";
import { HaproxySocket } from "../../front/agent/haproxy-socket";
import { frontPaths } from "../../front/settings";
import { TestCa, type TestCertificate } from "../../testing/certificates";
import { handshake, request } from "../../testing/front-client";
import { type FrontHarness, startFronts } from "../../testing/front-harness";
import { haproxyVersions } from "../../testing/haproxy-versions";
import { type Echo, startTestUpstream, type TestUpstream } from "../../testing/test-upstream";
import { until } from "../../testing/until";

const SECOND = 1_000;
const members = new TestCa("members");
const successors = new TestCa("successors");
const alice = members.issueClient("alice");
const bob = members.issueClient("bob");

describe.each(haproxyVersions())("client certificates that were withdrawn, on $name", ({ options, close }) => {
  let fronts: FrontHarness;
  let upstream: TestUpstream;
  const agents: https.Agent[] = [];

  beforeAll(async () => {
    upstream = await startTestUpstream();
    fronts = await startFronts({ ...options, fronts: 1, settings: { defaultUpstream: upstream.url } });
    await fronts.up();
  }, 120_000);
  afterAll(async () => {
    for (const agent of agents) agent.destroy();
    await fronts?.stop();
    await upstream?.stop();
    close();
  });

  const port = () => fronts.fronts[0]?.settings.httpsPort ?? 0;
  const clientTls = (client: TestCertificate) => ({ ca: fronts.ca.root, cert: client.chain, key: client.key });
  const store = async (domain: string, clientCertificates: ClientCertificates): Promise<void> => {
    const { revision } = await fronts.issueAndStore(domain, { clientCertificates });
    await fronts.reached(revision);
  };
  /** A client that keeps its one connection, so that no handshake comes between its requests. */
  const lasting = (domain: string, client: TestCertificate) => {
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
    agents.push(agent);
    return (): Promise<{ status: number; reused: boolean; cn: string | undefined }> =>
      new Promise((resolve, reject) => {
        const sent = https.get(
          {
            host: "127.0.0.1",
            port: port(),
            servername: domain,
            headers: { host: domain },
            agent,
            ...clientTls(client),
          },
          (response) => {
            let body = "";
            response.setEncoding("utf8").on("data", (text: string) => (body += text));
            response.on("end", () => {
              const status = response.statusCode ?? 0;
              const cn = status === 200 ? (JSON.parse(body) as Echo).headers["x-ssl-client-cn"] : undefined;
              resolve({ status, reused: sent.reusedSocket, cn: cn as string | undefined });
            });
          },
        );
        sent.on("error", reject);
      });
  };
  const ask = (domain: string, client: TestCertificate, session?: Buffer): Promise<number | "refused"> =>
    request("https", port(), domain, {
      tls: { ...clientTls(client), ...(session && { session }), maxVersion: "TLSv1.2" },
    }).then(
      ({ status }) => status,
      () => "refused",
    );

  const CHANGES: readonly [string, string, ClientCertificates][] = [
    ["another CA", "replaced.example", { mode: "required", ca: successors.root }],
    [
      "a revocation list",
      "revoked.example",
      { mode: "required", ca: members.root, crl: members.revocationLists([alice]) },
    ],
  ];
  it.each(CHANGES)("%s ends new handshakes, resumed sessions and open connections", async (_, domain, changed) => {
    await store(domain, { mode: "required", ca: members.root });
    const open = lasting(domain, alice);
    await until("alice is in", async () => (await open()).cn === "alice");
    const { session } = await handshake(port(), domain, { ...clientTls(alice), maxVersion: "TLSv1.2", ticket: true });
    expect(await ask(domain, alice, session)).toBe(200);

    await store(domain, changed);
    expect(await open()).toMatchObject({ status: 421, reused: true });
    expect(await ask(domain, alice)).toBe("refused");
    await until("her session is not resumed", async () => (await ask(domain, alice, session)) === "refused");
  });

  describe("what is under way", () => {
    /** A websocket over h1 or h2, or a download. `at`: which of its bytes, or its end, came last. */
    interface UnderWay {
      ended(): boolean;
      /** Whether something comes through still. */
      moves(): Promise<boolean>;
    }
    const open: (() => void)[] = [];
    afterEach(() => {
      for (const close of open.splice(0)) close();
    });
    const watched = (stream: NodeJS.ReadableStream, send: () => void): UnderWay => {
      let bytes = 0;
      let ended = false;
      stream.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      for (const event of ["close", "error", "aborted"]) stream.on(event, () => (ended = true));
      return {
        ended: () => ended,
        moves: async () => {
          const before = bytes;
          send();
          return until("it moved, or ended", () => ended || bytes > before).then(() => !ended);
        },
      };
    };
    const tlsOf = (domain: string, client?: TestCertificate) => ({
      host: "127.0.0.1",
      port: port(),
      servername: domain,
      ...(client ? clientTls(client) : { ca: fronts.ca.root }),
    });
    const websocket = async (domain: string, client?: TestCertificate): Promise<UnderWay> => {
      const headers = {
        host: domain,
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      };
      const sent = https.get({ ...tlsOf(domain, client), agent: false, path: "/echo", headers });
      const [, socket] = (await once(sent, "upgrade")) as [IncomingMessage, Socket];
      open.push(() => socket.destroy());
      return watched(socket, () => socket.writable && socket.write("x"));
    };
    const websocketOverH2 = async (domain: string, client?: TestCertificate): Promise<UnderWay> => {
      const session = http2.connect(`https://${domain}:${port()}`, tlsOf(domain, client));
      session.on("error", () => undefined);
      open.push(() => session.destroy());
      await once(session, "remoteSettings");
      const stream = session.request({
        ":method": "CONNECT",
        ":protocol": "websocket",
        ":scheme": "https",
        ":authority": domain,
        ":path": "/echo",
        "sec-websocket-version": "13",
      });
      await once(stream, "response");
      return watched(stream, () => stream.writable && stream.write("x"));
    };
    const download = async (domain: string, client?: TestCertificate): Promise<UnderWay> => {
      const sent = https.get({ ...tlsOf(domain, client), agent: false, path: "/stream/20", headers: { host: domain } });
      const [response] = (await once(sent, "response")) as [IncomingMessage];
      open.push(() => sent.destroy());
      return watched(response, () => undefined);
    };
    const everything = (domain: string, client?: TestCertificate): Promise<UnderWay[]> =>
      Promise.all([websocket(domain, client), websocketOverH2(domain, client), download(domain, client)]);
    const goesOn = async (all: readonly UnderWay[]) =>
      expect(await Promise.all(all.map((one) => one.moves()))).toEqual([true, true, true]);

    it("ends for whoever a revocation list takes out, and goes on for all others", async () => {
      await store("under-way.example", { mode: "optional", ca: members.root, crl: members.revocationLists([]) });
      await store("next-door.example", { mode: "required", ca: members.root });
      const [ofAlice, ofBob, ofNobody, nextDoor] = await Promise.all([
        everything("under-way.example", alice),
        everything("under-way.example", bob),
        everything("under-way.example"),
        everything("next-door.example", alice),
      ]);
      for (const all of [ofAlice, ofBob, ofNobody, nextDoor]) await goesOn(all);

      const crl = members.revocationLists([alice]);
      await store("under-way.example", { mode: "optional", ca: members.root, crl });
      await until("alice's have ended", () => ofAlice.every((one) => one.ended()));
      for (const all of [ofBob, ofNobody, nextDoor]) await goesOn(all);
      // A list renewed, and a CA more, withdraw nobody.
      const again = members.revocationLists([alice]);
      await store("under-way.example", { mode: "optional", ca: members.root + successors.root, crl: again });
      for (const all of [ofBob, ofNobody, nextDoor]) await goesOn(all);

      await store("under-way.example", { mode: "optional", ca: successors.root });
      await until("bob's have ended", () => ofBob.every((one) => one.ended()));
      for (const all of [ofNobody, nextDoor]) await goesOn(all);
    });

    it("ends when its certificate expires", async () => {
      await store("expiring.example", { mode: "required", ca: members.root });
      const brief = members.issueClient("brief", { notAfter: Date.now() + 6 * SECOND });
      const [ofBrief, ofBob] = await Promise.all([
        everything("expiring.example", brief),
        everything("expiring.example", bob),
      ]);
      await until("it has ended", () => ofBrief.every((one) => one.ended()));
      await goesOn(ofBob);
    });
  });

  it("a revocation list takes nobody else out", async () => {
    await store("others.example", { mode: "required", ca: members.root, crl: members.revocationLists([alice]) });
    expect([await ask("others.example", bob), await ask("others.example", alice)]).toEqual([200, "refused"]);
    await store("others.example", { mode: "required", ca: members.root, crl: members.revocationLists([alice, bob]) });
    expect(await ask("others.example", bob)).toBe("refused");
  });

  it("one that expires ends on a connection that stays open", async () => {
    await store("brief.example", { mode: "required", ca: members.root });
    const brief = members.issueClient("brief", { notAfter: Date.now() + 6 * SECOND });
    const open = lasting("brief.example", brief);
    expect(await open()).toMatchObject({ status: 200, cn: "brief" });
    const last = await until("refused", async () => {
      const answer = await open();
      return answer.status !== 200 && answer;
    });
    expect(last).toMatchObject({ status: 403, reused: true });
  });

  it.each([4_000, 9_000, 20_000])("one of %i bytes and more is refused in words, not passed empty", async (padding) => {
    const domain = `large-${padding}.example`;
    await store(domain, { mode: "optional", ca: members.root });
    const large = members.issueClient("large", { padding });
    const answer = await request("https", port(), domain, { tls: clientTls(large) });
    expect([answer.status, answer.body]).toEqual([431, expect.stringContaining("client certificate is too large")]);
    const fits = members.issueClient("fits", { padding: 3_000 });
    const passed = await request("https", port(), domain, { tls: clientTls(fits) });
    expect((JSON.parse(passed.body) as Echo).headers["client-cert"]).toBe(
      `:${new X509Certificate(fits.leaf).raw.toString("base64")}:`,
    );
  });

  it("one beside cookies that leave no room for it is refused, not passed empty", async () => {
    await store("crowded.example", { mode: "optional", ca: members.root });
    const tls = clientTls(members.issueClient("fits", { padding: 3_000 }));
    const withCookies = (bytes: number) =>
      request("https", port(), "crowded.example", { tls, headers: { cookie: "c".repeat(bytes) } });
    expect((await withCookies(8_000)).body).toContain('"x-ssl-client-cn":"fits"');
    expect(await withCookies(12_000)).toMatchObject({
      status: 500,
      body: expect.stringContaining("Something went wrong"),
    });
  });

  it("no ticket key that is stored anywhere opens a session where a tenant asks for certificates", async () => {
    await store("tickets.example", { mode: "required", ca: members.root });
    const keys = Array.from({ length: 3 }, () => randomBytes(80).toString("base64"));
    expect(await fronts.transient.putTicketKeys({ keys, rotatedAt: Date.now() }, undefined)).toBe(true);
    const [front] = fronts.fronts;
    if (!front) throw new Error("no front");
    const file = frontPaths(front.settings).ticketKeys;
    const socket = new HaproxySocket(front.settings.socket);
    const inHaproxy = async () =>
      [...(await socket.send(`show tls-keys ${file}`)).matchAll(/([A-Za-z0-9+/]{106}[A-Za-z0-9+/=]{2})/g)].map(
        ([key]) => key,
      );
    const stored = () => [...keys, ...readFileSync(file, "utf8").split("\n")];
    await until(
      "keys of its own",
      async () => (await inHaproxy()).length === 3 && !(await inHaproxy()).some((key) => stored().includes(key)),
    );
    // Also after it had time to read the table once more.
    const { revision } = await fronts.issueAndStore("later.example");
    await fronts.reached(revision);
    expect((await inHaproxy()).filter((key) => stored().includes(key))).toEqual([]);
    socket.close();
  });
});
