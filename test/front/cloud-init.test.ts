import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { bundle } from "../../build/bundle";
import { CertfrontError } from "../../core/base/errors";
import { frontUserData, INSTANCE_SETTINGS, readFrontUserData, USER_DATA_LIMIT_BYTES } from "../../front/cloud-init";
import type { FrontSettings } from "../../front/settings";
import { startDynamoDb } from "../../local/process/parts/dynamodb";
import { freePorts } from "../../local/process/parts/free-port";
import { DynamoStore } from "../../store/dynamo-store";
import { TABLE_SCHEMA } from "../../store/schema";
import { TestCa } from "../../testing/certificates";
import { type BootedTrixie, trixieRoot } from "../../testing/debian/trixie-root";
import { handshake } from "../../testing/front-client";
import { startInstanceServices } from "../../testing/instance-services";
import { describeWith } from "../../testing/left-out";
import { frontItem } from "../../testing/records";
import { until } from "../../testing/until";

const ROOT = path.join(__dirname, "..", "..");
const REGION = "eu-west-1";

const settings: FrontSettings = {
  roleId: "AROAFRONT",
  ...INSTANCE_SETTINGS,
  stack: "production",
  region: REGION,
  table: "certfront-production-0123456",
  transientTable: "certfront-production-transient-0123456",
  sealKey: "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
  thumbprint: "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ",
  logGroup: "/certfront/production/fronts",
  defaultUpstream: "https://origin.internal.example:8443",
  httpPort: 80,
  httpsPort: 443,
  healthPort: 8404,
};
const dnsSuffix = "amazonaws.com";
const agent = { bucket: "certfront-production-artifacts-0123456", key: "agent/agent.js", sha256: "ab".repeat(32) };

describe("a front's user data", () => {
  it("is a cloud-config that leaves a quarter of EC2's 16 KB free", () => {
    const text = frontUserData({ settings, agent, dnsSuffix, sessionManager: true });
    expect(text.startsWith("#cloud-config\n")).toBe(true);
    expect(Buffer.byteLength(text)).toBeLessThan(0.75 * USER_DATA_LIMIT_BYTES);
  });

  it("gives back the settings and the bundle that it was made of", () => {
    expect(readFrontUserData(frontUserData({ settings, agent, dnsSuffix }))).toEqual({ settings, agent });
  });

  it("is refused when EC2 would not take it", () => {
    const huge = { ...settings, defaultUpstream: `https://${"a".repeat(16_000)}.example` };
    expect(() => frontUserData({ settings: huge, agent, dnsSuffix })).toThrow(CertfrontError);
  });

  it("is recognised, and anything else is not", () => {
    expect(() => readFrontUserData("#cloud-config\npackages: []\n")).toThrow("writes no /etc/certfront/bundle.json");
  });

  it.each([
    ["it writes no core of a process", "kernel.core_pattern = |/bin/false"],
    ["it writes none of one that changed its user", "fs.suid_dumpable = 0"],
    ["it lets nobody look into another process, not even root", "kernel.yama.ptrace_scope = 3"],
  ])("tells the kernel that %s", (_what, line) => {
    const { write_files } = parse(frontUserData({ settings, agent, dnsSuffix })) as {
      write_files: Record<string, string>[];
    };
    const sysctl = write_files.find((file) => file.path === "/etc/sysctl.d/60-certfront.conf");
    expect(sysctl?.content?.split("\n")).toContain(line);
  });

  it.each([
    { name: "a bare image installs the packages", customImage: false, packages: true },
    { name: "a custom image needs no package mirror", customImage: true, packages: false },
  ])("$name", ({ customImage, packages }) => {
    const text = frontUserData({ settings, agent, dnsSuffix, customImage });
    expect(/^ {2}- haproxy$/m.test(text)).toBe(packages);
    expect(/^package_update: true$/m.test(text)).toBe(packages);
  });
});

const debian = trixieRoot(ROOT, "bare");

/**
 * A real boot of Debian 13: systemd as process 1, cloud-init with all its modules, packages from the mirror. Not AWS: the user
 * data comes from cloud-init's NoCloud seed instead of EC2's metadata, and S3 and IMDS are stand-ins. The kernel is this
 * machine's, whose sysctls stay as they are.
 */
