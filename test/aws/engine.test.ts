import * as fs from "node:fs";
import * as path from "node:path";
import { type AwsForCommands, awsForCommands } from "../../proof/engine/aws-for-commands";
import { commandsOf } from "../../proof/engine/deploy-guide";
import { PulumiProject, type Ran } from "../../proof/engine/project";
import type { Call } from "../../proof/engine/stand-in-cloud";
import { engine } from "../../proof/tools/engine";
import { pythonTools } from "../../proof/tools/python";
import { describeWith } from "../../testing/left-out";

const programs = engine();
const python = pythonTools();
const folders = "folders" in programs ? programs.folders : [];

/** What `up` of a list of tenants may change: the list, and the call that applies it. */
const LIST = ["aws:s3/bucketObjectv2:BucketObjectv2", "aws:lambda/invocation:Invocation"];
/** Where the preview is not what is looked at. */
const UP = "pulumi up --skip-preview";
const HMAC_KEY = "c2VjcmV0LW9mLWEtdGVzdA";
const TENANT = "data.paris.example";
const URL = /http:\/\/127\.0\.0\.1:\d+\//;
/** Commands that reach for the Internet, or for AWS itself. */
const ELSEWHERE = /^(curl|aws|git|npm) /;

const changed = (calls: readonly Call[]) => calls.filter(({ op }) => op !== "invoke");
const kinds = (calls: readonly Call[]) =>
  changed(calls).map(({ op, urn }) => `${op} ${urn.split("$").pop()?.split("::")[0]}`);
/** A line of the guide as a reader completes it. */
const completed = (line: string) =>
  line.replace(/(eab\.\w+\.kid) …/, "$1 kid-1").replace(/(eab\.\w+\.hmacKey) …/, `$1 ${HMAC_KEY}`);

