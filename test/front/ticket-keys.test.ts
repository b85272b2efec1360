import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { HOUR } from "../../core/base/clock";
import type { Haproxy } from "../../front/agent/haproxy";
import { applyTicketKeys, ensureTicketKeyFile, forgetTicketKeys } from "../../front/agent/ticket-keys";
import type { FrontPaths } from "../../front/settings";
import { freePorts } from "../../local/process/parts/free-port";
import { TestCa } from "../../testing/certificates";
import { FakeAgent } from "../../testing/fake-agent";
import type { FakeFront } from "../../testing/fake-front";

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

const asking = { mode: "required", ca: new TestCa("members").root } as const;

describe("the keys of session tickets that an agent has HAProxy use", () => {
  let agent: FakeAgent;
  let front: FakeFront;
  let paths: FrontPaths;
  beforeEach(async () => {
    const [healthPort = 0] = await freePorts(1);
    agent = await FakeAgent.start({ healthPort });
    ({ front } = agent);
    ({ paths } = front);
  });
  afterEach(() => agent.stop());

  const newKeys = () => Array.from({ length: 3 }, newKey);
  const ring = () => [...(front.haproxy.ticketKeys.get(paths.ticketKeys) ?? [])];
  const store = async (keys: string[], rotatedAt: number) => {
    await agent.store.putTicketKeys({ keys, rotatedAt }, await agent.store.ticketKeys());
    return keys;
  };

  it("are the fleet's, and again when it is another process", async () => {
    const own = ring();
    const keys = await store(newKeys(), 1);
    await agent.jobs("ticket keys");
    expect(ring()).toEqual(own);
    await agent.jobs("sync", "ticket keys", "ticket keys");
    expect([ring(), agent.told("ticket keys rotated")]).toMatchObject([keys, [{ rotatedAt: 1 }]]);
    writeFileSync(paths.ticketKeys, "");
    await front.restartHaproxy();
    front.haproxy.ticketKeys.set(paths.ticketKeys, newKeys());
    writeFileSync(paths.ticketKeys, `${keys.join("\n")}\n`);
    await agent.jobs("sync").catch(() => agent.jobs("sync"));
    await agent.jobs("ticket keys");
    expect(ring()).toEqual(keys);
  });

  it("are its own where the fleet has none", async () => {
    const own = ring();
    await agent.jobs("sync", "ticket keys");
    expect([ring(), agent.told("ticket keys rotated")]).toEqual([own, []]);
  });

  it("are its own while a tenant asks for client certificates, and new for each change of what those are held against", async () => {
    const shared = await store(newKeys(), 1);
    await agent.put(front.issued("a.example", { clientCertificates: asking }));
    await agent.jobs("own ticket keys");
    await agent.jobs("sync", "ticket keys", "own ticket keys");
    const first = ring();
    expect([shared.includes(first[0] ?? ""), agent.told("ticket keys are this front's own")]).toMatchObject([
      false,
      [{}],
    ]);
    await agent.jobs("ticket keys", "own ticket keys");
    expect(ring()).toEqual(first);
    await agent.put(
      front.issued("a.example", { clientCertificates: { mode: "required", ca: new TestCa("others").root } }),
    );
    await agent.jobs("sync", "own ticket keys");
    const second = ring();
    expect(second).not.toEqual(first);
  });

  it("are new every eight hours where they are its own", async () => {
    await agent.put(front.issued("a.example", { clientCertificates: asking }));
    // Every front's at the same hours: to the next of them.
    front.clock.advance(8 * HOUR - (front.clock.now() % (8 * HOUR)));
    await agent.jobs("sync", "own ticket keys");
    const first = ring();
    front.clock.advance(8 * HOUR - 1);
    await agent.jobs("own ticket keys");
    expect(ring()).toEqual(first);
    front.clock.advance(1);
    await agent.jobs("own ticket keys");
    expect(ring()).not.toEqual(first);
  });

  it("are the fleet's again when nobody asks any more", async () => {
    const shared = await store(newKeys(), 1);
    await agent.jobs("sync", "ticket keys");
    await agent.put(front.issued("a.example", { clientCertificates: asking }));
    await agent.jobs("sync", "own ticket keys");
    writeFileSync(paths.ticketKeys, `${shared.join("\n")}\n`);
    await agent.put(front.issued("a.example"));
    await agent.jobs("sync", "own ticket keys", "ticket keys");
    expect(ring()).toEqual(shared);
  });
});
