import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Heir } from "../../core/record/record";
import type { Tenant } from "../../core/tenant/tenant";
import { frontPaths } from "../../front/settings";
import { TestCa, type TestCertificate } from "../../testing/certificates";
import { handshake, request } from "../../testing/front-client";
import { type FrontHarness, startFronts, type TestFront } from "../../testing/front-harness";
import { tenant } from "../../testing/records";
import { type Echo, startTestUpstream, type TestUpstream } from "../../testing/test-upstream";
import { until } from "../../testing/until";

/** Names that go from one tenant to another, on real HAProxy: items of one change reach a front in any order, and one may fail. */
describe("names that move", () => {
  let fronts: FrontHarness;
  let upstream: TestUpstream;
  let other: TestUpstream;
  let revision = 0;

  beforeAll(async () => {
    [upstream, other] = await Promise.all([startTestUpstream("default"), startTestUpstream("other")]);
    fronts = await startFronts({ fronts: 1, settings: { defaultUpstream: upstream.url } });
    await fronts.up();
  }, 120_000);

  afterAll(async () => {
    await fronts?.stop();
    await Promise.all([upstream?.stop(), other?.stop()]);
  });

  interface Item {
    readonly certificate?: TestCertificate;
    readonly further?: readonly TestCertificate[];
    readonly heirs?: readonly Heir[];
    readonly removed?: boolean;
  }
  const port = (): number => fronts.fronts[0]?.settings.httpsPort ?? 0;
  const next = (): number => (revision = Math.max(Date.now(), revision + 1));
  const put = async (subject: Tenant, at: number, item: Item): Promise<void> => {
    const stored = { domain: subject.domain, revision: at, removed: false, tenant: subject, ...item };
    expect(await fronts.store.putFrontItem(stored)).toBe(true);
  };
  const looked = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1_000));

  const serialOf = (name: string): Promise<string> =>
    handshake(port(), name, { ca: fronts.ca.root, maxVersion: "TLSv1.2" }).then(
      ({ serial }) => serial,
      () => "none",
    );
  const isGone = (name: string) => until(`${name} is gone`, async () => (await serialOf(name)) === "none");

  /** Shakes hands for a name again and again; `end` says how often that failed. */
  const watching = (name: string) => {
    let tries = 0;
    let failures = 0;
    let over = false;
    const run = (async () => {
      // However slow the machine is, often enough to see a gap.
      while (!over || tries <= 20) {
        tries++;
        if ((await serialOf(name)) === "none") failures++;
      }
    })();
    return {
      end: async () => {
        over = true;
        await run;
        return failures;
      },
    };
  };

  const names = () => {
    const tag = randomBytes(3).toString("hex");
    return { a: `a-${tag}.example`, b: `b-${tag}.example`, x: `x-${tag}.example`, y: `y-${tag}.example` };
  };

  it("are served without a gap when a tenant is renamed, though its end comes first", async () => {
    const { a, x } = names();
    const certificate = await fronts.add(a, { aliases: [x] });
    await fronts.served(x, certificate);
    const watch = watching(x);
    const since = next();
    await put(tenant(a, { aliases: [x] }), next(), { removed: true, heirs: [{ domain: x, revision: since }] });
    await looked();
    expect(await serialOf(x)).toBe(certificate.summary.serial);
    await put(tenant(x, { upstream: other.url }), next(), { certificate });
    await isGone(a);
    expect(await watch.end()).toBe(0);
    expect(await serialOf(x)).toBe(certificate.summary.serial);
    const { body } = await request("https", port(), x, { tls: { ca: fronts.ca.root } });
    expect((JSON.parse(body) as Echo).name).toBe("other");
  });

  it("that are aliases are served without a gap, with the former certificate beside the new tenant's own", async () => {
    const { a, b, x, y } = names();
    const first = await fronts.add(a, { aliases: [x, y] });
    const second = await fronts.add(b);
    await fronts.served(y, first);
    const watches = [a, b, x].map(watching);
    const since = next();
    await put(tenant(a), next(), { certificate: first, heirs: [{ domain: b, revision: since }] });
    await looked();
    await put(tenant(b, { aliases: [x] }), next(), { certificate: second, further: [first] });
    // Truly removed: nobody has it.
    await isGone(y);
    expect([await serialOf(a), await serialOf(b), await serialOf(x)]).toEqual(
      [first, second, first].map(({ summary }) => summary.serial),
    );
    const both = fronts.ca.issue([b, x]);
    await put(tenant(b, { aliases: [x] }), next(), { certificate: both });
    await fronts.served(x, both);
    await fronts.served(b, both);
    expect(await Promise.all(watches.map((watch) => watch.end()))).toEqual([0, 0, 0]);
  });

  it("are served after HAProxy and the agent were killed and started from disk alone", async () => {
    const { a, b, x } = names();
    const first = fronts.ca.issue([a, x]);
    const second = fronts.ca.issue([b]);
    await put(tenant(b, { aliases: [x] }), next(), { certificate: second, further: [first] });
    await fronts.served(x, first);
    const [front] = fronts.fronts;
    if (!front) throw new Error("there is no front");
    // The start-up files are written a little later than the change.
    const { crtList } = frontPaths(front.settings);
    await until("written for the next start", () => readFileSync(crtList, "utf8").includes(` ${x}\n`));
    await front.kill("agent");
    await front.kill("haproxy");
    await front.startHaproxy();
    expect(await serialOf(x)).toBe(first.summary.serial);
    await front.startAgent();
    await looked();
    expect([await serialOf(b), await serialOf(x)]).toEqual([second.summary.serial, first.summary.serial]);
  });

  describe("stay served when it all starts anew between a tenant's end and its heir", () => {
    it.each<[string, (front: TestFront, serves: () => Promise<boolean>) => Promise<void>]>([
      [
        "HAProxy, with the start-up files from before",
        async (front, serves) => {
          await front.kill("haproxy");
          await front.startHaproxy();
          // What those files have not got yet, the agent brings with its next look.
          await until("served again", serves);
        },
      ],
      [
        "both, from what the agent wrote down",
        async (front, serves) => {
          await front.kill("agent");
          await front.kill("haproxy");
          await front.configure();
          await front.startHaproxy();
          expect(await serves()).toBe(true);
          await front.startAgent();
        },
      ],
    ])("%s", async (_, restart) => {
      const { a, b, x, y } = names();
      const certificate = await fronts.add(a, { aliases: [x, y] });
      const [front] = fronts.fronts;
      if (!front) throw new Error("there is no front");
      const since = next();
      const heirs = [{ domain: x, revision: since }];
      await put(tenant(a, { aliases: [x, y] }), next(), { removed: true, heirs });
      await looked();

      await restart(front, async () => (await serialOf(x)) === certificate.summary.serial);
      const at = next();
      await put(tenant(b), at, { certificate: fronts.ca.issue([b]) });
      await fronts.reached(at);
      const { body } = await request("https", port(), x, { tls: { ca: fronts.ca.root } });
      expect([await serialOf(x), (JSON.parse(body) as Echo).name]).toEqual([certificate.summary.serial, "default"]);

      await put(tenant(x, { upstream: other.url }), next(), { certificate });
      await isGone(y);
      expect(await serialOf(x)).toBe(certificate.summary.serial);
    });
  });

  it("go when the heir is removed as well, or another heir of that one has come", async () => {
    const { a, b, x, y } = names();
    const certificate = await fronts.add(a, { aliases: [x] });
    const since = next();
    await put(tenant(a, { aliases: [x] }), next(), { removed: true, heirs: [{ domain: b, revision: since }] });
    const later = next();
    await put(tenant(b), next(), { removed: true, heirs: [{ domain: y, revision: later }] });
    await looked();
    expect(await serialOf(x)).toBe(certificate.summary.serial);
    await put(tenant(y), next(), { certificate: fronts.ca.issue([y]) });
    await isGone(x);
  });

  it("let in at the new tenant nobody whom only the former one's client CA vouches for", async () => {
    const { a, b, x } = names();
    const [mine, theirs] = [new TestCa("a's clients"), new TestCa("b's clients")];
    const [alice, bob] = [mine.issueClient("alice"), theirs.issueClient("bob")];
    const asking = (ca: TestCa) => ({ clientCertificates: { mode: "required", ca: ca.root } as const });
    const first = fronts.ca.issue([a, x]);
    await put(tenant(a, { aliases: [x], ...asking(mine) }), next(), { certificate: first });
    const second = fronts.ca.issue([b]);
    await put(tenant(b, asking(theirs)), next(), { certificate: second });

    /** What a client gets for a name, and at which upstream. */
    const ask = (name: string, client: TestCertificate) =>
      request("https", port(), name, {
        tls: { ca: fronts.ca.root, cert: client.chain, key: client.key, maxVersion: "TLSv1.2" },
      }).then(
        ({ status, body }) => (status === 200 ? (JSON.parse(body) as Echo).headers["x-ssl-client-cn"] : String(status)),
        () => "refused",
      );
    await until("alice is let in", async () => (await ask(x, alice)) === "alice");
    await until("bob is let in", async () => (await ask(b, bob)) === "bob");

    const since = next();
    await put(tenant(b, { aliases: [x], upstream: other.url, ...asking(theirs) }), next(), {
      certificate: second,
      further: [first],
    });
    // As long as the former tenant's line answers, nobody is.
    await until("b has x", async () => (await ask(x, alice)) !== "alice");
    for (let attempt = 0; attempt < 20; attempt++) expect(["421", "403", "refused"]).toContain(await ask(x, alice));
    expect(await ask(b, bob)).toBe("bob");
    await put(tenant(a, asking(mine)), next(), { certificate: first, heirs: [{ domain: b, revision: since }] });
    await until("bob is let in at x", async () => (await ask(x, bob)) === "bob");
    expect(["421", "403", "refused"]).toContain(await ask(x, alice));
    expect([await ask(a, alice), await ask(b, bob)]).toEqual(["alice", "bob"]);
  });
});
