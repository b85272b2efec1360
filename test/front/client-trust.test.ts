import { createHash } from "node:crypto";
import { SECOND } from "../../core/base/clock";
import type { ClientCertificates } from "../../core/tenant/tenant";
import { isCheckedAlike, shutNames, trustedSince, withOpened, withShut } from "../../front/agent/client-trust";
import type { HeldTenant } from "../../front/agent/held-tenant";
import { TestCa, type TestCertificate } from "../../testing/certificates";
import { FakeFront } from "../../testing/fake-front";
import { certificateSummary, tenant } from "../../testing/records";

const members = new TestCa("members");
const alice = members.issueClient("alice");
const bob = members.issueClient("bob");
const hash = (bytes: Buffer | string) => createHash("sha256").update(bytes).digest("hex").toUpperCase();

/** As HAProxy notes somebody for whom something is under way. */
const guest = (who: TestCertificate, source: string, since: number, domain = "a.example") => {
  const serial = hash(Buffer.from(who.summary.serial, "hex"));
  return `${source}|${since}|491231235959Z|${serial}|${hash("/CN=members intermediate")}|${domain}`;
};

describe("a change of what a tenant's client certificates are checked against", () => {
  let front: FakeFront;
  beforeEach(async () => {
    front = await FakeFront.start();
  });
  afterEach(() => front.stop());

  const trust = (revoked: readonly TestCertificate[], ca = members): ClientCertificates => ({
    mode: "required",
    ca: ca.root,
    crl: ca.revocationLists(revoked),
  });
  const change = (clientCertificates: ClientCertificates) =>
    front.apply(front.issued("a.example", { clientCertificates }));
  const since = () => Number(front.policy("a.example")?.split("|")[5]);

  it("counts connections from then on, in the policy and on disk", async () => {
    const nobody = trust([]);
    await change(nobody);
    expect(since()).toBe(front.clock.now());
    const first = front.clock.now();
    front.clock.advance(SECOND);
    await change(nobody);
    expect([since(), front.tenants.clientTrustChanges]).toEqual([first, 1]);
    await change(trust([alice]));
    expect([since(), front.tenants.clientTrustChanges]).toEqual([front.clock.now(), 2]);
    expect((await front.files.all())[0]?.trustedSince).toBe(front.clock.now());
  });

  it("is nothing where certificates are not asked for any more", async () => {
    await change(trust([]));
    await change({ mode: "off" });
    expect([front.policy("a.example"), front.tenants.clientTrustChanges]).toEqual(["a.example|r|-|n|-", 1]);
    expect(front.tenants.asksForClientCertificates).toBe(false);
  });

  it("puts out whom it takes back, from connections of before, of this tenant and nobody else", async () => {
    await change(trust([]));
    front.clock.advance(SECOND);
    const [now, before] = [front.clock.now(), front.clock.now() - 1];
    front.haproxy.tables.set("guests", [
      guest(alice, "10.0.0.1|1", before),
      guest(alice, "10.0.0.1|2", now),
      guest(alice, "10.0.0.1|3", before, "b.example"),
      guest(bob, "10.0.0.1|4", before),
    ]);
    for (const port of [1, 2, 3, 4]) {
      front.haproxy.sessions.set(`0xa${port}`, { source: `10.0.0.1:${port}`, frontend: "https" });
    }
    await change(trust([alice]));
    expect([...front.haproxy.sessions.keys()]).toEqual(["0xa2", "0xa3", "0xa4"]);
  });

  it("puts them out once no further request of theirs passes", async () => {
    await change(trust([]));
    front.clock.advance(SECOND);
    front.haproxy.tables.set("guests", [guest(alice, "10.0.0.1|1", 0)]);
    front.haproxy.sessions.set("0xa1", { source: "10.0.0.1:1", frontend: "https" });
    front.commands();
    await change(trust([alice]));
    const order = front.commands();
    const policy = order.findLastIndex((command) => command.startsWith("set map policy.map"));
    expect(order.findIndex((command) => command.startsWith("shutdown session"))).toBeGreaterThan(policy);
  });

  it("has HAProxy know the new CA and lists before a line names them, and once", async () => {
    const nobody = trust([]);
    await change(nobody);
    const order = front.commands().map((command) => command.split(" ").slice(0, 3).join(" "));
    expect(order.indexOf("add ssl crt-list")).toBeGreaterThan(order.lastIndexOf("commit ssl ca-file"));
    expect(order.indexOf("add ssl crt-list")).toBeGreaterThan(order.lastIndexOf("commit ssl crl-file"));
    await front.apply(front.issued("b.example", { clientCertificates: nobody }));
    expect(front.commands().filter((command) => command.includes("ssl ca-file"))).toEqual([]);
    expect(front.haproxy.lineOf("b.example")?.line).toMatch(
      /^\S+ \[verify optional ca-file \S+\.pem crl-file \S+\.crl\.pem ssl-max-ver TLSv1\.2\] b\.example$/,
    );
  });
});

