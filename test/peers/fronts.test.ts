import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import * as net from "node:net";
import * as path from "node:path";
import * as tls from "node:tls";
import { goProgram } from "../../proof/tools/go";
import { pythonTools } from "../../proof/tools/python";
import { type FrontHarness, startFronts } from "../../testing/front-harness";
import { haproxyVersions } from "../../testing/haproxy-versions";
import { describeWith } from "../../testing/left-out";

const NAME = "www.a.example";
const h2spec = goProgram("h2spec");
const python = pythonTools();

describe.each(haproxyVersions())("a front of $name, before scanners of others", ({ options, close }) => {
  let fronts: FrontHarness;
  let port = 0;
  beforeAll(async () => {
    fronts = await startFronts({ fronts: 1, ...options });
    await fronts.up();
    await fronts.add(NAME);
    writeFileSync(path.join(fronts.directory, "root.pem"), fronts.ca.root);
    port = fronts.fronts[0]?.settings.httpsPort ?? 0;
  }, 300_000);
  afterAll(async () => {
    await fronts?.stop();
    close();
  });

  describeWith(h2spec, "h2spec", () => {
    it("passes every case of RFC 9113 and RFC 7541 that h2spec 2.6 has", async () => {
      const relay = await withServerName(port, fronts.ca.root);
      // An answer that takes a moment: a stream that is answered and closed before the next frame came may ignore it, and h2spec does not know.
      const at = ["-h", "127.0.0.1", "-p", String(relay.port), "-o", "10", "-P", "/download/1/200"];
      const said = await run("program" in h2spec ? h2spec.program : "", at);
      relay.close();
      const [, all, passed, skipped, failed] =
        /(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed/.exec(said)?.map(Number) ?? [];
      if (failed !== 0) throw new Error(said.slice(-6_000));
      expect({ passed, skipped }).toEqual({ passed: all, skipped: 0 });
      expect(all).toBeGreaterThan(140);
    });
  });

  describeWith(python, "sslyze", () => {
    const profile = (name: string) =>
      run(path.join("bin" in python ? python.bin : "", "sslyze"), [
        `--mozilla_config=${name}`,
        `--certinfo_ca_file=${path.join(fronts.directory, "root.pem")}`,
        `${NAME}:${port}{127.0.0.1}`,
      ]);

    it("finds it compliant with Mozilla's intermediate profile", async () => {
      expect(await profile("intermediate")).toContain("OK - Compliant.");
    });

    it("would say otherwise: TLS 1.2 is not in the modern profile", async () => {
      expect(await profile("modern")).toContain("FAILED - Not compliant.");
    });
  });
});

/** What a program writes, whatever its exit code. */
function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, args, { maxBuffer: 64 * 1024 * 1024, timeout: 280_000 }, (_, stdout, stderr) =>
      resolve(`${stdout}${stderr}`),
    );
  });
}

/** h2spec cannot be told a server name, and fronts answer nobody without: HTTP/2 in the clear here, TLS with the name there. */
async function withServerName(port: number, ca: string): Promise<{ readonly port: number; close(): void }> {
  const server = net.createServer((client) => {
    const front = tls.connect({ host: "127.0.0.1", port, servername: NAME, ALPNProtocols: ["h2"], ca });
    client.on("error", () => front.destroy());
    front.on("error", () => client.destroy());
    client.on("close", () => front.destroy());
    front.on("close", () => client.destroy());
    client.pipe(front).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as net.AddressInfo).port, close: () => void server.close() };
}
