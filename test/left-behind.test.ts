import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { leftBehind, type Process, processes } from "../testing/left-behind";
import { until } from "../testing/until";

const RUN = 100;
const FOLDER = "/tmp/certfront-abc";
const one = (pid: number, parent: number, command: string, traces = command): Process => ({
  pid,
  parent,
  command,
  traces,
});

describe("what a run of the tests left behind", () => {
  const OWN_ORPHAN = one(7, 1, `haproxy -f ${FOLDER}/haproxy.cfg`);
  it.each<[string, Process[], number[]]>([
    ["a child", [one(5, RUN, "pebble")], [5]],
    ["a child's child", [one(5, RUN, "node test"), one(6, 5, "node agent.js run")], [6]],
    ["an orphan that names the run's folder", [OWN_ORPHAN], [7]],
    ["an orphan with the run's environment", [one(8, 1, "pebble", `pebble\nTMPDIR=${FOLDER}`)], [8]],
  ])("is %s", (_, all, left) => {
    expect(leftBehind(all, RUN, FOLDER).map(({ pid }) => pid)).toEqual(left);
  });

  it.each<[string, Process]>([
    ["somebody else's orphan", one(9, 1, "vim haproxy.cfg")],
    ["another run's", one(9, 1, "haproxy -f /tmp/certfront-xyz/haproxy.cfg")],
    ["a program that no test starts", one(9, RUN, "esbuild --service")],
    ["one with a parent elsewhere", one(9, 50, `haproxy -f ${FOLDER}/haproxy.cfg`)],
  ])("is not %s", (_, process) => {
    expect(leftBehind([process], RUN, FOLDER)).toEqual([]);
  });

  it("is found on this machine, whatever tells it: an argument, the environment, or where it runs", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "left-behind-"));
    const start = (args: string[], options: { env?: NodeJS.ProcessEnv; cwd?: string }) =>
      spawn(process.execPath, ["-e", "setInterval(() => {}, 1000) // haproxy", ...args], { cwd: "/", ...options });
    const children = [
      start([`${folder}/haproxy.cfg`], { env: {} }),
      start([], { env: { CERTFRONT_TEST_FOLDER: folder } }),
      start([], { env: {}, cwd: folder }),
      start([], { env: {} }),
    ];
    const pids = children.map(({ pid }) => pid);
    // As if their parent had ended.
    const orphans = () => processes().flatMap((found) => (pids.includes(found.pid) ? [{ ...found, parent: 1 }] : []));
    try {
      const left = await until("all have begun", () => {
        const found = leftBehind(orphans(), 1_000_000, folder).map(({ pid }) => pid);
        return orphans().length === 4 && found.length === 3 && found;
      });
      expect(left.sort()).toEqual(pids.slice(0, 3).sort());
    } finally {
      for (const child of children) child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
