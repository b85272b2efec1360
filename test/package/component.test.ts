import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import * as grpc from "@grpc/grpc-js";
import rpc from "@pulumi/pulumi/proto/provider_grpc_pb";
import provider from "@pulumi/pulumi/proto/provider_pb";
import type { TenantFrontArgs } from "../../component/args";
import { TenantFront } from "../../component/tenant-front";
import { CONFIG_DEFAULTS } from "../../infra/config/config";
import { type Graph, graphOf, standInBundles } from "../../testing/graph";
import { tenantFrontGraph } from "../../testing/tenant-front";
import { componentSchema } from "../../tools/component-schema";

const ROOT = path.join(__dirname, "../..");
const SCHEMA = fs.readFileSync(path.join(ROOT, "component/schema.json"), "utf8");
const component = JSON.parse(SCHEMA).resources["certfront:index:TenantFront"];

describe("the component's schema", () => {
  it("is what Pulumi's analyzer reads from the class: npm run docs", () => {
    expect(componentSchema(ROOT) === SCHEMA).toBe(true);
  });

  it("describes every input and output", () => {
    const all = Object.entries<{ description?: string }>({ ...component.inputProperties, ...component.properties });
    expect(all.filter(([, { description }]) => !description).map(([name]) => name)).toEqual([]);
  });

  it("has every key of the configuration but those that a program has other means for", () => {
    const others = ["name", "tenantsFile", "eab", "profile"];
    const keys = Object.keys(CONFIG_DEFAULTS).filter((key) => !others.includes(key));
    expect(Object.keys(component.inputProperties).sort()).toEqual(keys.sort());
  });

  describe("asked for over the provider protocol", () => {
    let host: ChildProcess;
    afterAll(async () => {
      if (host.exitCode === null && host.kill()) await once(host, "exit");
    });

    it("comes as it is", async () => {
      // The engine's address: it is spoken to only when something is made.
      host = spawn(process.execPath, [path.join(ROOT, "component/index.js"), "127.0.0.1:9"], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [port] = (await once(host.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
      const address = `127.0.0.1:${String(port).trim()}`;
      const client = new rpc.ResourceProviderClient(address, grpc.credentials.createInsecure());
      const response = await new Promise<provider.GetSchemaResponse>((resolve, reject) =>
        client.getSchema(new provider.GetSchemaRequest(), (error: Error | null, answer: provider.GetSchemaResponse) =>
          error ? reject(error) : resolve(answer),
        ),
      );
      client.close();
      expect(response.getSchema()).toBe(SCHEMA);
    });
  });
});

describe("the component", () => {
  const ARGS: TenantFrontArgs = {
    tenants: [{ domain: "example.org" }, { domain: "data.paris.example.net", redirectExcept: ["/api/"] }],
    cas: [{ name: "letsencrypt" }, { name: "zerossl", eabKid: "kid-1", eabHmacKey: "binding-hmac-secret" }],
    contact: "ops@example.org",
    minFronts: 3,
    alarmEmail: "ops@example.org",
    tags: { team: "web" },
  };
  const graph = (args: TenantFrontArgs): Promise<Graph> =>
    graphOf(() => ({ stack: new TenantFront("dev", args, {}).stack }));
  const resources = ({ nodes }: Graph) =>
    nodes
      .filter(({ custom }) => custom)
      .map(({ type, name, protect }) => `${type} ${name} ${protect}`)
      .sort();

  it("makes what the library makes of the same arguments", async () => {
    const other = await tenantFrontGraph({
      bundles: standInBundles(),
      tenants: ["example.org", { domain: "data.paris.example.net", http: { redirectExcept: ["/api/"] } }],
      cas: ["letsencrypt", { name: "zerossl", eab: { kid: "kid-1", hmacKey: "binding-hmac-secret" } }],
      fronts: { min: 3, max: 4 },
    });
    const own = await graph(ARGS);
    expect(resources(own)).toEqual(resources(other));
    const list = (made: Graph) => made.named("-artifacts-tenants").inputs.source;
    expect(JSON.stringify(list(own))).toContain("redirectExcept");
    const group = own.ofType("aws:autoscaling/group:Group")[0]?.inputs;
    expect(group).toMatchObject({ minSize: 3, maxSize: 4 });
  });

  it.each([
    [{ contact: "nobody" }, "contact"],
    [{ minFronts: 9, maxFronts: 3 }, "maxFronts"],
    [{ tenants: [{ domain: "not a name" }] }, "tenants[0].domain"],
    [{ cas: [{ name: "zerossl" }] }, "cas[0].eab"],
    [{ logRetentionDays: 31 }, "logRetentionDays"],
  ] satisfies [Partial<TenantFrontArgs>, string][])("refuses %j at %s", async (wrong, where) => {
    await expect(graph({ ...ARGS, ...wrong })).rejects.toMatchObject({ problems: [{ path: where }] });
  });
});
