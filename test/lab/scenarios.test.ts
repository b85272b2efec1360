import * as net from "node:net";
import type { Dataset } from "../../lab/dap/variable";
import type { Scenario } from "../../lab/scenario/scenario";
import { SCENARIOS, scenarioNamed } from "../../lab/scenario/scenarios";
import { judge, type Shown } from "../../lab/scenario/verdict";
import { entryUrl } from "../../lab/server/places";
import type { Run } from "../../lab/server/run";
import { LAB_BASES, type LabAnswer, startTestLab, type TestLab } from "../../testing/lab";
import { until } from "../../testing/until";

let lab: TestLab;
beforeEach(async () => {
  lab = await startTestLab();
});
afterEach(() => lab.stop());

const RIGHT = `Basic ${Buffer.from("alice:s3cret").toString("base64")}`;
const CERTIFIED = { "x-ssl-client-verify": "SUCCESS", "x-ssl-client-cn": '"carol"' };

function scenario(name: string): Scenario {
  const found = scenarioNamed(name);
  if (found === undefined) throw new Error(`no scenario ${name}`);
  return found;
}

interface ModelClient {
  /** Gives the password when it is challenged. */
  readonly password?: boolean;
  /** Gives it unasked, to every host, on every scheme. */
  readonly careless?: boolean;
  readonly certificate?: boolean;
  readonly cookies?: boolean;
  /** Asks for data alone. */
  readonly single?: boolean;
}

/** Walks as a client does: redirects, cookies by host, challenges. @returns the last answer */
async function walk(start: string, client: ModelClient): Promise<LabAnswer> {
  const jar = new Map<string, string>();
  const one = async (first: string): Promise<LabAnswer> => {
    let url = first;
    let authorized = false;
    for (let hop = 0; hop < 12; hop++) {
      const { hostname, protocol } = new URL(url);
      const cookie = jar.get(hostname);
      const answer = await lab.get(url, {
        ...(authorized || client.careless ? { authorization: RIGHT } : {}),
        ...(cookie && client.cookies !== false ? { cookie: `other=1; ${cookie}` } : {}),
        ...(client.certificate && protocol === "https:" ? CERTIFIED : {}),
      });
      const [set] = answer.headers["set-cookie"] ?? [];
      if (set) jar.set(hostname, set.split(";")[0] ?? "");
      if (answer.status === 401 && client.password && !authorized) authorized = true;
      else if (answer.headers.location) {
        url = answer.headers.location;
        authorized = false;
      } else return answer;
    }
    throw new Error(`${first} leads nowhere`);
  };
  if (!client.single) for (const suffix of [".dds", ".das"]) await one(`${start}${suffix}`);
  return one(`${start}.dods?lat`);
}

const open = (run: Run, { entry, name }: Scenario) => entryUrl(LAB_BASES, entry, run.id, name);

/** Of a client that has ended. */
const judged = (run: Run, name: string, shown: Shown) =>
  judge(scenario(name), { exchanges: lab.seen(run, name), shown, ended: true });

async function verdictOf(name: string, client: ModelClient, shown: Shown = "right") {
  const run = lab.runs.begin("model");
  const one = scenario(name);
  await walk(open(run, one), client).catch(() => undefined); // a cut body
  return judge(one, { exchanges: lab.seen(run, name), shown, ended: true });
}

const ABLE: ModelClient = { password: true, certificate: true };

describe("a client that can do all", () => {
  it.each(SCENARIOS.filter(({ expects }) => expects === "data").map(({ name }) => name))("passes %s", async (name) => {
    expect(await verdictOf(name, ABLE)).toMatchObject({ verdict: "pass", exposures: [] });
  });

  it.each(SCENARIOS.filter(({ expects }) => expects === "data").map(({ name }) => name))(
    "fails %s when it shows other numbers, or none",
    async (name) => {
      expect((await verdictOf(name, ABLE, "wrong")).verdict).toBe("fail");
      expect((await verdictOf(name, ABLE, "nothing")).verdict).toBe("fail");
    },
  );
});

