import { mkdtempSync, rmSync } from "node:fs";
import * as http from "node:http";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { type ChallengeAnswer, ChallengeProxy } from "../../front/agent/challenge-proxy";
import { ManualClock } from "../../testing/manual-clock";

/** The responder is scripted here: how many questions it gets at once is what is looked at. */
describe("the agent's challenge proxy", () => {
  const directory = mkdtempSync(path.join(tmpdir(), "certfront-challenge-"));
  const socketPath = path.join(directory, "agent.sock");
  let clock: ManualClock;
  let proxy: ChallengeProxy;
  let asked: string[];
  let answers: Map<string, (answer: ChallengeAnswer) => void>;
  let hold: boolean;

  beforeEach(async () => {
    clock = new ManualClock(Date.UTC(2026, 10, 1));
    asked = [];
    answers = new Map();
    hold = false;
    proxy = new ChallengeProxy(
      "front-0",
      ({ token }) => {
        asked.push(token);
        return hold
          ? new Promise((resolve) => void answers.set(token, resolve))
          : Promise.resolve({ status: 404 } as const);
      },
      (host) => host === "tenant.example",
      () => clock.now(),
    );
    await proxy.listen(socketPath);
  });
  afterEach(() => proxy.close());
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const get = (token: string, host = "stranger.example") =>
    new Promise<number>((resolve, reject) => {
      const request = http.get({ socketPath, path: `/.well-known/acme-challenge/${token}`, headers: { host } });
      request.on("response", (response) => resolve(response.resume().statusCode ?? 0));
      request.on("error", reject);
    });

  it("asks again for an unknown token only after ten seconds", async () => {
    expect([await get("a"), await get("a")]).toEqual([404, 404]);
    clock.advance(9_999);
    await get("a");
    expect(asked).toEqual(["a"]);
    clock.advance(1);
    await get("a");
    expect(asked).toEqual(["a", "a"]);
  });

  it("has at most 16 questions under way and 200 waiting, and turns the others away at once", async () => {
    hold = true;
    const statuses = Array.from({ length: 230 }, (_, index) => get(`t${index}`));
    // The ones too many are answered while the responder still thinks about the first.
    const turnedAway: number[] = [];
    for (const status of statuses) void status.then((one) => turnedAway.push(one));
    while (turnedAway.length < 14) await new Promise((resolve) => setImmediate(resolve));
    expect(turnedAway).toEqual(Array(14).fill(503));
    expect(asked).toHaveLength(16);

    hold = false;
    for (const answer of answers.values()) answer({ status: 404 });
    const all = await Promise.all(statuses);
    expect(all.filter((status) => status === 404)).toHaveLength(216);
    expect(asked).toHaveLength(216);
  });

  it("asks for hosts of tenants only, once a minute has brought 600 unknown tokens", async () => {
    for (let index = 0; index < 600; index++) await get(`flood-${index}`);
    expect(await get("one-more")).toBe(503);
    expect(await get("one-more", "tenant.example")).toBe(404);
    expect(asked).toHaveLength(601);
    clock.advance(60_000);
    expect(await get("one-more")).toBe(404);
  });
});
