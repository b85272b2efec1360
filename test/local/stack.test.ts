import { createPrivateKey } from "node:crypto";
import * as fs from "node:fs";
import * as http from "node:http";
import * as net from "node:net";
import * as path from "node:path";
import * as tls from "node:tls";
import { run } from "../../cli/main";
import { systemClock } from "../../core/base/clock";
import { frontPaths } from "../../front/settings";
import { awsVariables, operatorPolicy } from "../../local/aws/differences";
import type { GraphsView, OverviewView } from "../../local/console/views";
import { isAlive } from "../../local/process/is-alive";
import type { LocalDynamoDb } from "../../local/process/parts/dynamodb";
import { DynamoStore } from "../../store/dynamo-store";
import { TABLE_SCHEMA } from "../../store/schema";
import { CapturedTerminal } from "../../testing/captured-terminal";
import { certfront } from "../../testing/certfront-cli";
import { startTestStack, type TestStack } from "../../testing/local-stack";
import { listedAs, NEEDED, recordedAs } from "../../testing/needed-calls";
import { findSecrets, secretsOf } from "../../testing/private-key-search";
import { until } from "../../testing/until";
import { AwsClient } from "../../wire/aws/client";
import { DYNAMODB } from "../../wire/aws/services";

const TENANTS = [
  "data.paris.example",
  { domain: "www.lyon.example", aliases: ["lyon.example"], hsts: { maxAge: 31_536_000, includeSubdomains: true } },
  { domain: "opendata.nantes.example", http: { redirectExcept: ["/api/"] } },
];
const FRONTS = ["front-1", "front-2"];

/** Every file below, however deep. */
const filesUnder = (folder: string): string[] =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .flatMap((entry) => (entry.isFile() ? [path.join(entry.parentPath, entry.name)] : []));

/** Of a person's usual policy, what reads. */
const readerStatements = () =>
  (operatorPolicy("eu-west-1") as { Statement: { Sid: string }[] }).Statement.filter(
    ({ Sid }) => !["Where", "Reader", "Operations", "Alarms"].includes(Sid),
  );

