import * as fs from "node:fs";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { HOUR, MINUTE } from "../../core/base/clock";
import { METRICS } from "../../core/base/metrics";
import { launchChromium } from "../../testing/chromium";
import { startTestConsole, type TestConsole } from "../../testing/console-fixture";
import { activeTenant, heartbeat, NOW, notPointing, pendingTenant } from "../../testing/sample-tenants";

const AXE = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

let browser: Browser;
let console_: TestConsole;
let context: BrowserContext;
let page: Page;
/** Addresses that the page asked anything of. */
let asked: string[];
/** What the browser complained about: errors of scripts, the content security policy, missing files. */
let complaints: string[];

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser?.close());

beforeEach(async () => {
  console_ = await startTestConsole();
  await console_.store.createTenant(activeTenant("data.paris.example", 75.5, ["www.paris.example"]));
  await console_.store.createTenant(activeTenant("lyon.example", 80));
});
afterEach(async () => {
  await context?.close();
  await console_.stop();
});

async function open(options: Parameters<Browser["newContext"]>[0] = {}, address = ""): Promise<void> {
  context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  page = await context.newPage();
  asked = [];
  complaints = [];
  page.on("request", (request) => asked.push(new URL(request.url()).origin));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await page.goto(`${console_.url}${address}`);
  await page.waitForSelector('body[data-connected="yes"]');
}

const headline = () => page.locator("#headline");
const rows = () => page.locator("#tenant-rows tr");
const ringing = (alarm: string) => page.locator("#alarms-ringing li", { has: page.locator(`[data-focus="${alarm}"]`) });

async function violations(): Promise<string[]> {
  // axe is brought in by the test; the page's own policy lets no foreign script in.
  const found = await page.evaluate(`${AXE}; axe.run(document, { resultTypes: ["violations"] })`);
  const { violations: all } = found as { violations: { id: string; nodes: { html: string }[] }[] };
  return all.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
}

describe("the console when all is well", () => {
  it("says so, and asks nothing of anybody else", async () => {
    await open();
    await expect(headline().textContent()).resolves.toBe("All is well");
    await expect(page.locator("#detail").textContent()).resolves.toContain("2 tenants on 2 fronts");
    await expect(page.locator("#trouble").isVisible()).resolves.toBe(false);
    await expect(rows().count()).resolves.toBe(2);
    await expect(rows().first().textContent()).resolves.toContain("data.paris.example");
    await expect(rows().first().textContent()).resolves.toContain("in 75 days");
    await expect(rows().first().textContent()).resolves.toContain("2 of 2");
    await expect(page.locator("#front-rows tr").count()).resolves.toBe(2);
    expect(new Set(asked)).toEqual(new Set([new URL(console_.url).origin]));
    expect(complaints).toEqual([]);
  });

  it("draws the dashboard's graphs with the alarms' thresholds", async () => {
    console_.put(METRICS.overdueFractionMax, 0.04);
    console_.clock.advance(MINUTE);
    console_.put(METRICS.overdueFractionMax, 0.05);
    console_.clock.advance(MINUTE);
    await open();
    const figure = page.locator("figure", { hasText: "Largest overdue fraction" });
    await figure.locator("path.line").waitFor({ state: "attached" });
    await expect(figure.locator("line.threshold").count()).resolves.toBeGreaterThan(0);
    await expect(figure.locator(".legend").textContent()).resolves.toContain("0.05");
    await expect(figure.locator(".legend").textContent()).resolves.toContain("0.0667");
  });
});

