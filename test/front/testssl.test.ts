import { readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { trixieRoot } from "../../testing/debian/trixie-root";
import { type FrontHarness, startFronts } from "../../testing/front-harness";
import { describeWith } from "../../testing/left-out";

const ROOT = path.join(__dirname, "..", "..");

/** Everything that testssl.sh's grade is made of, and every vulnerability; not the tables of what each old browser would get. */
const SECTIONS = "--protocols --std --fs --server-defaults --headers --vulnerable";

/** testssl.sh gives up on resumption now and then when the machine is busy; session-tickets.test.ts proves it with its own client. */
const TESTED_ELSEWHERE: ReadonlySet<string> = new Set(["engine_problem", "sessionresumption_ticket"]);

interface Finding {
  readonly id: string;
  readonly severity: string;
  readonly finding: string;
}

const debian = trixieRoot(ROOT, "tools");

/** On Debian 13, what the instances run. The CA is a test's own, so testssl.sh is told to trust it. */
describeWith(debian, "testssl.sh 3.2 on a front", () => {
  let fronts: FrontHarness;
  const results = new Map<string, Finding[]>();

  beforeAll(async () => {
    if ("unavailable" in debian) return;
    const view = debian.fresh();
    const binds = (directory: string) => [directory, path.join(ROOT, "dist")];
    fronts = await startFronts({
      fronts: 1,
      inside: (argv, directory, env) => view.argv(argv, { binds: binds(directory), env }),
    });
    await fronts.up();
    await fronts.add("default.example");
    await fronts.add("hsts.example", { hsts: { maxAge: 63_072_000, includeSubdomains: true, preload: true } });
    writeFileSync(path.join(fronts.directory, "root.pem"), fronts.ca.root);
    const port = fronts.fronts[0]?.settings.httpsPort;
    await Promise.all(
      ["default.example", "hsts.example"].map(async (host) => {
        const own = debian.fresh();
        const json = path.join(fronts.directory, `${host}.json`);
        const { stdout, stderr } = await own.run(
          `testssl --quiet --color 0 --warnings off --nodns min --ip 127.0.0.1 --add-ca ${fronts.directory}/root.pem --jsonfile ${json} ${SECTIONS} https://${host}:${port}`,
          { binds: binds(fronts.directory), timeoutMs: 800_000 },
        );
        own.close();
        if (!/Overall Grade/.test(stdout)) throw new Error(`testssl.sh gave no grade:\n${stdout}\n${stderr}`);
        results.set(host, JSON.parse(readFileSync(json, "utf8")) as Finding[]);
      }),
    );
    view.close();
  }, 900_000);
  afterAll(() => fronts?.stop());

  it.each([
    { host: "default.example", grade: "A", what: "with the defaults" },
    { host: "hsts.example", grade: "A+", what: "with HSTS" },
  ])("gives $grade $what", ({ host, grade }) => {
    expect(results.get(host)?.find(({ id }) => id === "overall_grade")?.finding).toBe(grade);
  });

  it.each(["default.example", "hsts.example"])("finds nothing worse than LOW at %s", (host) => {
    const findings = results.get(host) ?? [];
    expect(findings.length).toBeGreaterThan(80);
    expect(findings.filter(({ severity }) => ["MEDIUM", "HIGH", "CRITICAL", "FATAL"].includes(severity))).toEqual([]);
    // What it could not check is no good news either: only what has nothing to do with the front, or has a test of its own.
    const unchecked = findings.filter(({ severity }) => severity === "WARN").map(({ id }) => id);
    expect(unchecked.filter((id) => !TESTED_ELSEWHERE.has(id))).toEqual([]);
  });
});