describe("The whole stack on this machine", () => {
  let running: TestStack;
  let pids: number[];
  const unhealthy: string[] = [];

  beforeAll(async () => {
    running = await startTestStack({
      tenants: TENANTS,
      onEvent: (event) => event.kind === "health" && !event.healthy && unhealthy.push(event.target),
    });
    await until("every tenant is served by every front", () => running.stack.allServed(), 90_000);
    pids = running.stack.endpoints.fronts.flatMap(({ haproxyPid, agentPid }) => [haproxyPid ?? 0, agentPid ?? 0]);
  }, 180_000);

  afterAll(() => running?.stop(), 30_000);

  const get = (path: string, host: string) => {
    const [address, port] = running.stack.endpoints.loadBalancer.http.split(":");
    return new Promise<{ status: number | undefined; location: string | undefined }>((resolve, reject) => {
      http
        .get({ host: address, port, path, headers: { host }, agent: false }, (response) => {
          response.resume();
          resolve({ status: response.statusCode, location: response.headers.location });
        })
        .on("error", reject);
    });
  };

  it("issues one certificate per tenant, validated through the load balancer's fronts", () => {
    expect(running.stack.pebble.orderCount()).toBe(3);
    for (const tenant of running.stack.tenants()) {
      expect(tenant).toMatchObject({ state: "active", servedBy: FRONTS });
      expect(tenant.reason).toBeUndefined();
    }
  });

  it.each([["data.paris.example"], ["www.lyon.example"], ["lyon.example"], ["opendata.nantes.example"]])(
    "serves %s through the load balancer with a certificate of the local CA",
    async (servername) => {
      const { loadBalancer, acme } = running.stack.endpoints;
      const [host, port] = loadBalancer.https.split(":");
      const authorized = await new Promise<boolean>((resolve, reject) => {
        const socket = tls.connect({ host, port: Number(port), servername, ca: fs.readFileSync(acme.root) }, () => {
          resolve(socket.authorized);
          socket.destroy();
        });
        socket.on("error", reject);
      });
      expect(authorized).toBe(true);
    },
  );

  it.each([
    ["redirects by default", "data.paris.example", "/page", 301, "https://data.paris.example/page"],
    ["spares the paths a tenant excepts", "opendata.nantes.example", "/api/records", 200, undefined],
    [
      "redirects that tenant's other paths",
      "opendata.nantes.example",
      "/explore",
      301,
      "https://opendata.nantes.example/explore",
    ],
    ["knows no other host", "stranger.example", "/", 421, undefined],
  ])("on :80 %s", async (_what, host, path, status, location) => {
    expect(await get(path, host)).toEqual({ status, location });
  });

  it("makes no AWS call that is not on the list that the policies are tested by, and is allowed each", () => {
    const calls = running.stack.cloud.iam.calls().flatMap((call) => {
      const recorded = recordedAs(call);
      return recorded ? [{ ...recorded, allowed: call.allowed }] : [];
    });
    for (const { role, as, allowed } of calls) {
      expect({ role, call: as, allowed, listed: NEEDED[role].map(listedAs).includes(as) }).toEqual({
        role,
        call: as,
        allowed: true,
        listed: true,
      });
    }
    // Who made none was not looked at.
    for (const role of ["issuer", "fronts", "schedules"]) {
      expect(calls.filter((call) => call.role === role).length).toBeGreaterThan(0);
    }
  });

  describe("with AWS credentials and the stack's name alone", () => {
    // What somebody has who logged in to AWS: no clone, no Pulumi, no state.
    const variables = (who: string) => awsVariables(who, "eu-west-1", running.stack.endpoints.dynamodb.endpoint);
    const before = { ...process.env };
    const own = (who: string) => Object.assign(process.env, variables(who));
    afterEach(() => {
      for (const name of Object.keys(variables(""))) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    });
    const ask = (...args: string[]) =>
      certfront([...args, "--stack", "certfront-test"], {
        env: { CERTFRONT_LOCAL: "/nowhere", PATH: "/nowhere" },
        clock: systemClock,
      });
    const roleOf = (name: string, ...statements: object[]) => {
      running.stack.cloud.iam.createRole(name);
      running.stack.cloud.iam.attach(name, "own", { Version: "2012-10-17", Statement: statements });
    };
    const WHERE = {
      Effect: "Allow",
      Action: "ssm:GetParameter",
      Resource: "arn:aws:ssm:eu-west-1:000000000000:parameter/certfront/*/outputs",
    };
    const READER = {
      Effect: "Allow",
      Action: "sts:AssumeRole",
      Resource: "arn:aws:iam::000000000000:role/*-console-*",
    };

    it("support reads with the console's role, and may do no more", async () => {
      roleOf("support", WHERE, READER);
      own("support");
      const { code, stdout, stderr } = await ask("status", "data.paris.example");
      expect(stderr).toContain("AWS stack certfront-test in eu-west-1");
      expect(stdout).toMatch(/data\.paris\.example +active/);
      expect(code).toBe(0);
      const renewal = await ask("renew", "data.paris.example");
      expect(renewal.stderr).toMatch(/not authorized to perform: lambda:InvokeFunction/);
      expect(renewal.code).toBe(3);
    });

    it("who may not take that role reads with the rights there are", async () => {
      roleOf("reader", WHERE, ...readerStatements());
      own("reader");
      const { code, stdout } = await ask("status");
      expect(stdout).toContain("3 tenants");
      expect(code).toBe(0);
    });

    it("who may read nothing is told what was asked and refused", async () => {
      roleOf("nobody");
      own("nobody");
      const { code, stderr } = await ask("status");
      expect(stderr).toContain("the pulumi command is not installed.");
      expect(stderr).toMatch(/\/certfront\/certfront-test\/outputs in eu-west-1 could not be read: .*not authorized/);
      expect(code).toBe(3);
    });

    it("the console shows tenants, alarms and graphs, and changes nothing", async () => {
      roleOf("support", WHERE, READER);
      own("support");
      const terminal = new CapturedTerminal();
      const seen: Record<string, unknown> = {};
      const look = async () => {
        const url = /^http:\S+/m.exec(terminal.stdout)?.[0] ?? "";
        for (const of of ["overview", "graphs", "tenants"]) {
          const response = await fetch(new URL(`/api/${of}`, url));
          seen[of] = [response.status, await response.json()];
        }
        const headers = { origin: new URL(url).origin, "x-certfront-key": "" };
        seen.renew = (
          await fetch(new URL("/api/renew?domain=data.paris.example", url), { method: "POST", headers })
        ).status;
        process.emit("SIGTERM");
      };
      const args = ["console", "--stack", "certfront-test", "--port", "0"];
      await expect(run(args, terminal, { CERTFRONT_LOCAL: "/nowhere" }, systemClock, look)).resolves.toBe(0);
      expect(terminal.stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\n?$/);
      expect(terminal.stderr).toMatch(/read as \S*-console-\S+; nothing on this page changes it\./);
      const alarms = running.stack.alarms().map(({ name }) => name);
      expect(seen).toMatchObject({
        overview: [200, { stack: "certfront-test", acts: "no", counts: { total: 3 } }],
        graphs: [200, { panels: expect.arrayContaining([expect.objectContaining({ title: "Orders" })]) }],
        tenants: [200, { matching: 3 }],
        renew: 405,
      });
      const [, overview] = seen.overview as [number, OverviewView];
      expect(overview.alarms.map(({ name }) => name).sort()).toEqual(alarms.sort());
      const [, { panels }] = seen.graphs as [number, GraphsView];
      expect(panels).toContainEqual(
        expect.objectContaining({
          title: "Orders",
          series: expect.arrayContaining([{ label: "created", points: [[expect.any(Number), 3]] }]),
        }),
      );
    });
  });

  it("lets nobody do what the program gives no right to", async () => {
    const { endpoints, cloud } = running.stack;
    const as = (accessKeyId: string) =>
      new DynamoStore(endpoints.dynamodb.table, {
        endpoint: endpoints.dynamodb.endpoint,
        region: "eu-west-1",
        credentials: { accessKeyId, secretAccessKey: "any" },
      });
    const roles = [...new Set(cloud.iam.calls().map(({ role }) => role))];
    expect(roles).toEqual(
      expect.arrayContaining([expect.stringContaining("issuer"), expect.stringContaining("fronts")]),
    );
    await expect(as("operator").certificates("data.paris.example")).rejects.toThrow(
      /not authorized to perform: dynamodb:Query/,
    );
    const fronts = roles.find((role) => role.includes("fronts")) ?? "";
    await expect(as(fronts).tenant("data.paris.example")).rejects.toThrow(
      /not authorized to perform: dynamodb:GetItem/,
    );
    // What the parts themselves do was allowed, all of it.
    expect(
      running.warnings.filter(
        (warning) => /not authorized/.test(warning) && !/operator|support|reader|nobody|:GetItem/.test(warning),
      ),
    ).toEqual([]);
  });

  it("keeps keys where they are served from, and nowhere else: no table, copy of it, log, argument, setting, user data, dashboard, bucket, heartbeat or status has one", async () => {
    const { stack } = running;
    const keyFiles = stack.cloud.fronts.flatMap(({ settings }) => {
      const { certificates, defaultCertificate, ticketKeys } = frontPaths(settings);
      return [...filesUnder(certificates), defaultCertificate, ticketKeys];
    });
    const secrets = keyFiles.flatMap((file) => {
      const text = fs.readFileSync(file, "utf8");
      if (file.endsWith(".pem")) return secretsOf(path.basename(file), text);
      return text
        .trim()
        .split("\n")
        .map((key) => ({ name: "a ticket key", bytes: Buffer.from(key, "base64") }));
    });
    expect(secrets.length).toBeGreaterThan(10);
    const store = new DynamoStore(stack.endpoints.dynamodb.table, {
      endpoint: stack.endpoints.dynamodb.endpoint,
      region: "eu-west-1",
      credentials: stack.endpoints.operator,
    });
    const { endpoint, table } = stack.endpoints.dynamodb;
    const database = stack.cloud.dynamodb;
    const items = await everyItem(database.endpoint, table);
    const restored = await restoredCopy(database, items);
    const [, transient = ""] = [...stack.cloud.tables.keys()].sort((one) => (one === table ? -1 : 1));
    const accountKeys = [...stack.cloud.parameters.values()].flatMap(({ type, value }) =>
      type === "SecureString" ? [value] : [],
    );
    const places: Record<string, string> = {
      status: JSON.stringify(await Promise.all(stack.tenants().map(({ domain }) => store.tenant(domain)))),
      served: JSON.stringify(await Promise.all(stack.tenants().map(({ domain }) => store.servedState(domain)))),
      list: JSON.stringify(await store.listTenants()),
      heartbeats: JSON.stringify(await store.heartbeats(Date.now(), 60_000)),
      warnings: JSON.stringify(running.warnings),
      endpoints: JSON.stringify({ ...stack.endpoints, endpoint }),
      table: JSON.stringify(items),
      "a restored copy": JSON.stringify(restored),
      "the table without backups": JSON.stringify(await everyItem(database.endpoint, transient)),
      "user data": [...stack.cloud.launchTemplates.values()]
        .map((template) => Buffer.from(template.userData, "base64").toString())
        .join(),
      dashboards: [...stack.cloud.dashboards.values()].join(),
      "the bucket": stack.cloud.buckets
        .all()
        .map((object) => object.toString("latin1"))
        .join(),
      // The account's key alone is Pulumi's to make and to keep, as a secret.
      "exported state": accountKeys.reduce(
        (text, key) => text.replaceAll(JSON.stringify(key).slice(1, -1), ""),
        stack.state(),
      ),
    };
    const count = (place: string, pattern: RegExp) => places[place]?.match(pattern)?.length;
    // Of each of three tenants what fronts read and its history; apart from them the ticket keys.
    expect([count("table", /-sealed:1:tenant-keys/g), count("table", /-sealed:1:ticket-keys/g)]).toEqual([
      6,
      undefined,
    ]);
    expect(count("the table without backups", /-sealed:1:ticket-keys/g)).toBe(3);
    expect(count("a restored copy", /-sealed:1:tenant-keys/g)).toBe(6);
    expect(count("exported state", /tls:index\/privateKey/g)).toBeGreaterThan(0);
    expect(accountKeys.some((key) => findSecrets("", key, []).length > 0)).toBe(true);
    expect(Object.values(places).filter((text) => text.length < 3)).toEqual([]);
    const files = filesUnder(running.folder).filter((file) => !keyFiles.includes(file));
    expect(files.filter((file) => file.endsWith(".log")).length).toBeGreaterThan(3);
    const found = [
      ...files.flatMap((file) => findSecrets(file, fs.readFileSync(file), secrets)),
      ...pids.flatMap((pid) => findSecrets(`arguments of ${pid}`, fs.readFileSync(`/proc/${pid}/cmdline`), secrets)),
      ...Object.entries(places).flatMap(([place, text]) => findSecrets(place, text, secrets)),
    ];
    expect(found).toEqual([]);

    // The same search finds one that was planted, in any place and encoding.
    const pem = fs.readFileSync(keyFiles.find((file) => file.endsWith(".pem")) ?? "", "utf8");
    const [secret] = secretsOf("planted", pem);
    const encodings = encodingsOf(pem);
    expect(encodings).toHaveLength(6);
    for (const [place, text] of Object.entries(places)) {
      for (const [encoding, planted] of encodings) {
        const with_ = Buffer.concat([Buffer.from(text), planted]);
        expect([place, encoding, findSecrets(place, with_, secret ? [secret] : []).length > 0]).toEqual([
          place,
          encoding,
          true,
        ]);
      }
    }
  }, 60_000);

  it("takes an edited configuration up: a new tenant goes live, a removed one leaves, and no front restarts", async () => {
    running.edit([...TENANTS.slice(1), "neu.berlin.example"]);
    const { applied, needRestart } = await running.stack.reconfigure();
    expect(needRestart).toEqual([]);
    expect(applied.map((what) => what.split(" ")[0])).toEqual([
      "aws:s3/bucketObjectv2:BucketObjectv2",
      "aws:lambda/invocation:Invocation",
    ]);
    await until("the new tenant is served", () => running.stack.allServed(), 60_000);
    expect(running.stack.tenants().map(({ domain }) => domain)).not.toContain("data.paris.example");
    const front = running.stack.endpoints.fronts[0];
    await until(
      "the removed tenant is served no more",
      () => refused(front?.https ?? "", "data.paris.example"),
      60_000,
    );
    expect(running.stack.cloud.fronts.flatMap((f) => [f.haproxyPid() ?? 0, f.agentPid() ?? 0])).toEqual(pids);
  }, 120_000);

  it("keeps everything as it is when an edit is not valid, and says every problem", async () => {
    running.edit(["*.wild.example", { domain: "www.lyon.example", http: "maybe" }]);
    await expect(running.stack.reconfigure()).rejects.toThrow(/tenants\[0\][\s\S]*tenants\[1\]\.http/);
    expect(running.stack.tenants().every(({ servedBy }) => servedBy.length === 2)).toBe(true);
  }, 60_000);

  it("answers what the console and the CLI ask", async () => {
    const { endpoints } = running.stack;
    expect(endpoints.outputs).toMatchObject({ stack: "certfront-test", addresses: ["127.0.0.1", "127.0.0.2"] });
    expect((await fetch(endpoints.console)).status).toBe(200);
  });

  it("has a part, or a reason to have none, for every kind of resource of the program", () => {
    expect(running.warnings.filter((warning) => /no local part/.test(warning))).toEqual([]);
  });

  it("says which part ended when one does that nothing starts again", async () => {
    process.kill(running.stack.pebble.pid, "SIGKILL");
    await expect(running.stack.failed).rejects.toThrow(/^Pebble ended by itself: exit SIGKILL/);
  });

  it("ends every process and frees every port when it stops, and calls nobody unhealthy for that", async () => {
    const { endpoints } = running.stack;
    unhealthy.splice(0);
    await running.stop();
    expect(unhealthy).toEqual([]);
    expect(pids.filter(isAlive)).toEqual([]);
    for (const address of [
      endpoints.loadBalancer.http,
      endpoints.loadBalancer.https,
      endpoints.dns,
      endpoints.fronts[0]?.https ?? "",
    ]) {
      expect(await accepts(address)).toBe(false);
    }
  }, 30_000);
});