describe("the console when something is wrong", () => {
  beforeEach(async () => {
    await console_.store.createTenant(pendingTenant("new.example", notPointing("new.example")));
    await console_.live(3 * HOUR);
    console_.put(METRICS.overdueFractionMax, 0.35);
    await console_.live(2 * MINUTE);
  });

  it("tells which alarms ring, why, since when, and what they mean", async () => {
    await open();
    await expect(headline().textContent()).resolves.toBe(
      "30 % of the time between a certificate's renewal and its expiry is gone without a new one being served",
    );
    await expect(page.locator("#verdict").getAttribute("data-level")).resolves.toBe("bad");
    await expect(page.locator("#alarms-ringing .name").allTextContents()).resolves.toEqual([
      "test-pagecalls people",
      "test-renewal-overdue",
      "test-renewal-overdue-page",
    ]);
    await expect(page.locator("#since").textContent()).resolves.toBe("ringing since 2027-02-19 17:05 UTC (now)");
    const alarm = ringing("test-renewal-overdue-page");
    await expect(alarm.locator("summary").textContent()).resolves.toContain("Ringing");
    await expect(alarm.locator("summary").textContent()).resolves.toContain("at or above 0.3 [0.35]");
    await alarm.locator("summary").click();
    await expect(alarm.locator(".more").textContent()).resolves.toContain("What it means.");
    await expect(alarm.locator("table").textContent()).resolves.toContain("Ringing");
  });

  it("tells which tenant needs somebody, why, and copies the record to set", async () => {
    await open({ permissions: ["clipboard-read", "clipboard-write"] });
    const card = page.locator("#trouble-list li.card");
    await expect(card.textContent()).resolves.toContain("DNS_NOT_POINTING");
    await expect(card.textContent()).resolves.toContain("new.example points to 203.0.113.9");
    await card.getByRole("button", { name: "Copy the A record of new.example" }).click();
    await page.locator("#announcer", { hasText: "Copied." }).waitFor({ state: "attached" });
    await expect(page.evaluate("navigator.clipboard.readText()")).resolves.toBe(
      "new.example A 192.0.2.10\nnew.example A 192.0.2.11",
    );
  });

  it("has a message for the tenant's owner, to be read and copied", async () => {
    console_.dns.set("new.example", { a: ["203.0.113.9"], ns: ["ns1.gandi.net"] });
    await open({ permissions: ["clipboard-read", "clipboard-write"] });
    await page.locator("#trouble-list .card button.domain").click();
    const dialog = page.locator("#tenant-dialog");
    await dialog.getByText("Message for the customer").click();
    await dialog
      .locator("pre", { hasText: "CHANGE   Type A   Host @   Value 192.0.2.10  (now 203.0.113.9)" })
      .waitFor();
    await dialog.getByRole("button", { name: "Copy message" }).click();
    await page.locator("#announcer", { hasText: "Copied." }).waitFor({ state: "attached" });
    const text = String(await page.evaluate("navigator.clipboard.readText()"));
    expect(text).toMatch(/^Subject: 2 DNS changes for new\.example\n/);
    expect(text).toMatch(/at Gandi; name servers\nns1\.gandi\.net/);
    expect(text).toMatch(/Example Hosting\nhelp@hosting\.example$/);
    await expect(violations()).resolves.toEqual([]);
    expect(complaints).toEqual([]);
  });

  it("follows what happens without being reloaded, and keeps an open alarm open", async () => {
    await open();
    const alarm = ringing("test-renewal-overdue-page");
    await alarm.locator("summary").click();
    await console_.store.createTenant(pendingTenant("second.example", notPointing("second.example")));
    await page.locator("#trouble-list li.card", { hasText: "second.example" }).waitFor();
    await expect(alarm.locator("details").getAttribute("open")).resolves.toBe("");
    await console_.live(2 * HOUR);
    console_.put(METRICS.overdueFractionMax, 0);
    await console_.live(2 * MINUTE);
    await page.locator("#headline", { hasText: "Somebody should look" }).waitFor();
  });

  it("says when it is cut off, and keeps showing what was last known", async () => {
    await open();
    await console_.stop();
    await page.locator('body[data-connected="no"]').waitFor();
    await expect(page.locator("#freshness").textContent()).resolves.toContain("not connected");
    await expect(page.locator("#trouble-list").textContent()).resolves.toContain("new.example");
    console_ = await startTestConsole();
  });

  it("says which front runs what an update has replaced, and of what, as text", async () => {
    await open();
    const outdated = ["HAProxy", "<img src=x onerror=alert(1)>"];
    await console_.store.putHeartbeat(heartbeat("front-b", { at: console_.clock.now(), revision: NOW, outdated }));
    const front = (name: string) => page.locator("#front-rows tr", { hasText: name });
    const line = "running as before an update";
    await front("front-b").getByText(line).waitFor();
    await expect(front("front-b").textContent()).resolves.toContain(`${line}: ${outdated.join(", ")}`);
    await expect(front("front-a").textContent()).resolves.not.toContain(line);
    // Until its instance is replaced by one that boots with the update.
    await console_.store.putHeartbeat(heartbeat("front-b", { at: console_.clock.now(), revision: NOW }));
    await front("front-b").getByText(line).waitFor({ state: "detached" });
    expect(complaints).toEqual([]);
  });

  it("shows what a front cannot do, and how far one is behind", async () => {
    await console_.store.putHeartbeat(
      heartbeat("front-b", {
        at: console_.clock.now(),
        failed: [{ domain: "lyon.example", problem: "chain does not verify" }],
      }),
    );
    await console_.store.putHeartbeat(heartbeat("front-c", { at: console_.clock.now(), revision: NOW - 4 * HOUR }));
    await open();
    const front = (name: string) => page.locator("#front-rows tr", { hasText: name });
    await front("front-c").waitFor();
    await expect(front("front-b").textContent()).resolves.toContain("lyon.example: chain does not verify");
    await expect(front("front-c").textContent()).resolves.toContain("catching up");
    await expect(front("front-c").textContent()).resolves.toContain("6 h, 1 tenant");
  });
});

