import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { Haproxy } from "../../front/agent/haproxy";
import { outdated, replaced } from "../../front/agent/outdated";
import { until } from "../../testing/until";

describe("HAProxy that runs as it was before an update", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), "certfront-outdated-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it("is OpenSSL by its name", async () => {
    const haproxy = "/usr/sbin/haproxy";
    expect(existsSync(haproxy)).toBe(true);
    expect(await replaced({ files: [haproxy], startedAt: 0 })).toEqual(expect.arrayContaining(["HAProxy", "OpenSSL"]));
  });

  it("is counted from when HAProxy says that it started", async () => {
    const socket = path.join(directory, "s");
    const configuration = path.join(directory, "haproxy.cfg");
    writeFileSync(
      configuration,
      `global\n  stats socket ${socket} level admin\ndefaults\n  mode http\n  timeout client 1s\n`,
    );
    const before = Date.now();
    const child = spawn("/usr/sbin/haproxy", ["-db", "-f", configuration], { stdio: "ignore" });
    try {
      const haproxy = new Haproxy(socket);
      const { startedAt = 0 } = await until("HAProxy answers", () => haproxy.info());
      haproxy.close();
      expect(startedAt).toBeGreaterThan(before - 2_000);
      expect(startedAt).toBeLessThanOrEqual(Date.now());
      expect(await outdated(startedAt, directory)).toEqual([]);
      expect(await outdated(1, directory)).toEqual(expect.arrayContaining(["HAProxy", "OpenSSL"]));
    } finally {
      child.kill();
      await once(child, "exit");
    }
  });
});
