import * as fs from "node:fs";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { freePorts } from "../../local/process/parts/free-port";
import { createThrowawayCa } from "../../local/process/parts/throwaway-ca";
import { Progress, type ProgressEvent } from "../../local/progress/events";
import { answeringCa, ownCa } from "../../local/run/own-ca";
import { until } from "../../testing/until";

const URL = "https://ca.corp.example/acme/directory";
const WORLD = { dns: "127.0.0.1:4053", httpPort: 4080 };

describe("a CA of one's own in Pebble's place", () => {
  const folder = fs.mkdtempSync(path.join(tmpdir(), "certfront-own-ca-"));
  const authority = createThrowawayCa("a company's CA");
  const root = path.join(folder, "root.pem");
  fs.writeFileSync(root, authority.certificate);
  const key = path.join(folder, "not-a-certificate.pem");
  fs.writeFileSync(key, authority.issue(["localhost"]).key);

  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  it("is named by its directory and what it is trusted by", async () => {
    const ca = ownCa(URL, root);
    expect(ca).toMatchObject({ directory: URL, trustFile: root });
    expect(await ca?.root()).toBe(authority.certificate);
    expect(ownCa(undefined, undefined)).toBeUndefined();
  });

  it.each([
    ["a directory alone", URL, undefined, "--ca-directory and --ca-root belong together"],
    ["a root alone", undefined, root, "--ca-directory and --ca-root belong together"],
    ["plain HTTP", "http://ca.corp.example/directory", root, "--ca-directory http://ca.corp.example/directory: give"],
    ["no URL", "ca.corp.example", root, "--ca-directory ca.corp.example: give the URL"],
    ["a file that is not there", URL, path.join(folder, "no.pem"), "give a PEM file with the CA's root certificate"],
    ["a key in the root's place", URL, key, "give a PEM file with the CA's root certificate"],
  ])("is refused in a sentence: %s", (_, directory, file, sentence) => {
    expect(() => ownCa(directory, file)).toThrow(expect.objectContaining({ code: "USAGE" }));
    expect(() => ownCa(directory, file)).toThrow(sentence);
  });

  it("is waited for: it is told where names validate, and people why it does not answer", async () => {
    const [port = 0] = await freePorts(1);
    const events: ProgressEvent[] = [];
    const progress = new Progress();
    progress.listen((event) => events.push(event));
    const said = () => events.map((event) => ("text" in event ? event.text : "")).join("\n");
    const url = `https://localhost:${port}/directory`;
    const ready = answeringCa(
      { directory: url, trustFile: root, root: async () => authority.certificate },
      WORLD,
      progress,
    );

    await until("says that nobody listens", () => said().includes("ECONNREFUSED"));
    expect(said()).toContain(
      `waiting for ${url}: it must ask 127.0.0.1:4053 for names, and fetch challenges at port 4080`,
    );

    const stranger = await listen(port, createThrowawayCa("somebody else's"), "{}");
    await until("says that it is not trusted", () => /self.signed|unable to verify/.test(said()));
    await close(stranger);

    const page = await listen(port, authority, "<h1>It works</h1>");
    await until("says that this is no directory", () => said().includes("it answers 200, without newOrder"));
    await close(page);

    const server = await listen(port, authority, '{"newOrder":"https://localhost/new-order"}');
    await ready;
    await close(server);
  });
});

async function listen(port: number, ca: ReturnType<typeof createThrowawayCa>, body: string): Promise<https.Server> {
  const { certificate, key } = ca.issue(["localhost"]);
  const server = https.createServer({ cert: certificate, key }, (_, response) => response.end(body));
  await until(
    "the port is free",
    () =>
      new Promise<boolean>((resolve) => {
        server.once("error", () => resolve(false));
        server.listen(port, () => resolve((server.address() as AddressInfo).port === port));
      }),
  );
  return server;
}

function close(server: https.Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