describe("the console's tenants", () => {
  it("are paged, searched and filtered among thousands, worst first", async () => {
    for (let i = 0; i < 1_000; i++)
      await console_.store.createTenant(activeTenant(`site-${i}.many.example`, 31 + (i % 59)));
    await console_.store.createTenant(pendingTenant("new.example", notPointing("new.example")));
    await open();
    await expect(page.locator("#tenants-caption").textContent()).resolves.toContain("1,003 tenants");
    await expect(rows().count()).resolves.toBe(25);
    await expect(rows().first().textContent()).resolves.toContain("new.example");
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByText("Page 2 of 41").waitFor();

    await page.getByLabel("Search").fill("site-999");
    await page.getByText("1 tenant of 1,003 match").waitFor();
    await expect(rows().textContent()).resolves.toContain("site-999.many.example");

    await page.getByLabel("Search").fill("");
    await page.getByLabel("Show").selectOption("DNS_NOT_POINTING");
    // The caption says the same as before, so the row is waited for.
    await rows().getByRole("button", { name: "new.example", exact: true }).waitFor();
    await page.getByText("1 tenant of 1,003 match").waitFor();

    await page.locator('#counts button[data-level="fine"]').click();
    await page.getByText("1,002 tenants of 1,003 match").waitFor();
  });

  it("open in a dialog by keyboard alone, which Escape closes again", async () => {
    await console_.store.putServedState({
      domain: "data.paris.example",
      checkedAt: NOW - 20 * MINUTE,
      names: [{ name: "data.paris.example", at: "192.0.2.10", ok: false, problem: "another certificate is served" }],
    });
    await open();
    const name = rows().first().getByRole("button", { name: "data.paris.example" });
    await name.focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "data.paris.example" });
    await dialog.getByText("another certificate is served").waitFor();
    await expect(dialog.textContent()).resolves.toContain("2027-05-06 02:03 UTC (in 75 days)");
    await expect(dialog.textContent()).resolves.toContain("www.paris.example");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    await expect(name.evaluate((element) => element === element.ownerDocument.activeElement)).resolves.toBe(true);
  });

  it("are reached by keyboard from the top in the page's order", async () => {
    await open();
    const reached: string[] = [];
    for (let i = 0; i < 40 && !reached.includes("lyon.example"); i++) {
      await page.keyboard.press("Tab");
      reached.push(
        await page.evaluate(
          "(document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent).trim()",
        ),
      );
    }
    const at = (text: string) => reached.findIndex((one) => one.startsWith(text));
    expect(at("Skip to the answer")).toBe(0);
    expect(at("2 fine")).toBeGreaterThan(at("Fronts"));
    expect(at("data.paris.example")).toBeGreaterThan(at("2 fine"));
    expect(at("lyon.example")).toBeGreaterThan(at("data.paris.example"));
  });
});

