import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { outdated, replaced } from "../../front/agent/outdated";

const HOUR = 3_600_000;

describe("software that runs as it was before an update", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), "certfront-outdated-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  /** As dpkg does it: another file in the place of the old one, with the time of modification that it was packed with. */
  const install = (source: string, target: string): void => {
    copyFileSync(source, `${target}.dpkg-new`);
    utimesSync(`${target}.dpkg-new`, 1_700_000_000, 1_700_000_000);
    renameSync(`${target}.dpkg-new`, target);
  };
  const program = (startedAt: number) =>
    replaced({ files: ["/nowhere/program", path.join(directory, "haproxy")], startedAt });

  it("is the program itself, by when its file came and not by the date that it bears", async () => {
    install("/bin/true", path.join(directory, "haproxy"));
    expect(await program(Date.now() + HOUR)).toEqual([]);
    expect(await program(Date.now() - HOUR)).toContain("HAProxy");
  });

  it("is not what came within a second of its start: clocks of files and processes are compared to the second", async () => {
    const file = path.join(directory, "haproxy");
    install("/bin/true", file);
    const { ctimeMs } = statSync(file);
    expect(await program(ctimeMs - 1_000)).not.toContain("HAProxy");
    expect(await program(ctimeMs - 1_001)).toContain("HAProxy");
  });

  it("is a library that the program uses, too", async () => {
    // Everything in node is older than this hour's start but what was installed since.
    const found = await replaced({ files: [process.execPath], startedAt: 0 });
    expect(found).toContain("Node.js");
    expect(found).toContain("libc.so.6");
    expect(await replaced({ files: [process.execPath], startedAt: Date.now() })).toEqual([]);
  });

  it("is nothing where there is no such program", async () => {
    expect(await replaced({ files: ["/nowhere/program"], startedAt: 0 })).toEqual([]);
  });

  it("is a kernel that was installed since the machine started", async () => {
    mkdirSync(path.join(directory, "boot"));
    const boot = path.join(directory, "boot");
    writeFileSync(path.join(boot, "config-6.12"), "");
    expect(await outdated(undefined, boot)).toEqual([]);
    writeFileSync(path.join(boot, "vmlinuz-6.12.1"), "");
    expect(await outdated(undefined, boot)).toEqual(["kernel"]);
    expect(await outdated(undefined, path.join(directory, "no-such"))).toEqual([]);
  });
});
