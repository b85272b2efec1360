import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { ATTACK_CLASSES, type Attack } from "../../testing/attacks/inputs";
import { sendRaw, statuses, type Target } from "../../testing/attacks/raw-client";
import { isOver } from "../../testing/attacks/raw-h2";
import { type Recorder, type Seen, startRecorder } from "../../testing/attacks/recorder";
import { type LoggingServer, startApache, startCaddy } from "../../testing/attacks/servers";
import { type AttackStage, startAttackStage, waitedForUpstream } from "../../testing/attacks/stage";
import { keepVisiting } from "../../testing/attacks/visitor";
import { EVIL } from "../../testing/attacks/words";
import { TestCa } from "../../testing/certificates";
import { haproxyVersions } from "../../testing/haproxy-versions";

/** Attacks under way at once. */
const WIDTH = 24;
const MEMBERS = { mode: "optional", ca: new TestCa("members").root } as const;
const OWN_CONNECTION = /^(upgrade|close|keep-alive)$/i;

/** What of a request should not have come through; nothing, if all is well. */
function wrongWith({ server, method, url, headers }: Seen, host: string): string[] {
  const value = (name: string): string => (headers[name] ?? []).join(", ");
  const upgrade = value("upgrade");
  return [
    ...(["CONNECT", "TRACE"].includes(method) ? [`method ${method}`] : []),
    ...(value("host") === host ? [] : [`host ${value("host")}`]),
    ...(/^[/*]/.test(url) ? [] : [`target ${url}`]),
    ...(["", "NONE"].includes(value("x-ssl-client-verify")) ? [] : [`verify ${value("x-ssl-client-verify")}`]),
    ...(["", "127.0.0.1"].includes(value("x-forwarded-for")) ? [] : [`for ${value("x-forwarded-for")}`]),
    // The others' logs have the names that they know.
    ...(server !== "Node.js" || value("x-forwarded-for") !== "" ? [] : ["for nobody"]),
    ...(server !== "Node.js" || value("x-forwarded-proto") !== "https" || value("x-ssl-client-verify") !== ""
      ? []
      : ["verify nothing"]),
    ...(["", host].includes(value("x-forwarded-host")) ? [] : [`forwarded host ${value("x-forwarded-host")}`]),
    ...(["", "websocket"].includes(upgrade) ? [] : [`upgrade ${upgrade}`]),
    ...(value("connection") === "" || OWN_CONNECTION.test(value("connection"))
      ? []
      : [`connection ${value("connection")}`]),
    ...(JSON.stringify([method, url, headers]).includes(EVIL) ? [`${method} ${url} ${JSON.stringify(headers)}`] : []),
  ];
}

describe.each(haproxyVersions())("attacks on a front with $name", (version) => {
  let stage: AttackStage;
  let directory: string;
  let node: Recorder;
  let elsewhere: Recorder;
  let apache: LoggingServer;
  let caddy: LoggingServer;

  beforeAll(async () => {
    [node, elsewhere] = await Promise.all([startRecorder(), startRecorder()]);
    directory = mkdtempSync(path.join(tmpdir(), "certfront-upstreams-"));
    [apache, caddy] = await Promise.all([startApache(directory), startCaddy(directory)]);
    stage = await startAttackStage(version, {
      "node.example": { upstream: node.url, http: "serve", clientCertificates: MEMBERS },
      "apache.example": { upstream: apache.url, http: "serve", clientCertificates: MEMBERS },
      "caddy.example": { upstream: caddy.url, http: "serve", clientCertificates: MEMBERS },
      "other.example": { upstream: node.url, clientCertificates: MEMBERS },
      "neighbour.example": { upstream: elsewhere.url },
    });
  }, 120_000);
  afterAll(async () => {
    await stage?.stop();
    await Promise.all([node?.stop(), elsewhere?.stop(), apache?.stop(), caddy?.stop()]);
    rmSync(directory, { recursive: true, force: true });
  });

  const secure = (host: string, alpn: string): Target => ({
    port: stage.settings.httpsPort,
    tls: { servername: host, ca: stage.ca.root, ALPNProtocols: [alpn] },
  });
  const send = ({ h2, bytes }: Attack, host: string, over: "http" | "https") =>
    over === "http"
      ? sendRaw({ port: stage.settings.httpPort }, bytes)
      : sendRaw(secure(host, h2 ? "h2" : "http/1.1"), bytes, h2 ? (text) => isOver(text) : undefined);

  const visit = async (): Promise<number | string> => {
    const target = { ...secure("neighbour.example", "http/1.1"), from: "127.0.0.9" };
    const answer = await sendRaw(target, "GET / HTTP/1.1\r\nHost: neighbour.example\r\nConnection: close\r\n\r\n");
    return statuses(answer)[0] ?? answer.error ?? "nothing";
  };
  const seen = (host: string): Seen[] => {
    if (host === "apache.example") return apache.seen();
    return host === "caddy.example" ? caddy.seen() : node.seen;
  };

  describe.each(["node.example", "apache.example", "caddy.example"])("at %s", (host) => {
    it.each(ATTACK_CLASSES.filter(({ everywhere }) => everywhere || host === "node.example"))(
      "$name",
      async ({ attacks }) => {
        const before = seen(host).length;
        const visits = keepVisiting(visit);
        const queue = (["https", "http"] as const).flatMap((over) =>
          attacks(host)
            .filter(({ h2, plain }) => (over === "https" ? !plain : !h2 && host === "node.example"))
            .map((attack) => ({ attack, over })),
        );
        const stillOpen: string[] = [];
        const worker = async (): Promise<void> => {
          for (let next = queue.pop(); next; next = queue.pop()) {
            const answer = await send(next.attack, host, next.over);
            if (answer.error?.startsWith("still open")) stillOpen.push(`${next.over} ${next.attack.name}`);
          }
        };
        await Promise.all(Array.from({ length: WIDTH }, worker));
        const { errors } = await visits();
        expect(
          seen(host)
            .slice(before)
            .flatMap((one) => wrongWith(one, host)),
        ).toEqual([]);
        expect(node.tunnelled).toEqual([]);
        expect(stillOpen).toEqual([]);
        // Nobody else noticed.
        expect(errors).toEqual([]);
        expect(waitedForUpstream(stage)).toBe(0);
      },
    );
  });
});

it("are counted in docs/attacks.md as they are tried here, 600 at the least", () => {
  const page = readFileSync(path.join(__dirname, "../../docs/attacks.md"), "utf8");
  const counted = ATTACK_CLASSES.map(({ name, everywhere, attacks }) => ({
    name,
    everywhere,
    inputs: attacks("node.example").length,
  }));
  for (const { name, everywhere, inputs } of counted) {
    expect(page).toContain(`| ${name} | ${inputs}${everywhere ? " at each upstream" : ""} | nothing |`);
  }
  expect(counted.reduce((sum, { inputs }) => sum + inputs, 0)).toBeGreaterThanOrEqual(600);
});
