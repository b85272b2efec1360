import { spawn } from "node:child_process";
import { isAlive } from "../../local/process/is-alive";
import { until } from "../../testing/until";

/** A program that starts `sleep` under the keeper, says its pid, and waits. */
const PARENT = `
const { spawn } = require("node:child_process");
const { keep, release } = require("./local/process/keeper.ts");
const kept = spawn("sleep", ["600"], { stdio: "ignore", detached: true });
const released = spawn("sleep", ["600"], { stdio: "ignore", detached: true });
keep(kept.pid);
keep(released.pid);
release(released.pid);
process.stdout.write(JSON.stringify([kept.pid, released.pid]) + "\\n");
setInterval(() => {}, 1000);
`;

describe("The keeper", () => {
  it("ends what is listed when its parent is killed with no chance to do so itself, and nothing else", async () => {
    const parent = spawn(process.execPath, ["--import", "tsx", "-e", PARENT], { stdio: ["ignore", "pipe", "inherit"] });
    const line = await new Promise<string>((resolve) =>
      parent.stdout.once("data", (data: Buffer) => resolve(data.toString())),
    );
    const [kept = 0, released = 0] = JSON.parse(line) as number[];
    try {
      expect([isAlive(kept), isAlive(released)]).toEqual([true, true]);
      parent.kill("SIGKILL");
      await until("the listed process is gone", () => !isAlive(kept));
      expect(isAlive(released)).toBe(true);
    } finally {
      process.kill(released, "SIGKILL");
    }
  });
});