describe("the console's page", () => {
  it("goes from the answer to the tenants, then alarms and fronts, graphs last", async () => {
    await open();
    const order = await page.locator("main > section").evaluateAll((sections) => sections.map(({ id }) => id));
    expect(order).toEqual(["verdict", "trouble", "tenants", "alarms", "fronts", "graphs"]);
  });

  it("says, when it pages, which alarm it is, whom it is worst for, and where its runbook is", async () => {
    await console_.store.createTenant(activeTenant("www.metz.example", 1.8));
    await console_.live(3 * HOUR);
    console_.put(METRICS.daysToExpiryMin, 1.8);
    await console_.live(2 * MINUTE);
    await open();
    await expect(headline().textContent()).resolves.toBe(
      "A certificate that visitors are served expires in less than two days",
    );
    const alarm = page.locator("#alarm");
    await expect(alarm.textContent()).resolves.toBe(
      "expiry-emergencywww.metz.examplecertificate ends in 40 hoursRunbook",
    );
    await expect(alarm.getByRole("link", { name: "Runbook" }).getAttribute("href")).resolves.toBe(
      "https://runbooks.example/operations.md#expiry-emergency",
    );
    await alarm.getByRole("button", { name: "www.metz.example" }).click();
    await page.getByRole("dialog", { name: "www.metz.example" }).waitFor();
  });

  it("has one card for many tenants with one cause, which shows them all", async () => {
    for (let one = 0; one < 219; one++)
      await console_.store.createTenant(
        pendingTenant(`t${one}.example`, { code: "TOKEN_MISMATCH", sentence: "The test came back with status 503." }),
      );
    await open();
    const cards = page.locator("#trouble-list li.card");
    await expect(cards.count()).resolves.toBe(1);
    await expect(cards.textContent()).resolves.toMatch(/219 tenants, one cause.*TOKEN_MISMATCH.*ours to mend.*503/s);
    await expect(rows().first().textContent()).resolves.toContain("as many others: see above");
    await cards.getByRole("button", { name: "Show all 219" }).click();
    await page.getByText("219 tenants of 221 match").waitFor();
    expect(new URL(page.url()).search).toBe("?show=TOKEN_MISMATCH");
  });

  it("can be sent to somebody as it is: tenant, list, order and range are in its address", async () => {
    await open({}, "?tenant=lyon.example&search=example&sort=-domain&hours=24");
    await page.getByRole("dialog", { name: "lyon.example" }).getByText("Expires").waitFor();
    await expect(rows().locator("button.domain").allTextContents()).resolves.toEqual([
      "lyon.example",
      "data.paris.example",
    ]);
    await expect(page.locator("#graphs-hours").inputValue()).resolves.toBe("24");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    expect(new URL(page.url()).search).toBe("?search=example&sort=-domain&hours=24");
    await page.getByRole("button", { name: "Domain" }).click();
    await page.locator('th[aria-sort="none"][data-sort="domain"]').waitFor();
    await page.getByRole("button", { name: "Expires" }).click();
    await page.locator('th[aria-sort="ascending"][data-sort="expires"]').waitFor();
    expect(new URL(page.url()).search).toBe("?search=example&sort=expires&hours=24");
  });

  it("lets a graph be read off by keys and by pointer, with its unit", async () => {
    console_.put(METRICS.oldestPendingSeconds, 7_200);
    console_.clock.advance(90 * MINUTE);
    console_.put(METRICS.oldestPendingSeconds, 12);
    console_.clock.advance(MINUTE);
    await open();
    const figure = page.locator("figure", { hasText: "Waiting longest" });
    await figure.locator("path.line").waitFor({ state: "attached" });
    await expect(figure.locator("figcaption").textContent()).resolves.toContain("seconds");
    await figure.locator("svg").focus();
    await page.keyboard.press("Home");
    await expect(figure.locator(".tip").textContent()).resolves.toMatch(/UTC.*2 h/);
    await page.keyboard.press("ArrowRight");
    await expect(figure.locator(".tip").textContent()).resolves.toMatch(/UTC.*12 seconds/);
    await expect(page.locator("#announcer").textContent()).resolves.toContain("12 seconds");
    await page.keyboard.press("Escape");
    await expect(figure.locator(".tip").isVisible()).resolves.toBe(false);
    await figure.locator("svg").hover();
    await expect(figure.locator(".tip").isVisible()).resolves.toBe(true);
  });

  it("has a tenant looked at and renewed, when somebody says so twice", async () => {
    await console_.store.createTenant(pendingTenant("new.example", notPointing("new.example")));
    await open({}, "?tenant=new.example");
    const dialog = page.getByRole("dialog", { name: "new.example" });
    await dialog.getByRole("button", { name: "Look again now" }).click();
    await dialog.getByRole("button", { name: "No" }).click();
    expect(console_.renewed).toEqual([]);
    await dialog.getByRole("button", { name: "Look again now" }).click();
    await dialog.getByRole("button", { name: "Yes, look" }).click();
    await dialog.getByText("Asked for.").waitFor();
    expect(console_.renewed).toEqual(["new.example"]);
  });

  it("prints what is so, and nothing to press", async () => {
    await console_.store.createTenant(pendingTenant("new.example", notPointing("new.example")));
    await open({ colorScheme: "dark" });
    await page.emulateMedia({ media: "print" });
    for (const gone of ["#trouble-list button.copy", "#tenants-filter", ".top nav", "#next"])
      await expect(page.locator(gone).first().isVisible()).resolves.toBe(false);
    const display = "getComputedStyle(document.querySelector('#tenants table')).display";
    await expect(page.evaluate(display)).resolves.toBe("table");
    await expect(headline().isVisible()).resolves.toBe(true);
  });
});

