import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { AwsError } from "../../local/aws/error";
import { AsyncInvocations } from "../../local/aws/lambda/async-invocations";
import { LambdaRuntime } from "../../local/aws/lambda/runtime";
import { until } from "../../testing/until";

const CODE = `
let calls = 0;
exports.handler = async (event, context) => {
  calls += 1;
  if (event.say) console.log(event.say);
  if (event.throw) throw new TypeError(event.throw);
  if (event.exit) process.exit(3);
  if (event.wait) await new Promise((resolve) => setTimeout(resolve, event.wait));
  return { calls, pid: process.pid, role: process.env.AWS_ACCESS_KEY_ID, own: process.env.OWN, left: context.getRemainingTimeInMillis() };
};
`;

describe("The local Lambda runtime", () => {
  const directory = fs.mkdtempSync(path.join(tmpdir(), "certfront-lambda-"));
  const lines: string[] = [];
  const metrics: string[] = [];
  const runtime = new LambdaRuntime({
    directory,
    awsVariables: (role) => ({ AWS_ACCESS_KEY_ID: role }),
    onLine: (_settings, line) => lines.push(line),
    onMetric: (_name, metric, value) => value > 0 && metrics.push(metric),
  });
  const invoke = async (event: object) => {
    const { payload, error } = await runtime.invoke("work", JSON.stringify(event));
    const answer: Record<string, unknown> = { ...(JSON.parse(payload) as object), error };
    return answer;
  };

  beforeAll(async () => {
    fs.writeFileSync(path.join(directory, "index.js"), CODE);
    await runtime.register({
      name: "work",
      arn: "arn:aws:lambda:eu-west-1:000000000000:function:work",
      directory,
      handler: "index.handler",
      timeoutSeconds: 2,
      memoryMb: 128,
      variables: { OWN: "mine" },
      role: "work-role",
      logGroup: "/work",
    });
  });

  afterAll(async () => {
    await runtime.stop();
    fs.rmSync(directory, { recursive: true });
  });

  it("gives a function its own environment and role, and uses a warm process again", async () => {
    const first = await invoke({});
    const second = await invoke({});
    expect(first).toMatchObject({ error: false, calls: 1, role: "work-role", own: "mine" });
    expect(second).toMatchObject({ calls: 2, pid: first.pid });
    expect(Number(first.left)).toBeGreaterThan(1_000);
  });

  it("hands on what a function writes", async () => {
    await invoke({ say: '{"message":"hello"}' });
    await until("the line", () => lines.includes('{"message":"hello"}'));
  });

  it.each([
    ["throws", { throw: "bad" }, { errorType: "TypeError", errorMessage: "bad" }],
    ["exits", { exit: true }, { errorType: "Runtime.ExitError" }],
    ["takes too long", { wait: 60_000 }, { errorType: "Sandbox.Timedout" }],
  ])("answers an error and counts it when the function %s", async (_how, event, expected) => {
    const before = metrics.filter((metric) => metric === "Errors").length;
    expect(await invoke(event)).toMatchObject({ error: true, ...expected });
    expect(metrics.filter((metric) => metric === "Errors")).toHaveLength(before + 1);
    expect(await invoke({})).toMatchObject({ error: false });
  });

  it("answers an error when the process is killed in the middle", async () => {
    const running = invoke({ wait: 60_000 });
    const pid = await until("it runs", () => runtime.busyPids("work")[0]);
    process.kill(pid, "SIGKILL");
    expect(await running).toMatchObject({ error: true, errorType: "Runtime.ExitError" });
  });

  it("throttles the eleventh at once, as a new account does", async () => {
    const running = Array.from({ length: 10 }, () => invoke({ wait: 300 }));
    await expect(invoke({})).rejects.toMatchObject({ code: "TooManyRequestsException" });
    expect(new Set((await Promise.all(running)).map(({ pid }) => pid)).size).toBe(10);
    expect(metrics).toContain("Throttles");
  });

  it("knows no function that was not registered", async () => {
    await expect(runtime.invoke("other", "{}")).rejects.toBeInstanceOf(AwsError);
  });
});

describe("Asynchronous invocations", () => {
  const run = async (retries: number, outcomes: (boolean | "throttled")[]) => {
    const attempts: number[] = [];
    const dead: string[] = [];
    const queue = new AsyncInvocations({
      timeScale: 10_000,
      settings: () => ({ retries, deadLetterArn: "arn:aws:sqs:eu-west-1:000000000000:dead" }),
      async invoke() {
        const outcome = outcomes[attempts.push(Date.now()) - 1] ?? true;
        if (outcome === "throttled") throw new AwsError("TooManyRequestsException", "Rate Exceeded.", 429);
        return { payload: "{}", error: !outcome };
      },
      deadLetter: (_name, _queue, payload) => dead.push(payload),
      onFailure: () => {},
    });
    queue.accept("work", '{"n":1}');
    await until("all attempts", () => attempts.length === outcomes.length);
    await new Promise((resolve) => setTimeout(resolve, 50)); // nothing further may come
    queue.stop();
    return { attempts: attempts.length, dead };
  };

  it.each([
    ["succeeds at once", 2, [true], []],
    ["succeeds at the second attempt", 2, [false, true], []],
    ["fails three times: it ends in the dead-letter queue", 2, [false, false, false], ['{"n":1}']],
    ["fails once where no retry is wanted", 0, [false], ['{"n":1}']],
    ["is throttled, which is not a failure", 0, ["throttled", "throttled", true], []],
  ] as const)("an event that %s", async (_what, retries, outcomes, dead) => {
    expect(await run(retries, [...outcomes])).toEqual({ attempts: outcomes.length, dead });
  });
});
