import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { ensurePackages, findProgram } from "../../local/process/debian/ensure-packages";

/** A machine whose apt-get and sudo are scripts that write down what they were asked. */
describe("packages that tests need", () => {
  const { PATH } = process.env;
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(tmpdir(), "certfront-packages-"));
    process.env.PATH = `${folder}${path.delimiter}${PATH}`;
  });
  afterEach(() => {
    process.env.PATH = PATH;
    jest.restoreAllMocks();
    fs.rmSync(folder, { recursive: true, force: true });
  });
  const program = (name: string, script: string) =>
    fs.writeFileSync(path.join(folder, name), `#!/bin/sh\necho "${name} $*" >> ${folder}/asked\n${script}\n`, {
      mode: 0o755,
    });
  const asked = () => {
    const file = path.join(folder, "asked");
    return fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim().split("\n") : [];
  };
  const user = (id: number) => jest.spyOn(process, "getuid" as never).mockReturnValue(id as never);
  const needed = { "package-a": "certfront-test-program", shell: "sh" };
  const install = "apt-get install -y --no-install-recommends package-a";

  it("are not asked for when they are there", () => {
    program("apt-get", "exit 1");
    ensurePackages({ shell: "sh" });
    expect(asked()).toEqual([]);
  });

  it("are installed by root, only those that are missing", () => {
    user(0);
    program("apt-get", "exit 0");
    ensurePackages(needed);
    expect(asked()).toEqual([install]);
  });

  it("are installed after fetching the package lists, where a fresh machine has none", () => {
    user(0);
    program("apt-get", `case "$*" in *update*) touch ${folder}/updated;; *) test -e ${folder}/updated;; esac`);
    ensurePackages(needed);
    expect(asked()).toEqual([install, "apt-get -qq update", install]);
  });

  it("are installed through a sudo that asks for no password", () => {
    user(1000);
    program("apt-get", "exit 0");
    program("sudo", "exit 0");
    ensurePackages(needed);
    expect(asked()).toEqual(["sudo -n true", `sudo -n --preserve-env=DEBIAN_FRONTEND ${install}`]);
  });

  it("are named in the one command to run, where sudo asks for a password", () => {
    user(1000);
    program("apt-get", "exit 0");
    program("sudo", "exit 1");
    expect(() => ensurePackages(needed)).toThrow(`sudo ${install}`);
    expect(asked()).toEqual(["sudo -n true"]);
  });

  it("are an error with apt's own words, where it fails", () => {
    user(0);
    program("apt-get", "echo 'E: Unable to locate package package-a' >&2; exit 100");
    expect(() => ensurePackages(needed)).toThrow("Unable to locate package package-a");
  });

  it("are found where Debian puts them, though the PATH of a user lacks it", () => {
    process.env.PATH = folder;
    expect(findProgram("sh")).toMatch(/\/sh$/);
    expect(findProgram("certfront-test-program")).toBeUndefined();
  });
});
