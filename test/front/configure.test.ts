import { execFile } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { bundle } from "../../build/bundle";
import { writeAtomic } from "../../front/agent/atomic-file";
import { configure } from "../../front/agent/configure";
import { nextCertificate } from "../../front/agent/next-certificate";
import { TenantFiles } from "../../front/agent/tenant-files";
import { type FrontSettings, frontPaths, parseFrontSettings } from "../../front/settings";
import { TestCa } from "../../testing/certificates";
import { frontSettings } from "../../testing/front-settings";
import { leftOut } from "../../testing/left-out";
import { tenant } from "../../testing/records";

const ROOT = path.join(__dirname, "..", "..");
/** Debian's `nobody`, in place of the agent's own user. */
const NOBODY = 65_534;
const SUPERUSER = process.getuid?.() === 0;
if (!SUPERUSER) leftOut("configure as root in a folder of another user", "only the superuser can try.");

const home = mkdtempSync(path.join(tmpdir(), "certfront-configure-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

function settingsFor(name: string): FrontSettings {
  const base = path.join(home, name);
  mkdirSync(base, { mode: 0o755 });
  return parseFrontSettings(frontSettings(base, { front: name }));
}

const written = ({ haproxyConfig }: FrontSettings): string => readFileSync(haproxyConfig, "utf8");

describe("configure takes the agent's files as data", () => {
  it.each<[string, unknown]>([
    [
      "a line of its own in the old form",
      [{ backend: "u1", name: "u1-x", args: "127.0.0.1:80\nglobal\n  lua-load /tmp/evil.lua" }],
    ],
    ["a URL with a line break", [{ url: "http://a.example:80\nlua-load evil", address: "127.0.0.1" }]],
    ["an address with an option", [{ url: "http://a.example:80", address: "127.0.0.1 init-addr none evil" }]],
    ["an address with a scope", [{ url: "http://a.example:80", address: "fe80::1%evil\n" }]],
    ["a URL with a word more", [{ url: "http://a.example:80 evil", address: "127.0.0.1" }]],
    ["no list at all", { evil: true }],
    ["numbers", [{ url: 1, address: 2 }, "evil", null]],
  ])("upstreams: %s reaches no configuration", async (name, contents) => {
    const settings = settingsFor(`upstreams ${name}`.replaceAll(" ", "-"));
    await configure(settings);
    const before = written(settings);
    await writeAtomic(frontPaths(settings).upstreams, JSON.stringify(contents));
    await configure(settings);
    expect(written(settings)).toBe(before);
  });

  it.each<[string, (held: Record<string, never> & { certificate: object; tenant: object }) => object]>([
    ["a name with a line break", (held) => ({ ...held, tenant: { ...held.tenant, aliases: ["b.example\nevil 1"] } })],
    [
      "a certificate's file elsewhere",
      (held) => ({ ...held, certificate: { ...held.certificate, file: "/etc/evil.pem" } }),
    ],
    ["options of its own", (held) => ({ ...held, certificate: { ...held.certificate, options: "[ca-file /evil]" } })],
    [
      "a prefix with a line break",
      (held) => ({ ...held, tenant: { ...held.tenant, http: { redirectExcept: ["/x\nevil 1"] } } }),
    ],
    ["another tenant's name", (held) => ({ ...held, domain: "evil.example" })],
    [
      "an upstream with an option",
      (held) => ({ ...held, tenant: { ...held.tenant, upstream: "http://a.example evil" } }),
    ],
    ["no tenant", (held) => ({ ...held, tenant: "evil" })],
  ])("tenants: %s reaches no start-up file, and costs no other tenant anything", async (name, change) => {
    const settings = settingsFor(`tenants ${name}`.replaceAll(" ", "-").replaceAll("'", ""));
    const paths = frontPaths(settings);
    await configure(settings);
    const ca = new TestCa();
    const files = new TenantFiles(settings);
    for (const domain of ["a.example", "good.example"]) {
      const { summary, chain, key } = ca.issue([domain]);
      const next = nextCertificate(tenant(domain), { summary, pem: `${chain.trim()}\n${key.trim()}\n` }, paths);
      if (!next) throw new Error("nothing to serve");
      for (const { file, contents } of next.files) await writeAtomic(file, contents);
      await files.save({ domain, revision: 1, tenant: tenant(domain), certificate: next.certificate });
    }
    expect(await configure(settings)).toEqual({ tenants: 2 });
    const file = path.join(paths.tenants, "a.example.json");
    await writeAtomic(file, JSON.stringify(change(JSON.parse(readFileSync(file, "utf8")))));
    expect((await configure(settings)).tenants).toBeGreaterThanOrEqual(1);
    const startUp = [paths.crtList, paths.policyMap, paths.exceptionMap]
      .map((one) => readFileSync(one, "utf8"))
      .join("");
    expect(startUp).not.toMatch(/evil/);
    expect(startUp).toMatch(/good\.example/);
  });

  (SUPERUSER ? it : it.skip)("as root it follows no link in the agent's folder, and gives away no file", async () => {
    await bundle(ROOT, ["agent"]);
    const settings = settingsFor("links");
    for (const folder of [tmpdir(), home, path.join(home, "links")]) chmodSync(folder, 0o711);
    const outside = path.join(home, "roots-own");
    mkdirSync(outside);
    writeFileSync(path.join(outside, "policy.map"), "untouched");
    mkdirSync(settings.directory, { mode: 0o711 });
    symlinkSync(outside, path.join(settings.directory, "pages"));
    symlinkSync(path.join(outside, "policy.map"), path.join(settings.directory, "policy.map"));
    chownSync(settings.directory, NOBODY, NOBODY);
    const file = path.join(home, "links", "front.json");
    writeFileSync(file, JSON.stringify(settings));
    const run = () => promisify(execFile)("node", [path.join(ROOT, "dist", "agent", "agent.js"), "configure", file]);
    await expect(run()).rejects.toThrow(/EACCES|EPERM/);
    expect(existsSync(path.join(outside, "pages.map"))).toBe(false);
    expect(readFileSync(path.join(outside, "policy.map"), "utf8")).toBe("untouched");

    rmSync(path.join(settings.directory, "pages"));
    await run();
    expect(readFileSync(path.join(outside, "policy.map"), "utf8")).toBe("untouched");
    expect(written(settings)).toContain("frontend https");
  });
});