describe("the console's safety", () => {
  it("shows what strangers wrote as text and runs none of it", async () => {
    const evil = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>";
    await console_.store.createTenant(
      pendingTenant("evil.example", {
        code: "TOKEN_MISMATCH",
        sentence: `The server says ${evil}`,
        dns: [{ name: evil, type: "A", action: "change", values: [evil] }],
        problemType: evil,
      }),
    );
    await console_.store.putHeartbeat(
      heartbeat(evil, { haproxyVersion: evil, failed: [{ domain: evil, problem: evil }] }),
    );
    await open();
    await page.locator("#trouble-list li.card").getByText(evil).first().waitFor();
    await page.locator("#front-rows").getByText(evil).first().waitFor();
    await page.locator("#trouble-list button.domain").click();
    await page.locator("dialog").getByText(evil).first().waitFor();
    await expect(page.locator("img[src=x], main script, dialog script").count()).resolves.toBe(0);
    await expect(page.title()).resolves.not.toContain("owned");
    expect(complaints).toEqual([]);
  });
});

describe("the console's accessibility", () => {
  it.each([
    ["light", 1280],
    ["dark", 1280],
    ["light", 390],
  ] as const)("has nothing for axe to complain about, %s at %i pixels", async (colorScheme, width) => {
    await console_.store.createTenant(pendingTenant("new.example", notPointing("new.example")));
    await console_.live(3 * HOUR);
    console_.put(METRICS.overdueFractionMax, 0.35);
    await console_.live(2 * MINUTE);
    await open({ colorScheme, viewport: { width, height: 900 } });
    await page.locator("#others > summary").click();
    await page.locator("#alarms-ringing summary").first().click();
    // On a phone they are folded.
    if (width < 800) await page.locator("#graphs-fold > summary").click();
    await page.locator("figure svg").first().waitFor({ state: "attached" });
    await expect(violations()).resolves.toEqual([]);
    const tooWide = await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth");
    expect(tooWide).toBe(false);
  });

  it("has nothing for axe to complain about in a tenant's dialog", async () => {
    await console_.store.createTenant(pendingTenant("new.example", notPointing("new.example")));
    await open();
    await rows().first().getByRole("button").first().click();
    await page.getByRole("dialog").getByText("Next attempt").waitFor();
    await expect(violations()).resolves.toEqual([]);
  });

  it("is found wanting by axe when something is wrong with it", async () => {
    await open();
    await page.evaluate("document.documentElement.removeAttribute('lang')");
    await expect(violations()).resolves.toEqual([expect.stringMatching(/^html-has-lang: /)]);
  });
});
