import { readFileSync } from "node:fs";
import * as path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { atLeast } from "../../front/haproxy-build";
import { FLOODS, type Flood } from "../../testing/attacks/floods";
import { connect, sendRaw, statuses } from "../../testing/attacks/raw-client";
import { type AttackStage, startAttackStage, waitedForUpstream } from "../../testing/attacks/stage";
import { keepVisiting } from "../../testing/attacks/visitor";
import { type HaproxyVersion, haproxyVersions } from "../../testing/haproxy-versions";
import { sideBySide } from "../../testing/side-by-side";
import { startTestUpstream, type TestUpstream } from "../../testing/test-upstream";
import { until } from "../../testing/until";

const STRANGER = (index: number): string => `127.0.0.${100 + index}`;
const VISITOR = "127.0.0.9";
/** How long a flood has for being sent; what is not read by the front never is. */
const WATCHED_MS = 1_000;
const HOSTS = ["attacked.example", "neighbour.example"];

interface Flooded {
  readonly name: string;
  readonly stage: AttackStage;
  readonly upstream: TestUpstream;
}

const VERSIONS = haproxyVersions();
/** Both versions at once: a flood is mostly waiting. */
const fronts: Flooded[] = [];
beforeAll(async () => {
  fronts.push(...(await Promise.all(VERSIONS.map(startFlooded))));
}, 120_000);
afterAll(() => Promise.all(fronts.flatMap(({ stage, upstream }) => [stage.stop(), upstream.stop()])));

async function startFlooded(version: HaproxyVersion): Promise<Flooded> {
  const upstream = await startTestUpstream();
  const shared = { upstream: upstream.url, http: "serve" } as const;
  const tenants = Object.fromEntries(HOSTS.map((host) => [host, shared]));
  return { name: version.name, upstream, stage: await startAttackStage(version, tenants) };
}

const tlsFor = ({ ca }: AttackStage, servername: string, alpn: string) => ({
  servername,
  ca: ca.root,
  ALPNProtocols: [alpn],
});

async function visit(stage: AttackStage, host: string): Promise<number | string> {
  const target = { port: stage.settings.httpsPort, from: VISITOR, tls: tlsFor(stage, host, "http/1.1") };
  const answer = await sendRaw(target, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  return statuses(answer)[0] ?? answer.error ?? "nothing";
}

/** What visitors of both tenants saw while it was sent. */
async function flooded({ stage }: Flooded, { port, over, connections, bytes }: Flood, from: string) {
  const text = bytes("attacked.example");
  const target = {
    port: port === "http" ? stage.settings.httpPort : stage.settings.httpsPort,
    from,
    tls: over === "none" ? undefined : tlsFor(stage, "attacked.example", over),
  };
  const watching = HOSTS.map((host) => keepVisiting(() => visit(stage, host)));
  const sockets = Array.from({ length: connections }, () => connect(target));
  // Sent, refused or cut.
  const sent = sockets.map(
    (socket) =>
      new Promise((resolve) => {
        socket
          .on("error", resolve)
          .on("close", resolve)
          .on("data", () => undefined);
        socket.once(over === "none" ? "connect" : "secureConnect", () => socket.write(text, "latin1", resolve));
      }),
  );
  try {
    await Promise.race([Promise.all(sent), wait(WATCHED_MS)]);
    return await Promise.all(watching.map((stop) => stop()));
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

describe("a flood from one source", () => {
  it.each(FLOODS.map((flood, index) => ({ ...flood, from: STRANGER(index) })))(
    "of $name costs no other visitor anything",
    ({ from, ...flood }) =>
      sideBySide(fronts, async (front) => {
        for (const { errors } of await flooded(front, flood, from)) expect(errors).toEqual([]);
        expect(waitedForUpstream(front.stage)).toBe(0);
      }),
  );

  it("that leaves handshakes unfinished is ended, where HAProxy can tell them from other silence", async () => {
    for (const { stage } of fronts) {
      if (!atLeast(stage.build.version, 3, 0)) {
        expect(readFileSync(stage.settings.haproxyConfig, "utf8")).not.toContain("client-hs");
        continue;
      }
      const silent = connect({ port: stage.settings.httpsPort, from: "127.0.0.200" });
      silent.on("data", () => undefined).on("error", () => undefined);
      await until("it is closed", () => silent.closed);
    }
  });
});

it("are listed in docs/attacks.md as they are tried here, twelve at the least", () => {
  const page = readFileSync(path.join(__dirname, "../../docs/attacks.md"), "utf8");
  for (const { name, connections } of FLOODS) expect(page).toContain(`| ${name} | ${connections} | none |`);
  expect(FLOODS.length).toBeGreaterThanOrEqual(12);
});