describeWith(programs, "the program under the real Pulumi engine, with a stand-in for AWS", () => {
  let project: PulumiProject;
  const said: string[] = [];
  const run = async (line: string, env: NodeJS.ProcessEnv = {}): Promise<Ran> => {
    const ran = await project.run(completed(line), env);
    said.push(ran.stdout, ran.stderr);
    return ran;
  };
  const must = async (line: string, env: NodeJS.ProcessEnv = {}): Promise<Ran> => {
    const ran = await run(line, env);
    if (ran.code !== 0) throw new Error(`${line} ended with ${ran.code}:\n${ran.stdout}\n${ran.stderr}`);
    return ran;
  };
  /** What the next preview means to do, but for what stays the same or is only read. */
  const plan = async (): Promise<string[]> => {
    const { stdout } = await must("pulumi preview --json");
    const { steps } = JSON.parse(stdout) as { steps: { op: string; urn: string }[] };
    return steps
      .filter(({ op }) => op !== "same" && op !== "read")
      .map(({ op, urn }) => `${op} ${urn.split("::").pop()}`);
  };

  /** The tenants of the list that these calls stored; its key says what is in it. */
  const listedBy = (calls: readonly Call[]): unknown => {
    const keys = calls.flatMap(({ op, inputs }) => (op === "create" && inputs.key ? [String(inputs.key)] : []));
    expect(keys).toEqual([expect.stringMatching(/^tenants-/)]);
    return JSON.parse(project.object("certfront-prod-artifacts", keys[0] ?? "")).tenants;
  };

  beforeAll(() => {
    project = new PulumiProject({ programs: folders });
  });
  afterAll(() => project?.remove());

  test("docs/deploy.md's commands, word for word, make a stack", async () => {
    for (const line of commandsOf("2\\. A stack")) {
      // As at a person's, whose program is type-checked; that takes longer than all the rest, so it is done once.
      await must(line, line === "pulumi up" ? { PULUMI_NODEJS_TRANSPILE_ONLY: "false" } : {});
    }
    const made = changed(project.takeCalls());
    expect(made.length).toBeGreaterThan(80);
    expect(made.every(({ op }) => op === "create")).toBe(true);
  });

  test("a second `pulumi up` changes nothing", async () => {
    await must(UP);
    expect(changed(project.takeCalls())).toEqual([]);
  });

  test("a name in one's own zone is a record more, and what a tenant must set in DNS is an output", async () => {
    for (const line of commandsOf("3\\. A name that outlives the load balancer")) await must(line);
    expect(kinds(project.takeCalls()).filter((kind) => kind.startsWith("create"))).toEqual([
      "create aws:route53/record:Record",
    ]);
    const [show = ""] = commandsOf("4\\. The tenant's DNS");
    expect(JSON.parse((await must(show)).stdout)).toEqual([
      { name: "data.paris.example", type: "CNAME", values: ["edge.example.com"] },
    ]);
  });

  test.each([
    ["added", "pulumi config set --path 'tenants[1]' www.lyon.example", ["data.paris.example", "www.lyon.example"]],
    ["changed", "pulumi config set --path 'tenants[1]' www.lille.example", ["data.paris.example", "www.lille.example"]],
    ["removed", "pulumi config rm --path 'tenants[1]'", ["data.paris.example"]],
  ])("a tenant %s: the list and the call that applies it, and the list can be read back", async (_, line, tenants) => {
    await must(line);
    await must(UP);
    const calls = changed(project.takeCalls());
    expect([...new Set(calls.map(({ urn }) => urn.split("$").pop()?.split("::")[0]))].sort()).toEqual([...LIST].sort());
    expect(listedBy(calls)).toEqual(tenants);
  });

  test("on to a public CA and a second one that binds accounts: the key is nowhere in the clear", async () => {
    for (const line of commandsOf("5\\. For real").filter((command) => command.startsWith("pulumi"))) await must(line);
    const calls = project.takeCalls();
    const parameter = calls.find(({ op, urn }) => op === "create" && urn.endsWith("account-eab-zerossl"));
    expect(parameter?.inputs.value).toBe(HMAC_KEY);
    const stack = await must("pulumi stack export && pulumi stack output --json && pulumi config");
    const texts = [...said, stack.stdout, ...project.texts()];
    // All of it was looked at, and the test would see a key.
    expect(texts.some((text) => text.includes("account-eab-zerossl"))).toBe(true);
    for (const secret of [HMAC_KEY, "BEGIN PRIVATE KEY", "BEGIN EC PRIVATE KEY"]) {
      expect(texts.filter((text) => text.includes(secret))).toEqual([]);
    }
  });

  test("a preview of that CA's parameter leaves the rest of the issuer's policy as it is", async () => {
    await must("pulumi config rm --path 'cas[1]' && pulumi config rm eab");
    const calls = JSON.parse((await must("pulumi preview --json")).stdout) as {
      steps: { op: string; urn: string; newState?: { inputs?: { policy?: string } } }[];
    };
    const policy = calls.steps.find(({ urn }) => urn.endsWith("issuer-policy"))?.newState?.inputs?.policy ?? "";
    expect(JSON.parse(policy).Statement.length).toBeGreaterThan(5);
    await must("pulumi config set --path 'cas[1]' zerossl && pulumi config set --path eab.zerossl.kid kid-1 --secret");
    await must(`pulumi config set --path eab.zerossl.hmacKey ${HMAC_KEY} --secret`);
  });

  test("every mistake in the configuration stands in one message, and nothing is made", async () => {
    const file = path.join(project.root, "Pulumi.prod.yaml");
    const good = fs.readFileSync(file, "utf8");
    for (const line of [
      "pulumi config set minFronts none",
      "pulumi config set contact nobody",
      "pulumi config set protect perhaps",
      "pulumi config set tagz '{}'",
      "pulumi config set --path 'tenants[0]' 'not a name'",
    ]) {
      await must(line);
    }
    const { code, stdout, stderr } = await run("pulumi up");
    fs.writeFileSync(file, good);
    expect(code).not.toBe(0);
    for (const where of ["tenants[0]", "minFronts", "contact", "protect", "tagz"])
      expect(stdout + stderr).toContain(`${where}: `);
    expect(stdout + stderr).not.toMatch(/\n\s+at /);
    expect(changed(project.takeCalls())).toEqual([]);
  });

  test("100,000 tenants: the same two resources, and no long output", async () => {
    const tenants = Array.from({ length: 100_000 }, (_, at) => `tenant-${at}.example.org`);
    fs.writeFileSync(path.join(project.root, "tenants.yaml"), tenants.map((name) => `- ${name}`).join("\n"));
    // The list before had another tenant, and the one after has one of these: neither is let through by mistake.
    await must("pulumi config rm tenants && pulumi config set tenantsFile tenants.yaml");
    await must(`pulumi config set allowRemovals ${tenants.length}`);
    const { stdout } = await must(UP);
    const calls = changed(project.takeCalls());
    expect(new Set(calls.map(({ urn }) => urn.split("$").pop()?.split("::")[0]))).toEqual(new Set(LIST));
    expect(stdout.length).toBeLessThan(20_000);
    expect(listedBy(calls)).toHaveLength(tenants.length);
    await must("pulumi config rm tenantsFile && pulumi config set --path 'tenants[0]' data.paris.example");
    await must(UP);
    // It is in the call that applies the list.
    await must(`pulumi config rm allowRemovals && ${UP}`);
    project.takeCalls();
  });

  describeWith(python, "commands that know the stack's name and AWS credentials", () => {
    let aws: AwsForCommands;
    beforeAll(async () => {
      aws = await awsForCommands("bin" in python ? python.bin : "", project.everyCall());
    });
    afterAll(() => aws?.stop());

    test("`certfront status --json` reads the stack's table", async () => {
      const { stdout } = await project.run("npx certfront status --json --stack prod", aws.env);
      expect(JSON.parse(stdout)).toMatchObject({ counts: { total: 0 }, tenants: [], fronts: [] });
    });

    test("`certfront explain` says of a tenant that it is not in the table yet", async () => {
      const { stdout, stderr } = await project.run(`npx certfront explain ${TENANT} --stack prod`, aws.env);
      expect(stdout + stderr).toContain(TENANT);
      expect(stdout + stderr).not.toMatch(/No stack was found|\n\s+at /);
    });

    test("`certfront console` serves the stack's page, as the stack's console role", async () => {
      const line = "npx certfront console --stack prod --port 0";
      const page = await project.start(line, aws.env, (said) => URL.test(said));
      try {
        const [url = ""] = URL.exec(page.output()) ?? [];
        const overview = (await (await fetch(`${url}api/overview`)).json()) as { stack: string; about: string };
        expect(overview).toMatchObject({ stack: "certfront-prod", counts: { total: 0 }, fronts: [] });
        expect(overview.about).toMatch(/ in eu-west-1, read as certfront-prod-\S*console/);
        expect((await fetch(`${url}api/graphs?hours=3`)).status).toBe(200);
      } finally {
        // Ctrl-C in a terminal reaches npx and what it started.
        process.kill(-page.pid, "SIGINT");
        await page.stop();
      }
    });
  });

  test("`certfront status` of a stack that is not there says so", async () => {
    const none = await run("npx certfront status --stack nowhere");
    expect(none.code).not.toBe(0);
    expect(none.stderr).toContain("No stack was found");
  });

  describe("what AWS answers later replaces nothing", () => {
    const zones = ["eu-west-1b", "eu-west-1c"];
    const offers = { "c7g.medium": zones };
    const later = [
      ["a zone is lost", { zones, offers }],
      [
        "a type is newly offered, elsewhere too",
        { offers: { "c6g.medium": ["eu-west-1a"], "c7g.medium": [...zones, "eu-west-1a"] } },
      ],
    ] as const;

    test.each(later)("%s", async (_, world) => {
      project.setWorld(world);
      const steps = await plan();
      project.setWorld({});
      // The stack keeps what it chose first; that the choice would be another now is all that changes.
      expect(steps.filter((step) => !/^update .*-placement$/.test(step))).toEqual([]);
    });
  });

  test("a stack that is renamed: texts of alarms name it, nothing else changes", async () => {
    await must("pulumi stack rename live");
    const steps = await plan();
    await must("pulumi stack rename prod");
    expect(steps.filter((step) => !/^(update prod-alarms-|discard organization\/)/.test(step))).toEqual([]);
  });

  test("`pulumi destroy --yes --skip-preview` of a protected stack deletes nothing", async () => {
    project.takeCalls();
    const { code } = await run("pulumi destroy --yes --skip-preview");
    expect(code).not.toBe(0);
    expect(kinds(project.takeCalls())).toEqual([]);
  });

  test("docs/deploy.md's way to take it down does, and leaves nothing", async () => {
    for (const line of commandsOf("Taking it down").filter((command) => !ELSEWHERE.test(command))) await must(line);
    const left = JSON.parse((await must("pulumi stack export")).stdout) as {
      deployment: { resources?: { type: string }[] };
    };
    expect((left.deployment.resources ?? []).filter(({ type }) => !type.startsWith("pulumi:"))).toEqual([]);
  });
});
