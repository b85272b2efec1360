import * as http from "node:http";
import { DAY, MINUTE } from "../../core/base/clock";
import { METRICS } from "../../core/base/metrics";
import { factsOf } from "../../core/status/view";
import { metricLines } from "../../local/console/dashboard";
import { overview } from "../../local/console/overview";
import { TenantSnapshot } from "../../local/console/tenant-snapshot";
import { tenantsPage } from "../../local/console/tenants";
import type { GraphsView, OverviewView, TenantsView } from "../../local/console/views";
import { startTestConsole, type TestConsole } from "../../testing/console-fixture";
import { activeTenant, NOW } from "../../testing/sample-tenants";

let served: TestConsole;

beforeAll(async () => {
  served = await startTestConsole();
  await served.store.createTenant(activeTenant("data.paris.example"));
});
afterAll(() => served?.stop());

/** fetch() sets Host itself; node:http sends what it is told. */
function ask(
  path: string,
  options: http.RequestOptions = {},
): Promise<{ status: number; headers: http.IncomingHttpHeaders; body: string }> {
  return new Promise((resolve, reject) => {
    const request = http.request(new URL(path, served.url), { agent: false, ...options }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    request.on("error", reject).end();
  });
}

describe("the console's server", () => {
  it.each(["/", "/main.js", "/style.css", "/icon.svg", "/api/overview", "/nothing"])(
    "allows %s nothing but the page's own files",
    async (path) => {
      const { headers } = await ask(path);
      expect(headers["content-security-policy"]).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(headers["content-security-policy"]).not.toMatch(/unsafe|\*|https?:/);
      expect(headers).toMatchObject({
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
      });
    },
  );

  it("says how many items among the heartbeats are none, and shows none of them", async () => {
    const odd = await startTestConsole();
    try {
      odd.store.foreignHeartbeats.push({}, { front: "front-evil", at: "now" }, 7);
      const body = await (await fetch(new URL("/api/overview", odd.url))).text();
      expect(JSON.parse(body).verdict.detail).toMatch(/3 items among the fronts' heartbeats are none/i);
      expect(body).not.toContain("front-evil");
    } finally {
      await odd.stop();
    }
  });

  it("tells of a late renewal in the list as on its card, and since when it was due", async () => {
    const late = await startTestConsole();
    try {
      await late.store.createTenant(activeTenant("late.example", 1.8));
      const { trouble } = (await (await fetch(new URL("/api/overview", late.url))).json()) as OverviewView;
      expect(trouble[0]).toMatchObject({ cause: "RENEWAL_OVERDUE", since: new Date(NOW - 28.2 * DAY).toISOString() });
      const list = (await (await fetch(new URL("/api/tenants", late.url))).json()) as TenantsView;
      expect(list.seen).toEqual({ "late.example": "RENEWAL_OVERDUE" });
    } finally {
      await late.stop();
    }
  });

  describe("that acts", () => {
    const renew = "/api/renew?domain=data.paris.example";
    const own = () => ({ origin: new URL(served.url).origin, "x-certfront-key": "" });

    it.each([
      ["a form of another page", () => ({ origin: "https://evil.example" }), 403],
      ["another page that guessed the header", () => ({ ...own(), origin: "https://evil.example" }), 403],
      ["a page without the header", () => ({ origin: new URL(served.url).origin }), 403],
      ["its own page", own, 200],
    ])("answers what %s sends", async (_who, headers, status) => {
      const before = served.renewed.length;
      await expect(ask(renew, { method: "POST", headers: headers() })).resolves.toMatchObject({ status });
      expect(served.renewed.length - before).toBe(status === 200 ? 1 : 0);
    });

    it("knows no tenant that is none, and nothing else to do", async () => {
      for (const path of ["/api/renew?domain=nobody.example", "/api/revoke?domain=data.paris.example"])
        await expect(ask(path, { method: "POST", headers: own() })).resolves.toMatchObject({ status: 404 });
    });

    it("asks for its key where other people use the same machine", async () => {
      const keyed = await startTestConsole({ key: "the-key" });
      try {
        await keyed.store.createTenant(activeTenant("data.paris.example"));
        const post = (key: string) =>
          fetch(new URL(renew, keyed.url), {
            method: "POST",
            headers: { origin: new URL(keyed.url).origin, "x-certfront-key": key },
          });
        expect((await post("")).status).toBe(403);
        expect((await post("the-key-or-so")).status).toBe(403);
        expect(keyed.renewed).toEqual([]);
        expect((await post("the-key")).status).toBe(200);
        expect(await (await fetch(new URL("/api/overview", keyed.url))).json()).toMatchObject({ acts: "key" });
      } finally {
        await keyed.stop();
      }
    });
  });

  it("answers within 300 ms with 100,000 tenants: the whole, a page, a search, another order", async () => {
    const index = Array.from({ length: 100_000 }, (_, one) => ({
      ...factsOf(activeTenant(`t${one}.example`, 30 + (one % 60))),
      configHash: "",
    }));
    const snapshot = new TenantSnapshot(
      { heartbeats: async () => [], skippedHeartbeats: async () => 0, listTenants: async () => ({ items: index }) },
      { now: () => NOW },
    );
    const read = await snapshot.get();
    // Work, not time: what an answer costs must not hang on this machine's load.
    const cpu = process.cpuUsage();
    for (const query of [
      "",
      "page=900",
      "search=t99999",
      "sort=-expires&page=7",
      "sort=-expires&page=8",
      "show=warning",
    ])
      expect(tenantsPage(read, new URLSearchParams(query)).pages).toBeGreaterThan(0);
    const answer = await overview(
      { stack: "test", about: "", clock: { now: () => NOW }, alarms: async () => [] },
      read,
    );
    expect(answer.counts.total).toBe(100_000);
    expect(process.cpuUsage(cpu).user / 1_000 / 7).toBeLessThan(300);
    expect(tenantsPage(read, new URLSearchParams("search=t99999")).tenants.map(({ domain }) => domain)).toEqual([
      "t99999.example",
    ]);
  });

  it("listens on this machine only", () => {
    expect(new URL(served.url).hostname).toBe("127.0.0.1");
  });

  it.each([
    ["evil.example", 421],
    ["evil.example:80", 421],
    ["127.0.0.1.evil.example", 421],
    ["localhost:1234", 200],
  ])("answers a request for the host %s with %i, whatever leads here", async (host, status) => {
    await expect(ask("/api/overview", { headers: { host } })).resolves.toMatchObject({ status });
  });

  it.each([
    ["POST", "/api/overview", 403],
    ["DELETE", "/", 405],
    ["GET", "/api/nothing", 404],
    ["GET", "/../package.json", 404],
    ["GET", "/api/tenant?domain=nobody.example", 404],
    ["GET", "/api/message?domain=nobody.example", 404],
    ["GET", "/api/message", 404],
    ["GET", "/api/message?domain=data.paris.example", 200],
    ["GET", "/api/graphs?hours=0", 400],
    ["GET", "/api/graphs?hours=1e9", 400],
    ["GET", "/api/graphs?hours=many", 400],
    ["GET", "/api/tenants?page=-7", 200],
    ["GET", "/api/tenants?page=1e99&search=%00&show=__proto__", 200],
    ["HEAD", "/", 200],
  ])("answers %s %s with %i", async (method, path, status) => {
    await expect(ask(path, { method })).resolves.toMatchObject({ status });
  });

  it("answers what is asked of a tenant with no more than status tells", async () => {
    const { body } = await ask("/api/tenant?domain=data.paris.example");
    expect(JSON.parse(body)).toMatchObject({ domain: "data.paris.example", state: "active" });
    expect(body).not.toMatch(/PRIVATE KEY|BEGIN/);
  });

  it("says that it could not be read, and reads again, when the store fails", async () => {
    const broken = new TenantSnapshot(
      {
        heartbeats: async () => [],
        skippedHeartbeats: async () => 0,
        listTenants: () => Promise.reject(new Error("table is away")),
      },
      { now: () => NOW },
    );
    await expect(broken.get()).rejects.toThrow("table is away");
    let answers = 0;
    const flaky = new TenantSnapshot(
      {
        heartbeats: async () => [],
        skippedHeartbeats: async () => 0,
        listTenants: async () => (answers++ === 0 ? Promise.reject(new Error("once")) : { items: [] }),
      },
      { now: () => NOW },
    );
    await expect(flaky.get()).rejects.toThrow("once");
    await expect(flaky.get()).resolves.toMatchObject({ counts: { total: 0 } });
  });

  it("reads the tenants once for many requests", async () => {
    let reads = 0;
    const snapshot = new TenantSnapshot(
      {
        heartbeats: async () => [],
        skippedHeartbeats: async () => 0,
        listTenants: async () => {
          reads += 1;
          return { items: [] };
        },
      },
      { now: () => NOW },
    );
    await Promise.all(Array.from({ length: 50 }, () => snapshot.get()));
    expect(reads).toBe(1);
  });
});

describe("a dashboard's metrics", () => {
  it("end now: an hour's sum is the hour up to now, and thresholds are those that are evaluated", async () => {
    served.put(METRICS.ordersCreated, 2);
    served.clock.advance(40 * MINUTE);
    served.put(METRICS.ordersCreated, 3);
    served.clock.advance(MINUTE);
    const { panels } = JSON.parse((await ask("/api/graphs?hours=0.5")).body) as GraphsView;
    const graph = (title: string) => panels.find((panel) => panel.kind === "graph" && panel.title === title);
    expect(graph("Orders")).toMatchObject({
      series: [{ label: "created", points: [[served.clock.now(), 5]] }, {}, {}],
    });
    expect(graph("Largest overdue fraction")).toMatchObject({
      thresholds: [{ label: "renewal-overdue", value: 2 / 30 }],
    });
  });

  it("are read with CloudWatch's shorthands", () => {
    const lines = metricLines({
      stat: "Maximum",
      period: 300,
      metrics: [
        ["certfront", "TenantsByState", "stack", "prod", "state", "active", { label: "active" }],
        ["...", "issuing", { label: "issuing", stat: "Sum" }],
        [".", "OrdersFailed", ".", ".", { period: 60 }],
        [{ expression: "m1 * 2" }],
      ],
    });
    expect(lines).toEqual([
      {
        namespace: "certfront",
        metric: "TenantsByState",
        dimensions: { stack: "prod", state: "active" },
        statistic: "Maximum",
        periodSeconds: 300,
        label: "active",
      },
      {
        namespace: "certfront",
        metric: "TenantsByState",
        dimensions: { stack: "prod", state: "issuing" },
        statistic: "Sum",
        periodSeconds: 300,
        label: "issuing",
      },
      {
        namespace: "certfront",
        metric: "OrdersFailed",
        dimensions: { stack: "prod" },
        statistic: "Maximum",
        periodSeconds: 60,
        label: "OrdersFailed",
      },
    ]);
  });
});
