import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { CertfrontError } from "../../core/base/errors";
import { atUsualPort } from "../../local/console/usual-port";
import { Progress, type ProgressEvent } from "../../local/progress/events";
import { startupError } from "../../local/run/startup-error";
import { watchConfig } from "../../local/run/watch-config";
import { until } from "../../testing/until";

/** A stack whose tenants are what the files say, or which refuses them. */
class FakeStack {
  tenantList = new Map<string, string>();
  served = 0.5;
  fails: CertfrontError | undefined;
  rounds = 0;
  next = new Map<string, string>();

  configured = () => new Map(this.tenantList);
  reconfigure = async () => {
    this.rounds += 1;
    if (this.fails) throw this.fails;
    this.tenantList = this.next;
    return { applied: [], needRestart: [], unknown: [] };
  };
  tenants = () =>
    [...this.tenantList.keys()].map((domain) => ({
      domain,
      names: [domain],
      state: "active" as const,
      servedBy: [],
      secondsToServed: this.served,
    }));
}

let root: string;
let stack: FakeStack;
let told: ProgressEvent[];
let watcher: { close(): void };

beforeEach(async () => {
  root = await fs.mkdtemp(path.join(os.tmpdir(), "certfront watch é-"));
  await fs.writeFile(path.join(root, "Pulumi.yaml"), "name: certfront\n");
  await fs.mkdir(path.join(root, "lists"));
  await fs.writeFile(path.join(root, "lists", "tenants.yaml"), "[]\n");
  await fs.writeFile(path.join(root, "Pulumi.x.yaml"), "config:\n  certfront:tenantsFile: lists/tenants.yaml\n");
  stack = new FakeStack();
  stack.tenantList = new Map([
    ["old.example", "{}"],
    ["same.example", "{}"],
  ]);
  told = [];
  const progress = new Progress();
  progress.listen((event) => told.push(event));
  watcher = watchConfig(stack, { root, stack: "x", progress });
});
afterEach(async () => {
  watcher.close();
  await fs.rm(root, { recursive: true });
});

const edit = (file: string) => fs.appendFile(path.join(root, file), "# edited\n");
const phases = () => told.flatMap((event) => (event.kind === "phase" ? [event.text] : []));

describe("an edit while the local stack runs", () => {
  it.each(["Pulumi.x.yaml", "lists/tenants.yaml"])("of %s is answered with the tenants it changed", async (file) => {
    stack.next = new Map([
      ["new.example", "{}"],
      ["same.example", '{"http":"serve"}'],
    ]);
    await edit(file);
    await until(
      "the edit is answered",
      () => phases().at(-1) === "applied: + new.example  − old.example  ~ same.example, served in 0.5 s",
    );
    expect(phases()).toContain("applied: + new.example  − old.example  ~ same.example");
  });

  it("with a mistake is one message, which goes when it is corrected", async () => {
    stack.fails = new CertfrontError("tenants[0]: is no name", { code: "CONFIG_INVALID", advice: "Correct it." });
    await edit("Pulumi.x.yaml");
    await until("the edit is answered", () => told.some(({ kind }) => kind === "problem"));
    const problems = () => told.filter(({ kind }) => kind === "problem");
    expect(problems()).toEqual([{ kind: "problem", text: "tenants[0]: is no name\nCorrect it." }]);
    stack.fails = undefined;
    stack.next = stack.tenantList;
    await edit("Pulumi.x.yaml");
    await until("the edit is answered", () => phases().at(-1) === "applied: no tenant changed");
    expect(problems().at(-1)).toEqual({ kind: "problem" });
  });

  it("of another file is none", async () => {
    await edit("Pulumi.yaml");
    await edit("Pulumi.x.yaml");
    await until("the edit is answered", () => stack.rounds > 0);
    expect(stack.rounds).toBe(1);
  });
});

describe("the console's port", () => {
  const taken =
    (...ports: number[]) =>
    async (port: number) => {
      if (ports.includes(port)) throw Object.assign(new Error("taken"), { code: "EADDRINUSE" });
      return port;
    };
  it("is the usual one, or the next that is free", async () => {
    expect(await atUsualPort(taken())).toBe(7443);
    expect(await atUsualPort(taken(7443, 7444))).toBe(7445);
    expect(await atUsualPort(taken(...Array.from({ length: 20 }, (_, at) => 7443 + at)))).toBe(0);
    await expect(
      atUsualPort(async () => {
        throw new Error("another");
      }),
    ).rejects.toThrow("another");
  });
});

describe("what cannot start", () => {
  const node = (code: string, message: string, port?: number) => Object.assign(new Error(message), { code, port });
  it.each([
    [node("EADDRINUSE", "listen EADDRINUSE", 8443), "Port 8443 is in use by another program."],
    [node("EACCES", "listen EACCES", 80), "Port 80 is not one that you may listen on."],
    [
      node("ERR_PARSE_ARGS_UNKNOWN_OPTION", "Unknown option '--onse'. To specify a positional argument starting …"),
      "Unknown option '--onse'. Did you mean --once?",
    ],
    [
      node(
        "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL",
        "Unexpected argument 'prod'. This command does not take positional arguments",
      ),
      "Unexpected argument 'prod'. This command does not take positional arguments.",
    ],
  ])("%s is a sentence with advice", (error, sentence) => {
    const said = startupError(error, ["once", "stack"]);
    expect(said).toBeInstanceOf(CertfrontError);
    expect(said).toMatchObject({ message: sentence, advice: expect.stringMatching(/--/) });
  });

  it("and is not known stays what it is", () => {
    const error = new TypeError("x");
    expect(startupError(error, [])).toBe(error);
  });
});
