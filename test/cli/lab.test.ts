import { spawn } from "node:child_process";
import * as http from "node:http";
import * as path from "node:path";
import { certfront } from "../../testing/certfront-cli";
import { until } from "../../testing/until";

const CLI = path.join(__dirname, "..", "..", "cli", "certfront.js");
const clock = { now: () => 0 };
/** ms: a busy machine takes its time to load the program. */
const PATIENCE = 100_000;

/** One request as the front of data.example passes it on. @returns the status */
function ask(port: number, url: string): Promise<number | undefined> {
  const { host, pathname, protocol } = new URL(url);
  const headers = { host, "x-forwarded-proto": protocol.slice(0, -1) };
  return new Promise((resolve, reject) => {
    http
      .get({ host: "127.0.0.1", port, path: pathname, headers, agent: false }, (response) => {
        response.resume().on("end", () => resolve(response.statusCode));
      })
      .on("error", reject);
  });
}

describe("certfront lab", () => {
  it("says which URL to use, tells each step as it is seen, and ends well on Ctrl-C", async () => {
    const child = spawn(process.execPath, [CLI, "lab", "--url", "https://data.example/", "--port", "0"], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const)
      child[stream].on("data", (chunk: Buffer) => {
        said[stream] += chunk.toString();
      });
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    try {
      const port = await until(
        "listening",
        () => Number(/127\.0\.0\.1:(\d+); its page/.exec(said.stderr)?.[1]) || false,
        PATIENCE,
      );
      const url = await until("the URL", () => /^https +(https:\S+)$/m.exec(said.stdout)?.[1] ?? false, PATIENCE);
      expect(url).toMatch(/^https:\/\/data\.example\/dap\/[0-9a-f]{10}\/https\/sst$/);
      expect(said.stderr).toContain("ncdump: A connection that ends early is logged and ignored.");
      // Without a login host its two tests are left out.
      expect(said.stdout).not.toContain("login-host");
      expect(await ask(port, `${url}.dds`)).toBe(200);
      await until(
        "the first step",
        () => said.stdout.includes("waiting, 1 of 2 steps seen. Not seen: dods served over HTTPS."),
        PATIENCE,
      );
      expect(await ask(port, `${url}.dods`)).toBe(200);
      await until("the second", () => said.stdout.includes("passed, 2 of 2 steps seen."), PATIENCE);
      child.kill("SIGINT");
      expect(await ended).toBe(0);
    } finally {
      child.kill("SIGKILL");
    }
  }, 300_000);

  it("says everything that is wrong with its options at once", async () => {
    const wrong = ["--url", "http://data.example", "--login", "x", "--port", "99999", "--client", "lynx"];
    const { code, stderr } = await certfront(["lab", ...wrong], { env: {}, clock });
    expect(code).toBe(2);
    for (const option of ["--url", "--login", "--port", "--client"]) expect(stderr).toContain(`${option} `);
  });
});