describe("a client that lacks something", () => {
  it.each([
    ["a password", "basic", { certificate: true }],
    ["cookies", "cookie", { cookies: false }],
    ["a certificate", "x509", { password: true }],
    ["a password", "authn", { certificate: true }],
    ["cookies", "authn", { ...ABLE, cookies: false }],
    ["a certificate", "authn-x509", { password: true }],
    ["cookies", "login-host", { ...ABLE, cookies: false }],
    ["cookies", "early-session", { ...ABLE, cookies: false }],
    ["the request for metadata", "authn", { ...ABLE, single: true }],
  ] as const)("(%s) fails %s", async (_, name, client) => {
    expect((await verdictOf(name, client)).verdict).toBe("fail");
  });

  it("(the request for metadata) passes what asks for none of it, where that is known of it", async () => {
    const run = lab.runs.begin("model");
    await walk(open(run, scenario("basic")), { ...ABLE, single: true });
    const evidence = { exchanges: lab.seen(run, "basic"), shown: "right", ended: true } as const;
    expect(judge(scenario("basic"), evidence).verdict).toBe("fail");
    expect(judge(scenario("basic"), { ...evidence, single: true }).verdict).toBe("pass");
  });

  it.each(["authn-lazy", "authn-x509-lazy"])("(the request for metadata) passes %s", async (name) => {
    expect((await verdictOf(name, { ...ABLE, single: true })).verdict).toBe("pass");
  });
});

describe("a client that gives its password away", () => {
  it.each([
    ["authn", ["credentials on plain HTTP"]],
    ["early-session", ["credentials on plain HTTP"]],
    ["login-host", ["credentials handed to another host"]],
    ["https", ["credentials handed to another host"]],
    ["cookie", ["credentials on plain HTTP", "credentials handed to another host"]],
  ])("passes %s with exposure", async (name, exposures) => {
    expect(await verdictOf(name, { ...ABLE, careless: true })).toMatchObject({ verdict: "exposed", exposures });
  });

  it("is found out by the other host that asks for it; who keeps it passes", async () => {
    const found = (client: ModelClient) => verdictOf("other-host", client, "nothing");
    expect(await found({ ...ABLE, careless: true })).toMatchObject({ verdict: "exposed" });
    const run = lab.runs.begin("model");
    const start = open(run, scenario("other-host"));
    const { headers } = await lab.get(`${start}.dds`, { authorization: RIGHT });
    await lab.get(String(headers.location));
    expect(judged(run, "other-host", "nothing").verdict).toBe("pass");
  });
});

describe("an untrusted server", () => {
  it.each([
    { what: "asks nothing", schemes: [], verdict: "pass" },
    { what: "goes on over TLS", schemes: ["https"], verdict: "fail" },
    { what: "falls back to plain HTTP", schemes: ["http"], verdict: "exposed" },
  ])("and a client that $what: $verdict", async ({ schemes, verdict }) => {
    const run = lab.runs.begin("model");
    for (const scheme of schemes) await lab.get(`${scheme}://data.lab.example/dap/${run.id}/untrusted/sst.dds`);
    expect(judged(run, "untrusted", "nothing").verdict).toBe(verdict);
  });
});

describe("a body cut short", () => {
  it("ends ten bytes before its length, and only a client that shows no numbers passes", async () => {
    const run = lab.runs.begin("model");
    const url = `${open(run, scenario("cut-body"))}.dods`;
    await expect(lab.get(url)).rejects.toThrow(/aborted/);
    expect(lab.seen(run, "cut-body")).toMatchObject([{ asks: "data", end: "cut" }]);
    for (const [shown, verdict] of [
      ["nothing", "pass"],
      ["wrong", "fail"],
      ["right", "fail"],
    ] as const)
      expect(judged(run, "cut-body", shown).verdict).toBe(verdict);
  });
});

describe("while a client is at it", () => {
  it("what is missing is unfinished, and a failure when it has ended", async () => {
    const run = lab.runs.begin("model");
    const one = scenario("https");
    await lab.get(`${open(run, one)}.dds`);
    const found = (ended: boolean) => judge(one, { exchanges: lab.seen(run, "https"), shown: "unknown", ended });
    expect(found(false)).toMatchObject({ verdict: "unfinished", why: "Not seen: dods served over HTTPS." });
    expect(found(true).verdict).toBe("fail");
    await lab.get(`${open(run, one)}.dods`);
    expect(found(false)).toMatchObject({ verdict: "pass", why: expect.stringContaining("compare the numbers") });
  });

  it("an answer that it does not take is shown as such, and noted when it leaves", async () => {
    const slow = await startTestLab(LAB_BASES, new Map([["sst", LARGE]]));
    try {
      const run = slow.runs.begin("model");
      const socket = net.connect(slow.port, "127.0.0.1").on("error", () => undefined);
      socket.pause();
      socket.write(`GET /dap/${run.id}/cookie/sst.dods HTTP/1.1\r\nHost: data.lab.example\r\n\r\n`);
      await until("noted", () => slow.seen(run, "cookie").length === 1);
      const exchanges = slow.seen(run, "cookie");
      expect(judge(scenario("cookie"), { exchanges, shown: "unknown", ended: false })).toMatchObject({
        verdict: "unfinished",
        why: "sst.dods is still being sent.",
      });
      socket.destroy();
      await until("noted", () => slow.seen(run, "cookie")[0]?.end === "client left");
    } finally {
      await slow.stop();
    }
  });
});

