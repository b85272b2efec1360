import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { writePages } from "../../front/agent/pages";
import { policyOf } from "../../front/agent/policy";
import { PAGES, WAITING_PAGES } from "../../front/haproxy-pages";
import { type FrontSettings, frontPaths } from "../../front/settings";
import { tenant } from "../../testing/records";

let directory: string;
beforeAll(async () => {
  directory = await fs.mkdtemp(path.join(os.tmpdir(), "certfront-pages-"));
});
afterAll(() => fs.rm(directory, { recursive: true }));

/** The page in HAProxy's map, as HTML. */
async function waitingPage(operator?: FrontSettings["operator"], key = "waiting"): Promise<string> {
  const settings = { directory, operator };
  await writePages(settings);
  const map = await fs.readFile(frontPaths(settings).pageMap, "utf8");
  const [line = "", ...others] = map.split("\n").filter((one) => one.startsWith(`${key}- `));
  expect(others).toEqual([]);
  return line.slice(`${key}- `.length);
}

describe("the page of a domain without a certificate", () => {
  it("promises nothing, and says whose turn it may be", async () => {
    const page = await waitingPage();
    expect(page).toContain("<h1>This domain is not ready yet</h1>");
    expect(page).toContain("either a DNS record is missing or something of ours is wrong; whoever provides this site");
    expect(page).not.toMatch(/in a minute|almost/i);
  });

  it.each([
    [
      { name: "Example Hosting", support: "help@hosting.example" },
      'please ask Example Hosting, <a href="mailto:help@hosting.example">help@hosting.example</a>.</p>',
    ],
    [
      { name: "", support: "https://hosting.example/help" },
      'please ask <a href="https://hosting.example/help">https://hosting.example/help</a>.</p>',
    ],
    [{ name: "Example Hosting", support: "" }, "please ask Example Hosting.</p>"],
  ])("names the operator: %j", async (operator, html) => expect(await waitingPage(operator)).toContain(html));

  it.each([
    [
      "waiting-owner",
      /If the domain is yours: there is a change for you to make.*please ask Example Hosting/,
      /ours? /,
    ],
    [
      "waiting-us",
      /not its owner's doing: we have something to mend.*please ask Example Hosting/,
      /change for you|DNS/,
    ],
  ])("%s says whose turn it is, and nothing of the other's", async (key, told, untold) => {
    const html = await waitingPage({ name: "Example Hosting", support: "" }, key);
    expect(html).toMatch(told);
    expect(html).not.toMatch(untold);
  });

  it.each([
    [undefined, "w"],
    ["owner", "wo"],
    ["us", "wu"],
  ] as const)("is the one of whom the domain waits for: %s is %s in the policy map", (waitsFor, mode) => {
    const { hosts } = policyOf(tenant("a.example"), [], undefined, () => 0, waitsFor);
    expect(hosts.get("a.example")?.split("|")[1]).toBe(mode);
    expect(Object.keys(WAITING_PAGES)).toContain(mode);
  });

  it("is not asked for once there is a certificate", () => {
    const { hosts } = policyOf(tenant("a.example"), ["a.example"], undefined, () => 0, "owner");
    expect(hosts.get("a.example")?.split("|")[1]).toBe("r");
  });

  it("is text and one line, whatever the operator is called", async () => {
    const page = await waitingPage({ name: "<script>a&b\n503- x</script>", support: "https://x.example/'\"onclick=y" });
    expect(page).toContain("&#60;script&#62;a&#38;b&#10;503- x&#60;/script&#62;");
    expect(page).toContain('<a href="https://x.example/&#39;&#34;onclick=y">');
  });
});

describe("the pages that a front says by itself", () => {
  const pageMap = async (): Promise<string[]> => {
    await writePages({ directory, operator: { name: "Example Hosting", support: "" } });
    return (await fs.readFile(frontPaths({ directory }).pageMap, "utf8")).split("\n");
  };

  it("are one line each, for people and for DAP clients, with the status in both", async () => {
    const lines = await pageMap();
    expect(lines.map((line) => line.split(" ")[0])).toEqual([
      ...Object.keys(PAGES).flatMap((key) => [`${key}-`, `${key}-dap`]),
      "",
    ]);
    expect(lines.find((line) => line.startsWith("404-dap "))).toBe(
      '404-dap Error { code = 404; message = "Nothing here. There is nothing at this address."; };',
    );
    expect(lines.find((line) => line.startsWith("waiting-dap "))).toMatch(
      /^waiting-dap Error \{ code = 503; message = "This domain/,
    );
  });

  it("are whole, load nothing and name the operator only where a domain waits", async () => {
    const [line = ""] = (await pageMap()).filter((one) => one.startsWith("404- "));
    expect(line).toBe(
      '404- <!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">' +
        "<title>Nothing here</title><style>" +
        "body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 18vh auto; padding: 0 1.5rem; color: #223; background: #fff } " +
        "@media (prefers-color-scheme: dark) { body { color: #dde; background: #14161a } a { color: #9bf } }" +
        "</style><h1>Nothing here</h1><p>There is nothing at this address.</p></html>",
    );
  });

  it("are a welcome where neither tenant nor stack has an upstream, which anybody may read", async () => {
    await pageMap();
    const file = path.join(frontPaths({ directory }).pages, "welcome.html");
    expect(await fs.readFile(file, "utf8")).toContain(
      "<h1>It works</h1><p>This domain is set up and has its certificate. Nothing is published here yet.</p>",
    );
    const modes = [file, frontPaths({ directory }).pageMap].map(async (one) => (await fs.stat(one)).mode & 0o777);
    expect(await Promise.all(modes)).toEqual([0o644, 0o644]);
  });
});
