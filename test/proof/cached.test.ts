import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { cachedFolder } from "../../proof/tools/cached";

describe("a folder of the cache of built programs", () => {
  let cache: string;
  beforeEach(() => {
    cache = mkdtempSync(path.join(tmpdir(), "cached-"));
  });
  afterEach(() => rmSync(cache, { recursive: true, force: true }));

  /** What a build leaves, `half` of the way looking at what else goes on. */
  const built = (text: string, half = () => {}, pins = ["v1"]) => {
    const make = (folder: string) => {
      writeFileSync(path.join(folder, "first"), text);
      half();
      writeFileSync(path.join(folder, "second"), text);
    };
    return cachedFolder("program", pins, make, cache);
  };
  const contentOf = (folder: string) =>
    Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name), "utf8")]));

  it("is made once, and anew when a pin changes", () => {
    const folder = built("one");
    expect(built("two")).toBe(folder);
    expect(contentOf(folder)).toEqual({ first: "one", second: "one" });
    expect(contentOf(built("two", undefined, ["v2"]))).toEqual({ first: "two", second: "two" });
  });

  it("two that build at once: each writes for itself, and both take what was whole first", () => {
    let quick = "";
    const slow = built("slow", () => (quick = built("quick")));
    expect(slow).toBe(quick);
    expect(contentOf(quick)).toEqual({ first: "quick", second: "quick" });
  });

  it("the slower of two fails: the other's stays", () => {
    let quick = "";
    const failing = () => {
      quick = built("quick");
      throw new Error("no space left");
    };
    expect(() => built("slow", failing)).toThrow("no space left");
    expect(contentOf(quick)).toEqual({ first: "quick", second: "quick" });
  });

  it("a build that fails leaves nothing, and the next one is the first", () => {
    const failing = () => {
      throw new Error("no space left");
    };
    expect(() => built("slow", failing)).toThrow("no space left");
    expect(readdirSync(cache)).toEqual([]);
    expect(existsSync(built("again"))).toBe(true);
  });

  describe("after a run that was killed in the middle of building", () => {
    beforeEach(() => {
      const make = `require(${JSON.stringify(path.resolve("proof/tools/cached"))}).cachedFolder("program", ["v1"], (folder) => {
        require("fs").writeFileSync(folder + "/first", "killed");
        process.kill(process.pid, "SIGKILL");
      }, ${JSON.stringify(cache)});`;
      const { signal } = spawnSync(process.execPath, ["--import", "tsx", "-e", make]);
      expect(signal).toBe("SIGKILL");
      expect(readdirSync(cache)).toHaveLength(1);
    });

    it("what it left does not count: the next one builds the whole", () => {
      expect(contentOf(built("next"))).toEqual({ first: "next", second: "next" });
    });

    it("what it left is removed by the next build, once nobody can be at it any more", () => {
      const [left = ""] = readdirSync(cache);
      utimesSync(path.join(cache, left), 0, 0);
      built("next");
      expect(readdirSync(cache)).not.toContain(left);
    });
  });

  it("a name whose folder is gone, as a cache that was restored in part has it, is built anew", () => {
    const folder = built("one");
    rmSync(realpathSync(folder), { recursive: true });
    expect(contentOf(built("two"))).toEqual({ first: "two", second: "two" });
  });
});
