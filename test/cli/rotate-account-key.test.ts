import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { certfront } from "../../testing/certfront-cli";
import { THUMBPRINT } from "../../testing/challenge-server";
import { type CliStack, startCliStack } from "../../testing/cli-stack";
import { ManualClock } from "../../testing/manual-clock";
import { heartbeat } from "../../testing/records";

const NEXT = "N".repeat(43);
const ACCOUNT = { ca: "letsencrypt", url: "https://ca.invalid/account/1" };

let clock: ManualClock;
let stack: CliStack;
beforeEach(async () => {
  clock = new ManualClock(Date.now());
  stack = await startCliStack(clock);
  await beat("front-1", THUMBPRINT);
  await beat("front-2", THUMBPRINT);
  taken();
});
afterEach(() => stack.stop());

const beat = (front: string, thumbprint: string, ready = true) =>
  stack.store.putHeartbeat(heartbeat(front, clock.now(), { thumbprint, ready }));
/** The issuer, of the new key, says how far it is. */
const taken = (changes: object = {}) =>
  stack.issuerAnswers({ thumbprint: NEXT, waitingFor: [], accounts: [ACCOUNT], ...changes });
const fileSays = () => parse(readFileSync(stack.stackFile, "utf8")) as { config: Record<string, unknown> };

/** @param looks what happens between two looks of the command */
function rotate(args: readonly string[] = ["--yes"], looks: readonly (() => unknown)[] = []) {
  const left = [...looks];
  return certfront(["rotate-account-key", ...args], {
    env: stack.env,
    clock,
    pause: async (ms) => {
      clock.advance(ms);
      await left.shift()?.();
    },
  });
}
const programDone = () => stack.exports({ accountKey: 2, accountThumbprint: NEXT });

describe("certfront rotate-account-key", () => {
  it("sets the next number, follows the fronts, and ends when every CA knows the account by the new key", async () => {
    const { code, stdout, stderr } = await rotate(undefined, [
      programDone,
      () => beat("front-1", NEXT),
      () => taken({ accounts: [{ ca: "letsencrypt", problem: "the CA is down" }] }),
      () => beat("front-2", NEXT),
      () => taken(),
    ]);
    expect([code, fileSays().config["certfront:accountKey"]]).toEqual([0, 2]);
    expect(stderr.split("\n").slice(1)).toEqual([
      "waiting for the new key",
      "waiting for fronts that answer for the former key: front-1, front-2",
      "waiting for fronts that answer for the former key: front-2",
      "waiting for letsencrypt: the CA is down",
    ]);
    expect(stdout).toContain(`thumbprint ${THUMBPRINT} → ${NEXT}`);
    expect(stdout).toContain(ACCOUNT.url);
    expect(new Set(stack.issued.map(({ operation }) => operation))).toEqual(new Set(["account"]));
  });

  it("leaves the rest of the file, comments too, as it is", async () => {
    await rotate(undefined, [programDone, () => Promise.all([beat("front-1", NEXT), beat("front-2", NEXT)])]);
    const text = readFileSync(stack.stackFile, "utf8");
    expect(text).toContain("# Ours.");
    expect(text).toContain("certfront:contact: ops@certfront.example # who is told");
  });

  it("changes nothing unless somebody says yes", async () => {
    const { code, asked } = await rotate([]);
    expect(code).toBe(1);
    expect(asked).toEqual(["Change the key of test's ACME account, from number 1 to 2?"]);
    expect(fileSays().config).not.toHaveProperty("certfront:accountKey");
  });

  it("goes on with a change that is under way, and begins no second one", async () => {
    await programDone();
    await beat("front-1", NEXT);
    const { code, stderr } = await rotate(["--yes", "--json"], [() => beat("front-2", THUMBPRINT, false)]);
    expect(code).toBe(0);
    expect(stderr).toContain("Key 2 is being brought in: front-2 answer for another one still.");
    expect(fileSays().config).not.toHaveProperty("certfront:accountKey");
  });

  it("says after an hour that it is not done, and that it goes on", async () => {
    const { code, stdout } = await certfront(["rotate-account-key", "--yes", "--json"], {
      env: stack.env,
      clock,
      pause: async () => clock.advance(31 * 60_000),
    });
    expect([code, JSON.parse(stdout)]).toEqual([1, { number: 2, from: THUMBPRINT, done: false, accounts: [] }]);
  });

  it("does not believe an issuer of the former key", async () => {
    const all = () => Promise.all([beat("front-1", NEXT), beat("front-2", NEXT)]);
    taken({ thumbprint: THUMBPRINT });
    const looks = [programDone, all, () => undefined, () => taken()];
    expect((await rotate(undefined, looks)).code).toBe(0);
    expect(stack.issued).toHaveLength(3);
  });

  it("needs a Pulumi stack", async () => {
    expect(await rotate(["--table", "t", "--issuer", "i"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--stack"),
    });
  });
});

describe("on AWS", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "certfront-pulumi-"));
  const log = path.join(folder, "calls");
  afterAll(() => rmSync(folder, { recursive: true }));

  it("has Pulumi set the number and deploy, and stops where Pulumi did", async () => {
    const { endpoint, table } = JSON.parse(
      readFileSync(path.join(String(stack.env.CERTFRONT_LOCAL), "endpoints.json"), "utf8"),
    ).dynamodb;
    const outputs = {
      ...{ stack: "prod", region: "eu-west-1", table, issuer: "i", addresses: [], cnameTarget: "x" },
      ...{ accountKey: 4, accountThumbprint: THUMBPRINT, cas: [] },
    };
    const file = path.join(folder, "pulumi");
    const print = `[ "$1" = stack ] && echo '${JSON.stringify(outputs)}' && exit 0`;
    writeFileSync(file, `#!/bin/sh\n${print}\necho "$@" >> ${log}\n[ "$1" != up ]\n`);
    chmodSync(file, 0o755);
    const before = { ...process.env };
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: "operator",
      AWS_SECRET_ACCESS_KEY: "x",
    });
    try {
      const answer = await certfront(["rotate-account-key", "--yes", "--stack", "prod"], {
        env: { PATH: `${folder}:${process.env.PATH}` },
        clock,
      });
      expect(answer).toMatchObject({ code: 3, stderr: expect.stringContaining("pulumi up --stack prod --yes ended") });
    } finally {
      process.env = before;
    }
    expect(readFileSync(log, "utf8").trim().split("\n")).toEqual([
      "config set certfront:accountKey 5 --stack prod",
      "up --stack prod --yes",
    ]);
  });
});
