import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { freePorts } from "../../local/process/parts/free-port";
import { ownCa } from "../../local/run/own-ca";
import { type StepCa, startStepCa, stepCaDirectory } from "../../proof/peers/step-ca";
import { goProgram } from "../../proof/tools/go";
import { TestCa } from "../../testing/certificates";
import { handshake } from "../../testing/front-client";
import { describeWith } from "../../testing/left-out";
import { startTestStack, type TestStack } from "../../testing/local-stack";
import { until } from "../../testing/until";

const HOURS = 24;
const built = goProgram("step-ca");

/** `npm start -- --ca-directory URL --ca-root FILE`, with a CA that is started once the stack says where names validate. */
describeWith(built, "the whole stack on this machine, with step-ca in Pebble's place", () => {
  const folder = fs.mkdtempSync(path.join(tmpdir(), "certfront-own-ca-"));
  const authority = new TestCa("step-ca");
  let server: StepCa | undefined;
  let running: TestStack | undefined;
  afterAll(async () => {
    await running?.stop();
    await server?.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  it("waits for the CA, tells it where names validate, and serves every tenant with its certificates", async () => {
    const root = path.join(folder, "root.pem");
    fs.writeFileSync(root, authority.root);
    const [port = 0] = await freePorts(1);
    let said = "";
    const starting = startTestStack({
      tenants: ["www.a.example", { domain: "b.example", aliases: ["www.b.example"] }],
      fronts: 2,
      lifetimeMs: HOURS * 3_600_000,
      ca: ownCa(stepCaDirectory(port, HOURS), root),
      onEvent: (event) => {
        if ("text" in event) said += `${event.text}\n`;
      },
    });
    const [, dnsServer = "", httpPort = ""] = await Promise.race([
      until(
        "the stack waits",
        () => /it must ask (\S+) for names, and fetch challenges at port (\d+)/.exec(said) ?? false,
      ),
      starting.then(() => []),
    ]);
    server = await startStepCa("program" in built ? built.program : "", {
      ...{ dnsServer, httpPort: Number(httpPort), hours: [HOURS], port, authority },
    });
    running = await starting;
    const { stack } = running;
    await until("every tenant is served by every front", () => stack.allServed(), 120_000);

    const { endpoints } = stack;
    expect(endpoints.dns).toBe(dnsServer);
    expect(endpoints.acme).toMatchObject({ directory: stepCaDirectory(port, HOURS) });
    expect(fs.readFileSync(endpoints.acme.root, "utf8")).toBe(authority.root);
    const balancer = Number(endpoints.loadBalancer.https.split(":")[1]);
    for (const name of ["www.a.example", "b.example", "www.b.example"]) {
      expect(await handshake(balancer, name, { ca: authority.root })).toMatchObject({ serial: expect.any(String) });
    }
  });
});
