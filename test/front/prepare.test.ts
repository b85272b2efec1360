import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname, tmpdir } from "node:os";
import * as path from "node:path";
import { otherOwner, prepareAs } from "../../front/agent/as-owner";
import { command } from "../../front/agent/command";
import { configure, prepare } from "../../front/agent/configure";
import { instanceName } from "../../front/agent/front-name";
import { writeUpstreamFile } from "../../front/agent/upstream-file";
import { serverNameOf } from "../../front/agent/upstreams";
import { type FrontPaths, type FrontSettings, frontPaths } from "../../front/settings";
import { FakeFront } from "../../testing/fake-front";
import { frontSettings } from "../../testing/front-settings";

/** What is done before each start of HAProxy. The program `haproxy` is a script here that says which version it is. */
describe("a front that is configured", () => {
  const environment = process.env.PATH;
  let home: string;
  let settings: FrontSettings;
  let paths: FrontPaths;
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), "certfront-prepare-"));
    settings = frontSettings(home, {
      haproxyConfig: path.join(home, "etc", "haproxy.cfg"),
      socket: path.join(home, "run", "haproxy.sock"),
    });
    paths = frontPaths(settings);
    haproxy('echo "HAProxy version 3.0.11"; echo "Running on OpenSSL version : OpenSSL 3.5.1"');
    process.env.PATH = `${path.join(home, "bin")}:${environment}`;
  });
  afterEach(() => {
    process.env.PATH = environment;
    rmSync(home, { recursive: true, force: true });
  });

  const haproxy = (script: string) => {
    mkdirSync(path.join(home, "bin"), { recursive: true });
    writeFileSync(path.join(home, "bin", "haproxy"), `#!/bin/sh\n${script}\n`);
    chmodSync(path.join(home, "bin", "haproxy"), 0o755);
  };
  const mode = (file: string) => statSync(file).mode & 0o777;
  const configuration = () => readFileSync(settings.haproxyConfig, "utf8");

  it("has all that HAProxy needs to start on a new machine, and serves nobody yet", async () => {
    expect(await configure(settings)).toEqual({ tenants: 0 });
    const { defaultCertificate, crtList, policyMap, exceptionMap, readyMap, ticketKeys, pageMap } = paths;
    for (const file of [defaultCertificate, crtList, policyMap, exceptionMap, readyMap, ticketKeys, pageMap]) {
      expect([file, existsSync(file)]).toEqual([file, true]);
    }
    expect([readFileSync(readyMap, "utf8"), readFileSync(crtList, "utf8")]).toEqual([
      "ready 0\n",
      `${defaultCertificate} !*\n`,
    ]);
    expect(configuration()).toContain(`crt-list ${crtList}`);
    expect([existsSync(path.dirname(settings.socket)), mode(settings.haproxyConfig)]).toEqual([true, 0o644]);
  });

  it("keeps its folder and all with keys in it from everybody else", async () => {
    await configure(settings);
    chmodSync(settings.directory, 0o755);
    await configure(settings);
    const { certificates, tenants, departed, clientCas, defaultCertificate, ticketKeys } = paths;
    const folders = [settings.directory, certificates, tenants, departed, clientCas].map(mode);
    expect([folders, mode(defaultCertificate), mode(ticketKeys)]).toEqual([Array(5).fill(0o700), 0o600, 0o600]);
  });

  it("keeps what it had: its certificate for nobody, its ticket keys, whether it was ready", async () => {
    await configure(settings);
    writeFileSync(paths.readyMap, "ready 1\n");
    const kept = [paths.defaultCertificate, paths.ticketKeys, paths.readyMap].map((file) => readFileSync(file, "utf8"));
    await configure(settings);
    expect(
      [paths.defaultCertificate, paths.ticketKeys, paths.readyMap].map((file) => readFileSync(file, "utf8")),
    ).toEqual(kept);
  });

  it("starts with the tenants and upstreams of its last good set, and what is served for heirs", async () => {
    const front = await FakeFront.start();
    try {
      await front.apply(front.issued("a.example"));
      await front.apply(front.issued("gone.example"));
      const heirs = [{ domain: "b.example", revision: 9_000 }];
      await front.apply(front.item("gone.example", {}, { removed: true, heirs }));
      await writeUpstreamFile(front.paths.upstreams, [{ url: "http://app.internal:80", address: "10.0.0.7" }]);
      const own = { ...front.settings, haproxyConfig: settings.haproxyConfig, socket: settings.socket };
      expect(await configure(own)).toEqual({ tenants: 1 });
      expect(
        readFileSync(front.paths.policyMap, "utf8")
          .split("\n")
          .map((line) => line.split(" ")[0]),
      ).toEqual(["a.example", "gone.example", ""]);
      expect(configuration()).toContain(`server ${serverNameOf("http://app.internal:80")} 10.0.0.7:80 `);
      expect(await prepare(own)).toEqual({
        tenants: 1,
        upstreams: [{ url: "http://app.internal:80", address: "10.0.0.7" }],
      });
    } finally {
      await front.stop();
    }
  });

  it("says what to install where there is no HAProxy", async () => {
    haproxy("exit 1");
    await expect(configure(settings)).rejects.toThrow(
      expect.objectContaining({
        message: "HAProxy cannot be run on this machine.",
        code: "HAPROXY_MISSING",
        advice: "Install the package haproxy, 2.6 or newer.",
      }),
    );
  });

  describe("by its program", () => {
    const before = process.umask();
    afterEach(() => void process.umask(before));
    const given = () => {
      const file = path.join(home, "front.json");
      writeFileSync(file, JSON.stringify(settings));
      return file;
    };

    it("is what the file says, for its owner only", async () => {
      const printed: string[] = [];
      expect(await command(["configure", given()], (text) => printed.push(text))).toBeUndefined();
      expect([existsSync(paths.crtList), printed, process.umask()]).toEqual([true, [], 0o077]);
    });

    it("is only prepared where root asks its owner to, who says what came of it", async () => {
      mkdirSync(settings.directory);
      const printed: string[] = [];
      await command(["prepare", JSON.stringify(settings)], (text) => printed.push(text));
      expect([printed.map((text) => JSON.parse(text)), existsSync(settings.haproxyConfig)]).toEqual([
        [{ tenants: 0 }],
        false,
      ]);
    });

    it.each([[[]], [["configure"]], [["prepare"]], [["destroy", "/front.json"]], [["run", ""]]])(
      "is nothing that it was not asked for: %j",
      async (words) => {
        await expect(command(words, () => undefined)).rejects.toThrow(
          expect.objectContaining({ message: "usage: agent.js configure|run <front.json>", code: "USAGE" }),
        );
      },
    );

    it("refuses settings that are none", async () => {
      await expect(command(["prepare", "{}"], () => undefined)).rejects.toThrow("front.json");
      writeFileSync(path.join(home, "bad.json"), "{}");
      for (const name of ["configure", "run"]) {
        await expect(command([name, path.join(home, "bad.json")], () => undefined)).rejects.toThrow("front.json");
      }
    });
  });

  it("is prepared by root only in the name of whom its folder belongs to", async () => {
    mkdirSync(settings.directory);
    const [, program = ""] = process.argv;
    const script = path.join(home, "agent.js");
    writeFileSync(script, "console.log(JSON.stringify([process.argv.slice(2), process.cwd(), process.getuid()]))");
    try {
      process.argv[1] = script;
      const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
      expect(JSON.parse(await prepareAs(own, settings))).toEqual([["prepare", JSON.stringify(settings)], "/", own.uid]);
    } finally {
      process.argv[1] = program;
    }
    expect(await otherOwner(settings.directory)).toBeUndefined();
    // Only root can give a folder away, and only root is told whose it is.
    const isRoot = process.getuid?.() === 0;
    if (isRoot) chownSync(settings.directory, 65_534, 65_533);
    expect(await otherOwner(settings.directory)).toEqual(isRoot ? { uid: 65_534, gid: 65_533 } : undefined);
  });
});

describe("a front's name", () => {
  const environment = { ...process.env };
  afterEach(() => {
    process.env = { ...environment };
  });

  it("is the instance's id, by the instance's own metadata", async () => {
    const server = createServer((request, response) => {
      const isAllowed = request.headers["x-aws-ec2-metadata-token"] === "token";
      const known = { "/latest/api/token": "token", ...(isAllowed && { "/latest/meta-data/instance-id": "i-0abc" }) };
      response.end((known as Record<string, string>)[request.url ?? ""] ?? "");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await instanceName()).toBe("i-0abc");
    await new Promise((resolve) => server.close(resolve));
  });

  it("is the host's where there are none", async () => {
    const server = createServer((_, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await instanceName()).toBe(hostname());
    await new Promise((resolve) => server.close(resolve));
  });
});