describe("connections that were checked against something else", () => {
  const ask = (changes: Partial<HeldTenant> = {}, crl?: string): HeldTenant => ({
    domain: "a.example",
    revision: 1,
    tenant: tenant("a.example", { aliases: ["b.example"], clientCertificates: { mode: "optional", ca: "" } }),
    certificate: {
      ...{ summary: certificateSummary("a.example"), file: "/a.pem", options: "", sha1: "", hash: "" },
      names: ["a.example", "b.example"],
      clientCa: { file: "/ca.pem", hash: "ca" },
      ...(crl !== undefined && { clientCrl: { file: "/crl.pem", hash: crl } }),
    },
    ...changes,
  });
  const shut = (name: string) => withShut(ask(), [name]);

  it.each<[string, HeldTenant | undefined, boolean]>([
    ["the same CA", ask(), true],
    ["the same CA and lists", ask({}, undefined), true],
    ["another list", ask({}, "list"), false],
    ["nothing", undefined, false],
  ])("are told by hash: %s", (_, other, alike) => expect(isCheckedAlike(ask(), other)).toBe(alike));

  it("are older than the later of what counts for the tenant and for the name", () => {
    const held = ask({ trustedSince: 5, namesSince: { "b.example": 7, "a.example": 3 } });
    expect(["a.example", "b.example", "c.example"].map((name) => trustedSince(held, name))).toEqual([5, 7, 5]);
    expect(trustedSince(ask(), "a.example")).toBe(0);
  });

  it("are all of a name that was another tenant's, until that one answers for it no more", () => {
    const held = shut("b.example");
    expect(shutNames(held)).toEqual(["b.example"]);
    const former = { ...ask(), domain: "former.example" };
    expect(withOpened(held, [held, former], 9)).toBe(held);
    const opened = withOpened(held, [held], 9);
    expect([shutNames(opened), trustedSince(opened, "b.example")]).toEqual([[], 9]);
    expect(withOpened(ask(), [], 9)).toEqual(ask());
  });

  it("are opened by a tenant that asks nobody: its line lets nobody in as vouched for", () => {
    const former = { ...ask(), domain: "former.example", tenant: tenant("former.example") };
    expect(shutNames(withOpened(shut("b.example"), [former], 9))).toEqual([]);
  });

  it("are nothing to a tenant that asks for no certificates", () => {
    const held = { ...ask(), tenant: tenant("a.example") };
    expect(withShut(held, ["a.example"])).toEqual(held);
  });

  it("are forgotten with a name that is the tenant's no more", () => {
    const held = withShut(ask({ namesSince: { "gone.example": 3, "b.example": 4 } }), []);
    expect(held.namesSince).toEqual({ "b.example": 4 });
    expect(withShut(ask({ namesSince: { "gone.example": 3 } }), [])).not.toHaveProperty("namesSince");
  });
});
