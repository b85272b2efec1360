import { existsSync, readdirSync, readFileSync } from "node:fs";
import { HaproxyUnreachableError } from "../../front/agent/haproxy-socket";
import { FakeFront } from "../../testing/fake-front";

/** What a front does of a change of one tenant, and in which order. */
describe("a tenant's change", () => {
  let front: FakeFront;
  beforeEach(async () => {
    front = await FakeFront.start();
  });
  afterEach(() => front.stop());

  const kinds = () => front.commands().map((command) => command.split(" ").slice(0, 3).join(" "));

  it("is served at once, and the policy is there before the certificate", async () => {
    const item = front.issued("a.example", { http: { redirectExcept: ["/api/"] } });
    expect(await front.apply(item)).toBeUndefined();
    expect(kinds()).toEqual([
      "add map exception.map",
      "add map policy.map",
      "new ssl cert",
      "set ssl cert",
      "commit ssl cert",
      "abort ssl cert",
      "add ssl crt-list",
    ]);
    expect([front.served("a.example"), front.policy("a.example"), front.exceptions()]).toEqual([
      item.certificate.summary.serial,
      "a.example|x|-|n|-",
      ["a.example/api/"],
    ]);
  });

  it("is on disk, and what HAProxy starts with is to be written anew", async () => {
    front.tenants.dirty = false;
    await front.apply(front.issued("a.example"));
    expect([front.tenants.dirty, front.tenants.certificates]).toEqual([true, 1]);
    expect((await front.files.all()).map(({ domain }) => domain)).toEqual(["a.example"]);
  });

  it("is a new certificate in the old one's place, and nothing else, when it is renewed", async () => {
    await front.apply(front.issued("a.example"));
    front.commands();
    front.clock.advance(1_000);
    const renewed = front.issued("a.example");
    await front.apply(renewed);
    expect(kinds()).toEqual(["set ssl cert", "commit ssl cert", "abort ssl cert"]);
    expect(front.served("a.example")).toBe(renewed.certificate.summary.serial);
  });

  it("is nothing to HAProxy where only its number changed", async () => {
    const item = front.issued("a.example");
    await front.apply(item);
    front.commands();
    await front.apply({ ...item, revision: item.revision + 1 });
    expect([front.commands(), front.tenants.get("a.example")?.revision]).toEqual([[], item.revision + 1]);
  });

  it("of its names has the new line before the old one goes, so that there is no gap", async () => {
    await front.apply(front.issued("a.example", { aliases: ["old.example"] }));
    front.commands();
    await front.apply(front.issued("a.example", { aliases: ["new.example"] }));
    const order = kinds();
    expect(order.indexOf("add ssl crt-list")).toBeLessThan(order.indexOf("del ssl crt-list"));
    expect(order.indexOf("del ssl crt-list")).toBeLessThan(order.indexOf("del ssl cert"));
    expect([front.policy("new.example"), front.policy("old.example")]).toEqual(["a.example|r|-|n|-", undefined]);
    expect([front.served("old.example"), front.haproxy.files.cert.size]).toEqual([undefined, 2]);
  });

  it("takes prefixes out that it has no more", async () => {
    await front.apply(front.issued("a.example", { http: { redirectExcept: ["/api/", "/dap/"] } }));
    await front.apply(front.issued("a.example", { http: { redirectExcept: ["/dap/"] } }));
    expect(front.exceptions()).toEqual(["a.example/dap/"]);
  });

  it("takes all of it out of HAProxy and off the disk when it is removed", async () => {
    const item = front.issued("a.example", { http: { redirectExcept: ["/api/"] } });
    await front.apply(item);
    front.tenants.dirty = false;
    expect(await front.apply({ ...item, removed: true, revision: item.revision + 1 })).toBeUndefined();
    expect([front.served("a.example"), front.policy("a.example"), front.exceptions()]).toEqual([
      undefined,
      undefined,
      [],
    ]);
    expect([front.tenants.get("a.example"), front.tenants.dirty, readdirSync(front.paths.tenants)]).toEqual([
      undefined,
      true,
      [],
    ]);
  });

  it("is nothing to do where somebody was removed who was never here", async () => {
    front.tenants.dirty = false;
    await front.apply(front.item("a.example", {}, { removed: true }));
    expect([front.commands(), front.tenants.dirty]).toEqual([[], false]);
  });

  it("is proven by a handshake, and not kept where another certificate is served", async () => {
    const item = front.issued("a.example");
    const other = front.issue(["a.example"]);
    const pem = `${other.chain.trim()}\n${other.key.trim()}\n`;
    front.haproxy.instead = (command) => {
      const { cert } = front.haproxy.files;
      if (!command.startsWith("commit ssl cert")) return undefined;
      front.haproxy.open.clear();
      cert.set(command.split(" ").at(-1) ?? "", pem);
      return "Success!";
    };
    await expect(front.apply(item)).rejects.toThrow(
      `a.example is served with certificate ${other.summary.fingerprint.slice(0, 16)}… instead of the stored one`,
    );
    expect(front.tenants.get("a.example")).toBeUndefined();
    expect(await front.apply({ ...item, revision: item.revision + 1 }, false)).toBeUndefined();
    const held = front.tenants.get("a.example");
    if (held) await expect(front.tenants.prove(held)).rejects.toThrow("instead of the stored one");
  });

  it("changes nothing while HAProxy does not answer, but what is on disk of its certificate", async () => {
    await front.process.stop();
    await expect(front.apply(front.issued("a.example"))).rejects.toThrow(HaproxyUnreachableError);
    expect([front.tenants.get("a.example"), await front.files.all()]).toEqual([undefined, []]);
  });

  it("is not applied to a HAProxy that the agent does not know", async () => {
    await front.restartAgent();
    await expect(front.apply(front.issued("a.example"))).rejects.toThrow("adopt() comes first");
  });

  it("leaves files that nobody needs to the sweep, which takes no other", async () => {
    await front.apply(front.issued("a.example", { aliases: ["old.example"] }));
    const before = readdirSync(front.paths.certificates);
    await front.apply(front.issued("a.example"));
    expect(readdirSync(front.paths.certificates)).toHaveLength(2);
    await front.tenants.sweepFiles();
    const left = readdirSync(front.paths.certificates);
    expect(left).toHaveLength(1);
    expect(left).not.toEqual(before);
    const { file = "" } = front.tenants.get("a.example")?.certificate ?? {};
    expect([existsSync(file), readFileSync(file, "utf8").includes("PRIVATE KEY")]).toEqual([true, true]);
  });

  it("keeps its files from a sweep that comes in between, as nobody holds them yet", async () => {
    let sweep: Promise<void> | undefined;
    front.haproxy.instead = (command) => {
      if (command.startsWith("add ssl crt-list")) sweep = front.tenants.sweepFiles();
      return undefined;
    };
    await front.apply(front.issued("a.example"));
    await sweep;
    expect((await front.files.all()).map(({ domain }) => domain)).toEqual(["a.example"]);
  });

  it("leaves its files to the sweep where it could not be applied", async () => {
    front.haproxy.instead = (command) => (command.startsWith("set ssl cert") ? "[3]: no more memory" : undefined);
    await expect(front.apply(front.issued("a.example"))).rejects.toThrow("no more memory");
    expect(readdirSync(front.paths.certificates)).toHaveLength(1);
    await front.tenants.sweepFiles();
    expect(readdirSync(front.paths.certificates)).toEqual([]);
  });
});