/** More than any socket's buffers hold. */
const LARGE: Dataset = {
  name: "sst",
  das: "Attributes {\n}\n",
  variables: [
    {
      declaration: { kind: "atom", name: "a", type: "Byte", dimensions: [{ name: "n", size: 32 * 1024 * 1024 }] },
      value: { is: "numbers", bytes: Buffer.alloc(32 * 1024 * 1024) },
    },
  ],
};

describe("what nobody should ask", () => {
  it.each([
    ["an unknown dataset", "/dap/RUN/https/nothing.dds", 404, "there is no such dataset"],
    ["an unknown suffix", "/dap/RUN/https/sst.dmr", 404, ".dmr is not offered"],
    ["no suffix", "/dap/RUN/https/sst", 404, ". is not offered"],
    ["a suffix that every object has", "/dap/RUN/https/sst.constructor", 404, ".constructor is not offered"],
    ["an object's own name as dataset", "/dap/RUN/https/__proto__.dds", 404, "there is no such dataset"],
    ["an object's own name as scenario", "/dap/RUN/constructor/sst.dds", 404, "there is no such scenario"],
    ["an object's own name as place", "/dap/RUN/authn/constructor/sst.dds", 404, "no such place"],
    ["a suffix in capitals", "/dap/RUN/https/sst.DDS", 404, ".DDS is not offered"],
    ["two suffixes", "/dap/RUN/https/sst.nc.dds", 404, "there is no such dataset"],
    ["an escaped dot", "/dap/RUN/https/sst%2edds", 404, "no run has this path"],
    ["an escaped slash", "/dap/RUN/https%2fsst.dds", 404, "no run has this path"],
    ["a run in capitals", "/dap/ABCDEF/https/sst.dds", 404, "no run has this path"],
    ["a name that is too long", `/dap/RUN/https/${"s".repeat(5_000)}.dds`, 404, "no run has this path"],
    ["a negative stride", "/dap/RUN/https/sst.dods?lat[0:-1:2]", 400, "is no hyperslab"],
    ["a ticket of nobody's", "/dap/RUN/early-session/login/go?ticket=constructor", 401, "a password is needed"],
    ["a code of nobody's", "/dap/RUN/login-host/callback/go?code=__proto__", 403, "no such code"],
    ["an unknown constraint", "/dap/RUN/https/sst.dods?lat[9]", 400, "index 9 is beyond"],
    ["an unknown place", "/dap/RUN/https/elsewhere/sst.dds", 404, "no such place"],
    ["an unknown scenario", "/dap/RUN/nothing/sst.dds", 404, "no such scenario"],
    ["an unknown run", "/dap/abcdef/https/sst.dds", 404, "no run has this path"],
    ["a path outside", "/../etc/passwd", 404, "no run has this path"],
    ["a login without a ticket", "/dap/RUN/authn/login/go", 401, "a password is needed"],
    ["a callback without a code", "/dap/RUN/login-host/callback/go", 403, "no such code"],
  ])("%s is answered as DAP answers errors", async (_, path, status, message) => {
    const run = lab.runs.begin("model");
    const answer = await lab.get(`https://data.lab.example${path.replace("RUN", run.id)}`);
    expect(answer.status).toBe(status);
    expect(answer.headers["content-description"]).toBe("dods-error");
    expect(answer.body).toMatch(/^Error \{\n {4}code = \d+;\n {4}message = "[^\n]*";\n\};\n$/);
    expect(answer.body).toContain(message);
  });

  it.each([
    ["what is no HTTP", "\u0016\u0003\u0001\r\n\r\n", 400],
    ["a byte beyond ASCII in a header's name", "GET / HTTP/1.1\r\nX\u00e9: 1\r\n\r\n", 400],
    ["two lengths", "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400],
    ["a constraint longer than a head may be", `GET /?${"lat,".repeat(5_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
  ])("%s is answered so, too, and the lab goes on", async (_, sent, status) => {
    const answer = await raw(lab.port, Buffer.from(sent, "latin1"));
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*content-description: dods-error.*Error \\{`, "s"));
    const { id } = lab.runs.begin("model");
    expect((await lab.get(`https://data.lab.example/dap/${id}/https/sst.dds`)).status).toBe(200);
  });

  it("an unknown host is 421, another method 405", async () => {
    const { id } = lab.runs.begin("model");
    await expect(lab.get(`https://evil.example/dap/${id}/https/sst.dds`)).resolves.toMatchObject({ status: 421 });
    const post = lab.get(`https://data.lab.example/dap/${id}/https/sst.dds`, {}, "POST");
    await expect(post).resolves.toMatchObject({ status: 405 });
  });

  it("no quotation in an error ends its message early", async () => {
    const { id } = lab.runs.begin("model");
    const { body } = await lab.get(`https://data.lab.example/dap/${id}/https/sst.dods?x%22%3b%0a%7d`);
    expect(body.split("\n")).toHaveLength(5);
  });
});

