import { readFileSync } from "node:fs";
import * as path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { atLeast } from "../../front/haproxy-build";
import { FLOODS } from "../../testing/attacks/floods";
import { connect, sendRaw, statuses } from "../../testing/attacks/raw-client";
import { type AttackStage, startAttackStage } from "../../testing/attacks/stage";
import { keepVisiting } from "../../testing/attacks/visitor";
import { haproxyVersions } from "../../testing/haproxy-versions";
import { startTestUpstream, type TestUpstream } from "../../testing/test-upstream";
import { until } from "../../testing/until";

const STRANGER = (index: number): string => `127.0.0.${100 + index}`;
const VISITOR = "127.0.0.9";
/** How long visitors are watched during a flood. */
const WATCHED_MS = 1_000;
/** What a visitor waits at most, ms; docs/attacks.md has what it was. */
const MOST_MS = 5_000;

describe.each(haproxyVersions())("a flood from one source, on $name", (version) => {
  let stage: AttackStage;
  let upstream: TestUpstream;

  beforeAll(async () => {
    upstream = await startTestUpstream();
    const shared = { upstream: upstream.url, http: "serve" } as const;
    stage = await startAttackStage(version, { "attacked.example": shared, "neighbour.example": shared });
  }, 120_000);
  afterAll(async () => {
    await stage?.stop();
    await upstream?.stop();
  });

  const tlsFor = (servername: string, alpn: string) => ({ servername, ca: stage.ca.root, ALPNProtocols: [alpn] });
  const visit = async (host: string): Promise<number | string> => {
    const target = { port: stage.settings.httpsPort, from: VISITOR, tls: tlsFor(host, "http/1.1") };
    const answer = await sendRaw(target, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    return statuses(answer)[0] ?? answer.error ?? "nothing";
  };

  it.each(FLOODS.map((flood, index) => ({ ...flood, from: STRANGER(index) })))(
    "of $name costs no other visitor anything",
    async ({ port, over, connections, bytes, from }) => {
      const text = bytes("attacked.example");
      const target = {
        port: port === "http" ? stage.settings.httpPort : stage.settings.httpsPort,
        from,
        tls: over === "none" ? undefined : tlsFor("attacked.example", over),
      };
      const sockets = Array.from({ length: connections }, () => {
        const socket = connect(target);
        socket.on("error", () => undefined).on("data", () => undefined);
        socket.once(over === "none" ? "connect" : "secureConnect", () => socket.write(text, "latin1"));
        return socket;
      });
      try {
        const watching = ["attacked.example", "neighbour.example"].map((host) => keepVisiting(() => visit(host)));
        await wait(WATCHED_MS);
        for (const stop of watching) {
          const { errors, worst } = await stop();
          expect(errors).toEqual([]);
          expect(worst).toBeLessThan(MOST_MS);
        }
      } finally {
        for (const socket of sockets) socket.destroy();
      }
    },
  );

  it("that leaves handshakes unfinished is ended, where HAProxy can tell them from other silence", async () => {
    if (!atLeast(stage.build.version, 3, 0)) {
      expect(readFileSync(stage.settings.haproxyConfig, "utf8")).not.toContain("client-hs");
      return;
    }
    const silent = connect({ port: stage.settings.httpsPort, from: "127.0.0.200" });
    silent.on("data", () => undefined).on("error", () => undefined);
    await until("it is closed", () => silent.closed);
  });
});

it("are listed in docs/attacks.md as they are tried here, twelve at the least", () => {
  const page = readFileSync(path.join(__dirname, "../../docs/attacks.md"), "utf8");
  for (const { name, connections } of FLOODS) expect(page).toContain(`| ${name} | ${connections} | none |`);
  expect(FLOODS.length).toBeGreaterThanOrEqual(12);
});
