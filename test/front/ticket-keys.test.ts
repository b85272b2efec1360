import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import type { Haproxy } from "../../front/agent/haproxy";
import { applyTicketKeys, ensureTicketKeyFile, forgetTicketKeys } from "../../front/agent/ticket-keys";

const newKey = () => randomBytes(80).toString("base64");
const [a, b, c, d, e] = Array.from({ length: 5 }, newKey) as [string, string, string, string, string];

/** HAProxy holds three keys: it encrypts with the last but one and decrypts with all. */
describe("the keys of session tickets", () => {
  let home: string;
  let file: string;
  let pushed: string[];
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), "certfront-tickets-"));
    file = path.join(home, "ticket-keys");
    pushed = [];
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const haproxy = {
    pushTicketKey: async (of: string, key: string) => {
      expect(of).toBe(file);
      pushed.push(key);
    },
  } as unknown as Haproxy;
  const written = () => readFileSync(file, "utf8").trimEnd().split("\n");
  const write = (...keys: string[]) => writeFileSync(file, `${keys.join("\n")}\n`);

  describe("that HAProxy starts with", () => {
    it("are three of this front's own on a new machine, for the owner only", async () => {
      await ensureTicketKeyFile(file);
      expect(written().map((key) => Buffer.from(key, "base64").length)).toEqual([80, 80, 80]);
      expect([new Set(written()).size, statSync(file).mode & 0o777]).toEqual([3, 0o600]);
    });

    it("stay as they are", async () => {
      write(a, b, c);
      await ensureTicketKeyFile(file);
      expect(written()).toEqual([a, b, c]);
    });

    it.each([
      ["two", () => [a, b]],
      ["one that was cut", () => [a, b, c.slice(1)]],
      ["one with something before it", () => [a, b, `x${c}`]],
      ["one with something behind it", () => [a, b, `${c}x`]],
    ])("are new where there are %s", async (_what, keys) => {
      write(...keys());
      await ensureTicketKeyFile(file);
      expect(written()).toHaveLength(3);
      expect(written()).not.toContain(a);
    });
  });

  describe("that the fleet shares", () => {
    it.each<[string, string[], string[], string[]]>([
      ["one more than before", [a, b, c], [b, c, d], [d]],
      ["two more than before", [a, b, c], [c, d, e], [d, e]],
      ["others than before", [a, b, c], [a, d, e], [a, d, e]],
      ["some where this front had its own", [], [a, b, c], [a, b, c]],
      ["more than HAProxy holds", [a, b, c], [a, b, c, d], [d]],
    ])("are pushed oldest first where HAProxy lacks them: %s", async (_what, held, stored, missing) => {
      if (held.length > 0) write(...held);
      expect(await applyTicketKeys(stored, file, haproxy, false)).toBe(true);
      expect([pushed, written()]).toEqual([missing, stored.slice(-3)]);
    });

    it("are not pushed where HAProxy has them", async () => {
      write(a, b, c);
      expect([await applyTicketKeys([a, b, c], file, haproxy, false), pushed]).toEqual([false, []]);
    });

    it("are all pushed to a HAProxy of which nothing is known", async () => {
      write(a, b, c);
      expect([await applyTicketKeys([a, b, c], file, haproxy, true), pushed]).toEqual([true, [a, b, c]]);
    });

    it("are not half a ring: what is none of them is left out, and too few are refused", async () => {
      write(a, b, c);
      await applyTicketKeys(["none", b, c, d], file, haproxy, false);
      expect(pushed).toEqual([d]);
      await expect(applyTicketKeys([a, "none", b], file, haproxy, false)).rejects.toThrow(
        new RangeError("the stored ticket keys are 2 of at least 3"),
      );
    });

    it("are not on disk before HAProxy has them", async () => {
      write(a, b, c);
      const broken = { pushTicketKey: () => Promise.reject(new Error("gone")) } as unknown as Haproxy;
      await expect(applyTicketKeys([b, c, d], file, broken, false)).rejects.toThrow("gone");
      expect(written()).toEqual([a, b, c]);
    });
  });

  it("that a front makes its own are in HAProxy's memory and nowhere else", async () => {
    write(a, b, c);
    await forgetTicketKeys(file, haproxy);
    expect([pushed.length, written().length]).toEqual([3, 3]);
    expect(new Set([a, b, c, ...pushed, ...written()]).size).toBe(9);
  });
});