/** What comes back to these bytes, up to the end of the connection. */
function raw(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = net.connect(port, "127.0.0.1", () => socket.write(bytes));
    socket.setEncoding("latin1").on("data", (text: string) => {
      answer += text;
    });
    socket.on("error", reject).on("close", () => resolve(answer));
  });
}

describe("one run and another", () => {
  it("at the same time come out as one alone, and nothing of theirs is seen in a third", async () => {
    const names = ["authn", "login-host", "early-session", "cookie"];
    const idle = lab.runs.begin("idle");
    const runs = Array.from({ length: 12 }, () => lab.runs.begin("model"));
    await Promise.all(runs.flatMap((run) => names.map((name) => walk(open(run, scenario(name)), ABLE))));
    const alone = lab.runs.begin("model");
    for (const name of names) {
      await walk(open(alone, scenario(name)), ABLE);
      const what = (run: Run) => lab.seen(run, name).map(({ asked, did, status }) => [asked, did, status]);
      for (const run of runs) {
        expect(judged(run, name, "right").verdict).toBe("pass");
        expect(what(run)).toEqual(what(alone));
      }
    }
    expect(idle.attempts.size).toBe(0);
  });

  it("know nothing of each other's sessions, tickets and codes", async () => {
    const [mine, yours] = [lab.runs.begin("model"), lab.runs.begin("model")];
    await walk(open(mine, scenario("authn")), ABLE);
    const first = await lab.get(`${open(mine, scenario("cookie"))}.dds`);
    const cookie = String(first.headers["set-cookie"]).split(";")[0] ?? "";
    for (const [run, name] of [
      [yours, "cookie"],
      [mine, "authn"],
    ] as const) {
      await lab.get(`${open(run, scenario(name))}.dods`, { cookie });
      expect(lab.seen(run, name).at(-1)?.session).toBe(false);
    }
    const { headers } = await lab.get(`${open(mine, scenario("authn"))}.dds`);
    const stolen = String(headers.location).replace(mine.id, yours.id);
    await expect(lab.get(stolen, { authorization: RIGHT })).resolves.toMatchObject({ status: 403 });
  });

  it("what names no run leaves nothing behind, and no run grows without end", async () => {
    await lab.get("https://data.lab.example/dap/ffffffffff/https/sst.dds");
    expect(lab.runs.all()).toEqual([]);
    const run = lab.runs.begin("model");
    const one = `${open(run, scenario("https"))}.ver`;
    for (let at = 0; at < 320; at++) await lab.get(one);
    expect(lab.seen(run, "https")).toHaveLength(300);
    expect(run.attempt("https").unrecorded).toBe(20);
  });

  it("a code is good once", async () => {
    const run = lab.runs.begin("model");
    const start = open(run, scenario("login-host"));
    const authorize = String((await lab.get(`${start}.dds`)).headers.location);
    const callback = String((await lab.get(authorize, { authorization: RIGHT })).headers.location);
    expect((await lab.get(callback)).status).toBe(302);
    expect((await lab.get(callback)).status).toBe(403);
  });
});
