import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { atLeast, parseHaproxyBuild } from "../../front/haproxy-build";
import { haproxyVersions } from "../../testing/haproxy-versions";

/** What the configuration lacks before a version, and docs/attacks.md says so: a version that learns it makes this fail. */
const MEANS: readonly [string, line: string, major: number, minor: number][] = [
  ["a limit for handshakes alone", "timeout client-hs 10s", 3, 0],
  ["another patience with a client once its answer began", "http-response set-timeout client 10m", 3, 0],
  ["request trailers left behind", "option http-drop-request-trailers", 3, 2],
];

describe.each(haproxyVersions())("$name", ({ options, close }) => {
  const directory = mkdtempSync(path.join(tmpdir(), "certfront-means-"));
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
    close();
  });
  const run = async (...words: string[]): Promise<{ stdout: string; stderr: string }> => {
    const [command = "", ...args] = options.inside?.(["haproxy", ...words], directory, {}) ?? ["haproxy", ...words];
    const env = { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin` };
    return promisify(execFile)(command, args, { env }).catch((error: { stdout: string; stderr: string }) => error);
  };

  it.each(MEANS)("has %s from the version on that the configuration uses it for", async (_, line, major, minor) => {
    const file = path.join(directory, "haproxy.cfg");
    const frontend = `frontend f\n  mode http\n  bind unix@${directory}/f.sock\n  timeout client 1m\n  ${line}\n`;
    writeFileSync(file, frontend);
    const { version } = parseHaproxyBuild((await run("-vv")).stdout);
    const said = (await run("-c", "-f", file)).stderr;
    expect({ version, refused: /ALERT/.test(said) }).toEqual({ version, refused: !atLeast(version, major, minor) });
  });
});