/** As a backup has them, or whoever may read the whole table. */
async function everyItem(endpoint: string, table: string): Promise<Readonly<Record<string, unknown>>[]> {
  const credentials = { accessKeyId: "backup", secretAccessKey: "any" };
  const database = new AwsClient(DYNAMODB, { endpoint, region: "eu-west-1", credentials });
  const items: Readonly<Record<string, unknown>>[] = [];
  let start: unknown;
  do {
    const page = await database.call("Scan", {
      TableName: table,
      ...(start !== undefined && { ExclusiveStartKey: start }),
    });
    items.push(...(page.Items as typeof items));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return items;
}

function refused(address: string, servername: string): Promise<boolean> {
  const [host, port] = address.split(":");
  return new Promise((resolve) => {
    const socket = tls.connect({ host, port: Number(port), servername, rejectUnauthorized: false }, () => {
      socket.destroy();
      resolve(false);
    });
    socket.on("error", () => resolve(true));
  });
}

function accepts(address: string): Promise<boolean> {
  const [host, port] = address.split(":");
  return new Promise((resolve) => {
    const socket = net.connect({ host, port: Number(port) }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

/** As a restore makes it: another table with the items of a moment. */
async function restoredCopy(database: LocalDynamoDb, items: readonly object[]): Promise<object[]> {
  const api = new AwsClient(DYNAMODB, database.clientConfig);
  await database.createTable("restored", TABLE_SCHEMA);
  for (const Item of items) await api.call("PutItem", { TableName: "restored", Item });
  return everyItem(database.endpoint, "restored");
}

/** A private key as it may lie about. */
function encodingsOf(pem: string): [string, Buffer][] {
  const key = createPrivateKey(pem);
  const jwk = key.export({ format: "jwk" });
  const der = key.export({ format: "der", type: "pkcs8" });
  return [
    ["PEM", Buffer.from(key.export({ format: "pem", type: "pkcs8" }))],
    ["PEM in JSON", Buffer.from(JSON.stringify({ key: pem }))],
    ["DER", der],
    ["base64", Buffer.from(der.toString("base64"))],
    ["JWK", Buffer.from(JSON.stringify(jwk))],
    ["raw scalar", Buffer.from(String(jwk.d), "base64url")],
  ];
}
