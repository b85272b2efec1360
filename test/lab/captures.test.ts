import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { writeClientFiles } from "../../lab/client/files";
import { runIn, sandboxProblem } from "../../lab/matrix/sandbox";
import { findProgram } from "../../local/process/debian/ensure-packages";
import { type Captures, netcdfCaptures, readCaptures } from "../../testing/captures";
import { type FrontHarness, startFronts } from "../../testing/front-harness";
import { startTestLab, type TestLab } from "../../testing/lab";
import { leftOut } from "../../testing/left-out";

const found = netcdfCaptures();
const problem = "unavailable" in found ? found.unavailable : undefined;
const captures: Captures = "unavailable" in found ? { data: "", expected: "" } : found;

describe("what netcdf's authors captured of real servers", () => {
  it("is read and written again byte for byte, but for what those servers had wrong", () => {
    if (problem !== undefined) return leftOut("the lab, with real clients", problem);
    const all = readCaptures(captures);
    expect(all).toHaveLength(91);
    const different = all.filter(({ difference }) => difference !== undefined);
    expect(Object.fromEntries(different.map(({ name, difference }) => [name, difference]))).toEqual({
      Drifters: "padding that is not zero",
      EOSDB: "padding that is not zero",
      "in_2.nc": '"\\n" after the data',
      ingrid: '"\\n" after the data',
      "kwcase.nc": '"\\n" after the data',
      synth10: '"\\n" after the data',
      synth9: "no Data: line",
    });
  });
});

describe("ncdump, through a front", () => {
  let folder: string;
  let lab: TestLab;
  let fronts: FrontHarness | undefined;
  const bases = { data: { http: "http://captures.example", https: "https://captures.example" } };

  beforeAll(async () => {
    folder = fs.mkdtempSync(path.join(tmpdir(), "lab-"));
    const readable = problem === undefined ? readCaptures(captures) : [];
    lab = await startTestLab(
      bases,
      new Map(readable.flatMap(({ name, dataset }) => (dataset ? [[name, dataset] as const] : []))),
    );
    if (problem !== undefined) return;
    fronts = await startFronts({ settings: { defaultUpstream: `http://127.0.0.1:${lab.port}` } });
    await fronts.up();
    await fronts.add("captures.example");
    bases.data.https = `https://captures.example:${fronts.httpsPort}`;
  }, 120_000);

  afterAll(async () => {
    await fronts?.stop();
    await lab.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  it("prints of each what netcdf's own tests expect, but for three that its own build prints otherwise", async () => {
    const missing = problem ?? sandboxProblem() ?? (findProgram("ncdump") ? undefined : "ncdump is missing");
    if (missing !== undefined || fronts === undefined)
      return leftOut("the lab, with real clients", missing ?? "unknown");
    const client = { certificate: "", key: "" };
    const files = writeClientFiles(folder, fronts.ca.root, client, { "captures.example": "127.0.0.1" });
    fs.writeFileSync(path.join(folder, ".ncrc"), `HTTP.SSL.CAINFO=${files.ca}\n`);
    const run = lab.runs.begin("ncdump");
    const names = readCaptures(captures)
      .map(({ name }) => name)
      .filter((name) => fs.existsSync(path.join(captures.expected, `${name}.dmp`)));
    const url = (name: string) => `${bases.data.https}/dap/${run.id}/https/${name}`;
    // One namespace for all: a start of each would cost more than the dumps.
    const script = names.map((name) => `ncdump '${url(name)}' > '${name}.out' 2> /dev/null`).join("\n");
    await runIn({ hosts: files.hosts }, `\n${script}\ntrue`, {
      cwd: folder,
      environment: { PATH: "/usr/bin:/bin", HOME: folder, LANG: "C.UTF-8" },
      within: 240_000,
    });
    const wrong = names.filter((name) => {
      const got = words(fs.readFileSync(path.join(folder, `${name}.out`), "latin1"));
      return got !== words(fs.readFileSync(path.join(captures.expected, `${name}.dmp`), "latin1"));
    });
    expect(names.length).toBeGreaterThan(80);
    expect(wrong).toEqual(["synth8", "synth9", "testData.nc"].filter((name) => names.includes(name)));
  }, 300_000);
});

/** Without what servers' line ends and formatting leave. */
function words(dump: string): string {
  return dump.replaceAll("\\r", "").replace(/\s+/g, "");
}
