import { HOUR, SECOND } from "../../core/base/clock";
import { certfront } from "../../testing/certfront-cli";
import { handshake } from "../../testing/front-client";
import { type FrontHarness, startFronts, TABLE } from "../../testing/front-harness";
import { startBackups } from "../../testing/table-backups";

let fronts: FrontHarness;
let backups: Awaited<ReturnType<typeof startBackups>>;
const before = { ...process.env };

beforeAll(async () => {
  fronts = await startFronts();
  backups = await startBackups(fronts.database, TABLE);
  Object.assign(process.env, {
    ...{ AWS_ENDPOINT_URL_DYNAMODB: backups.endpoint, AWS_REGION: "eu-west-1" },
    ...{ AWS_ACCESS_KEY_ID: "administrator", AWS_SECRET_ACCESS_KEY: "x" },
  });
  await fronts.up();
}, 120_000);
afterAll(async () => {
  process.env = { ...before };
  await Promise.all([backups?.stop(), fronts?.stop()]);
});

const clock = { now: () => Date.now() };
const restore = () =>
  certfront(["restore", "--table", TABLE, "--to", "latest", "--yes", "--json"], {
    env: {},
    clock,
    pause: (ms) => sleep(ms / 40),
  });
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const wholeSecond = (ms: number) => Math.floor(ms / SECOND) * SECOND;

describe("a table that is lost", () => {
  it("costs no visitor anything: both fronts serve on until it is restored, and then learn what is new", async () => {
    const held = new Map([
      ["a.example", await fronts.add("a.example")],
      ["b.example", await fronts.add("b.example")],
    ]);
    await backups.snapshot(wholeSecond(Date.now()));
    const watch = watchServed([...held.keys()]);
    await backups.deleteTable();
    await sleep(2 * SECOND);

    const { code, stdout } = await restore();
    expect(JSON.parse(stdout)).toMatchObject({ table: TABLE, at: expect.any(String) });
    expect(code).toBe(0);
    held.set("c.example", await fronts.add("c.example"));
    const { looks, misses } = await watch.end();
    expect(misses).toEqual([]);
    expect(looks).toBeGreaterThan(50);
    for (const [name, certificate] of held) await fronts.served(name, certificate);
    // What they say of themselves is written again, into the new table.
    expect((await fronts.store.heartbeats(Date.now(), HOUR)).map(({ front }) => front).sort()).toEqual([
      "front-0",
      "front-1",
    ]);
  }, 120_000);
});

/** Asks every front for every name, over and over. */
function watchServed(names: readonly string[]) {
  const misses: string[] = [];
  let looks = 0;
  let over = false;
  const done = (async () => {
    while (!over) {
      for (const { settings } of fronts.fronts) {
        for (const name of names) {
          looks++;
          const seen = await handshake(settings.httpsPort, name, { ca: fronts.ca.root }).catch((error: Error) => error);
          if (seen instanceof Error || !seen.serial) misses.push(`${settings.front} ${name}: ${String(seen)}`);
        }
      }
      await sleep(50);
    }
  })();
  return {
    async end() {
      over = true;
      await done;
      return { looks, misses };
    },
  };
}
