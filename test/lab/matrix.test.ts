import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { CLIENTS, SUBSET } from "../../lab/client/clients";
import { type DirectLab, startDirectLab } from "../../lab/matrix/direct-lab";
import { fillMatrix } from "../../lab/matrix/matrix";
import { runIn, sandboxProblem } from "../../lab/matrix/sandbox";
import { cellLines } from "../../lab/matrix/text-table";
import { SCENARIOS } from "../../lab/scenario/scenarios";
import { leftOut } from "../../testing/left-out";

const GOLDEN = path.join(__dirname, "matrix.golden.txt");
/** The golden file holds what Debian 12's packages do; another release's may do better. */
const DEBIAN = /^VERSION_ID="?(\d+)/m.exec(fs.readFileSync("/etc/os-release", "utf8"))?.[1];

let folder: string;
let lab: DirectLab | undefined;

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(tmpdir(), "lab-"));
  if (sandboxProblem() === undefined) lab = await startDirectLab(folder);
});
afterAll(async () => {
  await lab?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

describe("real clients", () => {
  it("come out as they did before, each in each scenario", async () => {
    if (lab === undefined) return leftOut("the lab, with real clients", sandboxProblem() ?? "unknown");
    const matrix = await fillMatrix(
      CLIENTS.filter(({ name }) => SUBSET.includes(name)),
      SCENARIOS,
      lab,
    );
    expect(matrix.absent).toEqual([]);
    expect(matrix.rows).toHaveLength(SUBSET.length);
    if (DEBIAN !== "12" || !lab.ownPorts)
      return void console.warn("not compared: the golden file is of Debian 12's packages, on ports 80 and 443");
    expect(`${cellLines(matrix).join("\n")}\n`).toBe(fs.readFileSync(GOLDEN, "utf8"));
  }, 300_000);

  it("that never end are ended, and said to be", async () => {
    if (lab === undefined) return leftOut("the lab, with real clients", sandboxProblem() ?? "unknown");
    const ran = await runIn({ hosts: lab.hosts }, "sleep 600 & echo started; wait", {
      cwd: folder,
      environment: { PATH: "/usr/bin:/bin" },
      within: 500,
    });
    expect(ran).toMatchObject({ exitCode: undefined, stdout: "started\n" });
  });
});