describeWith(debian, "an instance that boots from it", () => {
  it("becomes a healthy front, through S3 failures, and serves a tenant", async () => {
    if ("unavailable" in debian) return;
    await bundle(ROOT, ["agent"]);
    const code = readFileSync(path.join(ROOT, "dist", "agent", "agent.js"));
    const [database, aws, ports] = await Promise.all([startDynamoDb(), startInstanceServices(REGION), freePorts(3)]);
    const [httpPort = 0, httpsPort = 0, healthPort = 0] = ports;
    const here = { ...settings, logGroup: "", bind: "127.0.0.1", httpPort, httpsPort, healthPort };
    const view = debian.fresh();
    let instance: BootedTrixie | undefined;
    const file = (name: string, content: string) => {
      mkdirSync(path.dirname(path.join(view.upper, name)), { recursive: true });
      writeFileSync(path.join(view.upper, name), content);
    };
    try {
      await database.createTable(settings.table, TABLE_SCHEMA);
      aws.objects.set(`/${agent.bucket}/${agent.key}`, code);
      aws.failWith = 503;
      const sha256 = createHash("sha256").update(code).digest("hex");
      file(
        "/var/lib/cloud/seed/nocloud/user-data",
        frontUserData({ settings: here, agent: { ...agent, sha256 }, dnsSuffix }),
      );
      file("/var/lib/cloud/seed/nocloud/meta-data", "instance-id: i-0123456789abcdef0\nlocal-hostname: front\n");
      file("/etc/cloud/cloud.cfg.d/99-test.cfg", "datasource_list: [NoCloud]\nnetwork: {config: disabled}\n");
      file(
        "/etc/systemd/system.conf.d/test.conf",
        `[Manager]\nDefaultEnvironment=AWS_EC2_METADATA_SERVICE_ENDPOINT=${aws.endpoint} AWS_ENDPOINT_URL_S3=${aws.endpoint} AWS_ENDPOINT_URL_DYNAMODB=${database.endpoint}\n`,
      );
      // The rule is loaded for real, but not into this machine's network, which the instance shares.
      file("/etc/systemd/system/certfront-metadata.service.d/test.conf", "[Service]\nPrivateNetwork=yes\n");
      instance = view.boot();
      await until("a refused fetch of the bundle", () => aws.s3Requests.length > 0, 180_000);
      aws.failWith = undefined;

      const health = () => fetch(`http://127.0.0.1:${healthPort}/healthz`).catch(() => undefined);
      await until("a healthy front", async () => (await health())?.status === 200, 60_000);
      const ca = new TestCa();
      const certificate = ca.issue(["tenant.example"]);
      const store = new DynamoStore(settings.table, database.clientConfig);
      await store.putFrontItem(frontItem("tenant.example", Date.now(), { certificate }));
      await until("the tenant served", async () => {
        const seen = await handshake(httpsPort, "tenant.example", { ca: ca.root });
        return seen.serial === certificate.summary.serial;
      });
      const heartbeat = await until("a heartbeat that says ready", async () => {
        const beats = await store.heartbeats(Date.now(), 60_000);
        return beats.find((beat) => beat.ready);
      });
      expect(heartbeat.front).toBe("i-0123456789abcdef0");
      expect(heartbeat.haproxyVersion).toMatch(/^3\.0\./);
      expect(aws.s3Requests.at(-1)).toBe(`200 /${agent.bucket}/${agent.key}`);

      const inside = instance;
      const output = async (command: string) => (await inside.run(command)).stdout.trim();
      // The package mirror's HAProxy comes with a unit, a drop-in and a policy of ours: what counts is what systemd made of them.
      const units = "certfront-metadata certfront-bundle certfront-agent haproxy";
      expect(await output(`systemctl is-active ${units}`)).toBe("active\nactive\nactive\nactive");
      expect(await output(`systemctl is-enabled ${units}`)).toBe("enabled\nenabled\nenabled\nenabled");
      expect(await output("journalctl -o cat -u certfront-agent | grep -c 'metadata are open'")).toBe("0");
      expect(await output("ps -o user= -p $(systemctl show -P MainPID certfront-agent)")).toBe("certfront");
      expect(await output("ps -o user= --ppid $(systemctl show -P MainPID haproxy)")).toBe("haproxy");
      expect(await output("find /var/lib/certfront -type f -name '*.pem' -perm /077")).toBe("");
      // Keys in memory reach no disk: no core dump of the agent, of HAProxy's master or of its worker, and no swap.
      const processes =
        "$(systemctl show -P MainPID certfront-agent haproxy; pgrep -P $(systemctl show -P MainPID haproxy))";
      expect(
        await output(`for p in ${processes}; do awk '/Max core file size/{print $5,$6}' /proc/$p/limits; done`),
      ).toBe("0 0\n0 0\n0 0");
      expect(await output("systemctl show -P MemorySwapMax certfront-agent haproxy | xargs")).toBe("0 0");
      // What an update replaces without a restart is told, by the agent with its few rights, and nothing else is.
      for (const file of ["/usr/sbin/haproxy", "/usr/lib/*-linux-gnu/libssl.so.3", "/usr/bin/true"])
        await inside.run(`for f in ${file}; do cp -p $f /usr/new && mv /usr/new $f; done`);
      await inside.run("touch /boot/vmlinuz-99");
      const outdated = await until(
        "a heartbeat that tells of updates",
        async () =>
          (await store.heartbeats(Date.now(), 60_000)).find((beat) => beat.outdated?.includes("HAProxy"))?.outdated,
        90_000,
      );
      expect(outdated).toEqual(["HAProxy", "OpenSSL", "kernel"]);
      // A package upgrade's reload is refused; a crash is not the end.
      expect((await inside.run("/usr/sbin/policy-rc.d haproxy.service restart")).code).toBe(101);
      const before = await output("systemctl show -P MainPID haproxy");
      await inside.run(`kill -KILL ${before}`);
      await until("HAProxy back", async () => {
        const seen = await handshake(httpsPort, "tenant.example", { ca: ca.root });
        return (
          seen.serial === certificate.summary.serial && (await output("systemctl show -P MainPID haproxy")) !== before
        );
      });
    } catch (error) {
      const log = await instance?.run("journalctl --no-pager -n 150; cat /var/log/cloud-init-output.log | tail -50");
      throw new Error(`${(error as Error).message}\n${log?.stdout ?? ""}\n${instance?.console().slice(-3_000) ?? ""}`);
    } finally {
      await instance?.stop();
      view.close();
      await Promise.all([database.stop(), aws.stop()]);
    }
  }, 300_000);
});
