import * as fs from "node:fs";
import * as path from "node:path";
import type { Browser, Page } from "playwright-core";
import { HOUR, MINUTE } from "../core/base/clock";
import { METRICS } from "../core/base/metrics";
import { launchChromium } from "../testing/chromium";
import { startTestConsole, type TestConsole } from "../testing/console-fixture";
import { activeTenant, heartbeat, notPointing, pendingTenant } from "../testing/sample-tenants";

/** Pictures of the console for whoever changes it: `npm run screens -- DIRECTORY`. */
const STATES: Readonly<Record<string, (console: TestConsole) => Promise<void>>> = {
  "all-fine": async (console) => tenants(console, 12),
  "one-dns-wrong": async (console) => {
    await tenants(console, 11);
    await console.store.createTenant(pendingTenant("opendata.rouen.example", notPointing("opendata.rouen.example")));
  },
  "219-of-one-cause": async (console) => {
    await tenants(console, 81);
    for (let one = 0; one < 219; one++) {
      const domain = `t${String(one).padStart(3, "0")}.example`;
      const sentence = `A test token asked for at http://${domain} came back with status 503. Nothing is wrong with the tenant's DNS; look at the fronts' challenge path.`;
      await console.store.createTenant(pendingTenant(domain, { code: "TOKEN_MISMATCH", sentence }));
    }
  },
  "a-page-rings": async (console) => {
    await tenants(console, 8);
    await console.store.createTenant(activeTenant("www.metz.example", 1.8));
    await console.live(3 * HOUR);
    console.put(METRICS.daysToExpiryMin, 1.8);
    console.put(METRICS.overdueFractionMax, 0.94);
    await console.live(2 * MINUTE);
  },
};

const LOOKS = [
  { name: "1280-light", width: 1280, scheme: "light" },
  { name: "1280-dark", width: 1280, scheme: "dark" },
  { name: "390-light", width: 390, scheme: "light" },
  { name: "390-dark", width: 390, scheme: "dark" },
] as const;

async function tenants(console: TestConsole, count: number): Promise<void> {
  const towns = ["paris", "lyon", "nantes", "lille", "metz", "rouen", "dijon", "tours"];
  for (let one = 0; one < count; one++)
    await console.store.createTenant(
      activeTenant(`data.${towns[one % towns.length]}${one > 7 ? one : ""}.example`, 40 + one),
    );
  for (let minute = 0; minute < 180; minute += 5) {
    console.put(METRICS.daysToExpiryMin, 40 - minute / 1_440);
    console.put(METRICS.ordersCreated, minute % 3);
    console.put(METRICS.frontRevisionLagSeconds, (minute * 7) % 11);
    console.put(METRICS.issuanceSeconds, 4 + (minute % 4));
    await console.live(5 * MINUTE);
  }
  for (const front of ["front-a", "front-b"])
    await console.store.putHeartbeat(heartbeat(front, { at: console.clock.now(), revision: console.clock.now() }));
}

async function take(browser: Browser, name: string, make: (console: TestConsole) => Promise<void>, to: string) {
  const console = await startTestConsole();
  try {
    await make(console);
    for (const look of LOOKS) {
      const context = await browser.newContext({
        viewport: { width: look.width, height: 900 },
        colorScheme: look.scheme,
      });
      const page = await context.newPage();
      await page.goto(console.url);
      await page.waitForSelector('body[data-connected="yes"]');
      await page.screenshot({ path: path.join(to, `${name}-${look.name}.png`), fullPage: true });
      if (look.name === "1280-light") await print(page, path.join(to, `${name}-printed.png`));
      await context.close();
    }
  } finally {
    await console.stop();
  }
}

/** As wide as A4 at Chromium's 96 dots an inch. */
async function print(page: Page, file: string): Promise<void> {
  await page.emulateMedia({ media: "print" });
  await page.setViewportSize({ width: 718, height: 1_047 });
  await page.screenshot({ path: file, fullPage: true });
}

async function main([to = "screens"]: readonly string[]): Promise<void> {
  fs.mkdirSync(to, { recursive: true });
  const browser = await launchChromium();
  try {
    for (const [name, make] of Object.entries(STATES)) await take(browser, name, make, to);
  } finally {
    await browser.close();
  }
}

void main(process.argv.slice(2));
