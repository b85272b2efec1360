import { randomBytes } from "node:crypto";
import type { TicketKeys } from "../../core/record/record";
import { HaproxySocket } from "../../front/agent/haproxy-socket";
import { frontPaths } from "../../front/settings";
import { handshake } from "../../testing/front-client";
import { type FrontHarness, startFronts, type TestFront } from "../../testing/front-harness";
import { haproxyVersions } from "../../testing/haproxy-versions";
import { until } from "../../testing/until";

const HOST = "tenant.example";

describe.each(haproxyVersions())("session tickets of two fronts on $name", ({ options, close }) => {
  let fronts: FrontHarness;
  let stored: TicketKeys | undefined;

  beforeAll(async () => {
    fronts = await startFronts(options);
    await fronts.up();
    await fronts.add(HOST);
  }, 120_000);
  afterAll(async () => {
    await fronts?.stop();
    close();
  });

  const newKey = () => randomBytes(80).toString("base64");

  /** As the issuer does: a new key behind the others, the oldest one goes; or all are new. Waits until both fronts have it. */
  const rotate = async ({ all } = { all: false }) => {
    const keys = stored && !all ? [...stored.keys.slice(1), newKey()] : [newKey(), newKey(), newKey()];
    const next: TicketKeys = { keys, rotatedAt: Math.max(Date.now(), (stored?.rotatedAt ?? 0) + 1) };
    expect(await fronts.transient.putTicketKeys(next, stored)).toBe(true);
    stored = next;
    await until("both fronts with the new ticket keys", () =>
      fronts.fronts.every((front) => front.agent?.output().includes(`"rotatedAt":${next.rotatedAt}`)),
    );
  };

  /** Keys in HAProxy's memory, oldest first. */
  const ring = async ({ settings }: TestFront): Promise<string[]> => {
    const socket = new HaproxySocket(settings.socket);
    const answer = await socket.send(`show tls-keys ${frontPaths(settings).ticketKeys}`);
    socket.close();
    return [...answer.matchAll(/ ([A-Za-z0-9+/=]{108})$/gm)].map(([, key = ""]) => key);
  };
  const at = (index: number): number => fronts.fronts[index]?.settings.httpsPort ?? 0;
  const versions = (version: "TLSv1.2" | "TLSv1.3") =>
    ({ ca: fronts.ca.root, minVersion: version, maxVersion: version }) as const;
  const ticketFrom = async (front: number, version: "TLSv1.2" | "TLSv1.3"): Promise<Buffer> => {
    const { session, resumed } = await handshake(at(front), HOST, { ...versions(version), ticket: true });
    expect(resumed).toBe(false);
    if (session === undefined) throw new Error("no ticket");
    return session;
  };
  const resumedAt = async (front: number, version: "TLSv1.2" | "TLSv1.3", session: Buffer): Promise<boolean> =>
    (await handshake(at(front), HOST, { ...versions(version), session })).resumed;

  it("are each front's own as long as the fronts share no keys", async () => {
    const ticket = await ticketFrom(0, "TLSv1.3");
    expect(await resumedAt(0, "TLSv1.3", ticket)).toBe(true);
    expect(await resumedAt(1, "TLSv1.3", ticket)).toBe(false);
  });

  it.each([
    { version: "TLSv1.2", from: 0, to: 1 },
    { version: "TLSv1.2", from: 1, to: 0 },
    { version: "TLSv1.3", from: 0, to: 1 },
    { version: "TLSv1.3", from: 1, to: 0 },
  ] as const)("of front $from are taken by front $to with $version", async ({ version, from, to }) => {
    if (stored === undefined) await rotate();
    expect(await resumedAt(to, version, await ticketFrom(from, version))).toBe(true);
  });

  it("outlive one rotation, and no more than the keys say", async () => {
    const ticket = await ticketFrom(0, "TLSv1.3");
    await rotate();
    expect([await resumedAt(0, "TLSv1.3", ticket), await resumedAt(1, "TLSv1.3", ticket)]).toEqual([true, true]);
    await rotate();
    // Forward secrecy: the key that it was encrypted with is gone.
    expect([await resumedAt(0, "TLSv1.3", ticket), await resumedAt(1, "TLSv1.3", ticket)]).toEqual([false, false]);
  });

  it("are nobody's any more, and every key in HAProxy another, once all keys were replaced at once", async () => {
    const ticket = await ticketFrom(0, "TLSv1.3");
    const before = await Promise.all(fronts.fronts.map(ring));
    await rotate({ all: true });
    for (const [index, front] of fronts.fronts.entries()) {
      const now = await until("the whole ring", async () => {
        const held = await ring(front);
        return held.join() === stored?.keys.join() && held;
      });
      expect(now.filter((key) => before[index]?.includes(key))).toEqual([]);
      expect(await resumedAt(index, "TLSv1.3", ticket)).toBe(false);
    }
    expect(await resumedAt(1, "TLSv1.3", await ticketFrom(0, "TLSv1.3"))).toBe(true);
  });

  it("survive a restart of HAProxy", async () => {
    const [first] = fronts.fronts;
    const ticket = await ticketFrom(1, "TLSv1.3");
    await first?.kill("haproxy");
    await first?.configure();
    await first?.startHaproxy();
    expect(await resumedAt(0, "TLSv1.3", ticket)).toBe(true);
  });
});
