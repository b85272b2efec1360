import * as http from "node:http";
import { MINUTE } from "../../core/base/clock";
import { METRICS } from "../../core/base/metrics";
import { metricLines } from "../../local/console/dashboard";
import { TenantSnapshot } from "../../local/console/tenant-snapshot";
import type { GraphsView } from "../../local/console/views";
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
    const request = http.request(new URL(path, served.url), options, (response) => {
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
    served.store.foreignHeartbeats.push({}, { front: "front-evil", at: "now" }, 7);
    const { body } = await ask("/api/overview");
    served.store.foreignHeartbeats.length = 0;
    expect(JSON.parse(body).verdict.detail).toMatch(/3 items among the fronts' heartbeats are none/i);
    expect(body).not.toContain("front-evil");
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
    ["POST", "/api/overview", 405],
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
      { heartbeats: async () => [], listTenants: () => Promise.reject(new Error("table is away")) },
      { now: () => NOW },
    );
    await expect(broken.get()).rejects.toThrow("table is away");
    let answers = 0;
    const flaky = new TenantSnapshot(
      {
        heartbeats: async () => [],
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
