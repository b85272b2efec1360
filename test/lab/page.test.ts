import { execFile } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { systemClock } from "../../core/base/clock";
import { sandboxProblem } from "../../lab/matrix/sandbox";
import { findProgram } from "../../local/process/debian/ensure-packages";
import { certfront } from "../../testing/certfront-cli";
import { launchChromium } from "../../testing/chromium";
import { leftOut } from "../../testing/left-out";
import { startTestStack, type TestStack } from "../../testing/local-stack";
import { until } from "../../testing/until";

const AXE = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** A person's walk: start the stack with the lab, open its page, paste what it says, look again. */
describe("the lab behind the local fronts", () => {
  let running: TestStack;
  let browser: Browser;

  beforeAll(async () => {
    [running, browser] = await Promise.all([startTestStack({ tenants: [], lab: true }), launchChromium()]);
    await until("both tenants are served", () => running.stack.allServed(), 100_000);
  }, 150_000);
  afterAll(async () => {
    await browser?.close();
    await running?.stop();
  });

  it("turns the X509 row green when ncdump came with a client certificate", async () => {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    await page.goto(running.stack.lab?.page ?? "");
    const row = page.locator('li[data-scenario="x509"]');
    await row.waitFor();
    expect(await page.locator("#client").inputValue()).toBe("ncdump");
    expect(await page.locator("#limits").textContent()).toContain("A .netrc counts only where HTTP.NETRC names it");
    expect(await row.getAttribute("data-state")).toBe("not begun");
    const { violations } = (await page.evaluate(`${AXE}; axe.run(document, { resultTypes: ["violations"] })`)) as {
      violations: { id: string }[];
    };
    expect(violations.map(({ id }) => id)).toEqual([]);

    const missing = sandboxProblem() ?? (findProgram("ncdump") ? undefined : "ncdump is missing");
    if (missing !== undefined) return leftOut("the lab, with real clients", missing);
    await row.getByText("How to run it").click();
    const lines = (await row.locator("pre").textContent()) ?? "";
    const { stdout } = await promisify(execFile)("sh", ["-c", lines], {
      cwd: fs.mkdtempSync(path.join(tmpdir(), "walk-")),
      env: { PATH: process.env.PATH, HOME: "/nonexistent" },
    });
    expect(stdout.replace(/\s+/g, " ")).toContain("22, 22.25, 22.5, 22.75 ;");
    await page.locator('li[data-scenario="x509"][data-state="passed"]').waitFor();
    expect(await row.locator("li.seen").count()).toBe(2);
    expect(await row.textContent()).toContain("as carol");
    expect(await page.locator('li[data-scenario="https"]').getAttribute("data-state")).toBe("not begun");
    expect(complaints).toEqual([]);
  }, 120_000);

  it("is told by explain what the tenant's settings do to its users", async () => {
    const env = { CERTFRONT_LOCAL: path.join(running.folder, "run") };
    const { stdout } = await certfront(["explain", "data.lab.example"], { env, clock: systemClock });
    expect(stdout).toContain("It serves OPeNDAP data");
    expect([...stdout.matchAll(/^ {2}(\w+: \w+):$/gm)].map(([, setting]) => setting)).toEqual([
      "http: serve",
      "clientCertificates: optional",
    ]);
  });
});
