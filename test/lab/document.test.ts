import * as fs from "node:fs";
import * as path from "node:path";
import { CLIENTS } from "../../lab/client/clients";
import { clientsDocument } from "../../lab/matrix/document";
import type { Cell } from "../../lab/matrix/drive";
import type { Row } from "../../lab/matrix/matrix";
import { SCENARIOS } from "../../lab/scenario/scenarios";
import type { Verdict } from "../../lab/scenario/verdict";

const PAGE = fs.readFileSync(path.join(__dirname, "..", "..", "docs", "clients.md"), "utf8");
const GOLDEN = fs.readFileSync(path.join(__dirname, "matrix.golden.txt"), "utf8");

/** What a page's tables say of a client in a scenario. */
function cellOf(page: string, client: string, scenario: string): string | undefined {
  const { title } = SCENARIOS.find(({ name }) => name === scenario) ?? { title: "" };
  const rows = page.split("\n").map((line) => line.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, "")));
  const head = rows.find(([first, ...titles]) => first === "client" && titles.includes(title)) ?? [];
  const row = rows.slice(rows.indexOf(head)).find(([first]) => first === client);
  return row?.[head.indexOf(title)];
}

describe("docs/clients.md", () => {
  it("has a verdict for every client in every scenario, and nobody that could not be run", () => {
    const cells = CLIENTS.flatMap(({ name }) => SCENARIOS.map((scenario) => cellOf(PAGE, name, scenario.name)));
    expect(cells.filter((cell) => !/^(pass|fail|exposed: .*)$/.test(cell ?? ""))).toEqual([]);
    expect(PAGE).not.toMatch(/not run/i);
  });

  it("says of the clients that the tests run what the golden file says", () => {
    const lines = GOLDEN.trim().split("\n");
    expect(lines.length).toBeGreaterThan(100);
    for (const line of lines) {
      const [client = "", scenario = "", verdict] = line.split(" | ");
      expect([client, scenario, cellOf(PAGE, client, scenario)]).toEqual([client, scenario, verdict]);
    }
  });

  it("tells of every cell that it is the same through a front, or how it differs", () => {
    const cells = CLIENTS.length * SCENARIOS.length;
    expect(PAGE).toContain(
      `${cells} cells of ${CLIENTS.length} clients were filled both ways, ${cells} of them the same.`,
    );
  });
});

describe("the page of a run", () => {
  const cell = (client: string, scenario: string, verdict: Verdict, exposures: readonly string[] = []): Cell => ({
    client,
    scenario,
    verdict,
    exposures,
    steps: [],
    why: "Not seen: something.",
    requests: 3,
    exitCode: 0,
    shown: "right",
    said: "",
    recipe: { command: client, files: {}, environment: {} },
  });
  const row = (client: string, engine: string, cells: readonly Cell[]): Row => ({
    client,
    engine,
    version: "1.0",
    cells: Object.fromEntries(cells.map((one) => [one.scenario, one])),
  });
  const cut = (client: string, verdict: Verdict) => row(client, "libnetcdf", [cell(client, "cut-body", verdict)]);
  const page = (direct: readonly Row[], front?: readonly Row[]) =>
    clientsDocument({
      direct: { rows: direct, absent: [{ client: "cdo", why: "no mirror answers" }] },
      front: front && { rows: front, absent: [] },
      circumstances: ["A machine."],
    });

  it.each([
    ["every client on libnetcdf", [cut("ncdump", "fail"), cut("nccopy", "fail")]],
    ["ncdump (1.0)", [cut("ncdump", "fail"), cut("nccopy", "pass")]],
  ])("names in its first lines whom a cut body corrupts: %s", (who, rows) => {
    expect(page(rows)).toContain(`becomes wrong numbers, with exit code 0, in ${who}**`);
  });

  it("says nothing of a danger that was not seen", () => {
    expect(page([cut("ncdump", "pass")])).not.toContain("cut short becomes");
  });

  it("shows each cell that differs through a front beside what was seen directly", () => {
    const wget = (verdict: Verdict) => [row("wget", "wget", [cell("wget", "cookie", verdict)])];
    const differs = page(wget("pass"), wget("fail"));
    expect(differs).toContain("1 cells of 1 clients were filled both ways, 0 of them the same.");
    expect(differs).toContain("| wget | Cookie | pass | fail |");
  });

  it("calls what was not run not run, and says why", () => {
    const text = page([cut("ncdump", "pass")]);
    expect(cellOf(text, "ncdump", "https")).toBe("not run");
    expect(text).toContain("- cdo: no mirror answers");
  });
});
