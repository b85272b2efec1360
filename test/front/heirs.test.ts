import { MINUTE } from "../../core/base/clock";
import { serverNameOf } from "../../front/agent/upstreams";
import { TestCa } from "../../testing/certificates";
import { FakeFront } from "../../testing/fake-front";

const members = new TestCa("members");
const asking = { mode: "required", ca: members.root } as const;
/** As far in the future as a date goes: no connection is young enough. */
const NEVER = "8640000000000000";

/** A name goes from one tenant to another. Their items come in any order, and one may not come: somebody serves it all the time. */
describe("a name that goes to another tenant", () => {
  let front: FakeFront;
  beforeEach(async () => {
    front = await FakeFront.start();
  });
  afterEach(() => front.stop());

  const since = (name: string) => front.policy(name)?.split("|")[5];
  const ownerOf = (name: string) => front.policy(name)?.split("|")[0];
  const files = () => front.haproxy.files.cert.size - 1;

  /** a.example gives `www.example` away to b.example. @returns b's item, which is still to come */
  const giveAway = async (mode: object = { mode: "off" }) => {
    const item = front.issued("a.example", { aliases: ["www.example"] });
    await front.apply(item);
    const given = front.issued("b.example", { aliases: ["www.example"], clientCertificates: mode as never });
    const heirs = [{ domain: "b.example", revision: given.revision }];
    await front.apply(front.issued("a.example", {}, { heirs }));
    return { given, before: item.certificate.summary.serial };
  };

  it("is served as it was until that one's item has come, and by that one alone from then on", async () => {
    const { given, before } = await giveAway();
    await front.tenants.unloadDeparted();
    expect([front.served("www.example"), ownerOf("www.example"), files()]).toEqual([before, "a.example", 2]);
    await front.apply(given);
    await front.tenants.unloadDeparted();
    expect([front.served("www.example"), ownerOf("www.example"), files()]).toEqual([
      given.certificate.summary.serial,
      "b.example",
      2,
    ]);
  });

  it("keeps the exceptions that its new tenant has for it", async () => {
    const http = { redirectExcept: ["/api/"] };
    await front.apply(front.issued("a.example", { aliases: ["www.example"], http }));
    await front.apply(front.issued("b.example", { aliases: ["www.example"], http }));
    await front.apply(front.item("a.example", {}, { removed: true }));
    expect(front.exceptions().sort()).toEqual(["b.example/api/", "www.example/api/"]);
  });

  it("is served as it was where the whole tenant was removed, too", async () => {
    const item = front.issued("a.example");
    await front.apply(item);
    const given = front.issued("b.example", { aliases: ["a.example"] });
    const heirs = [{ domain: "b.example", revision: given.revision }];
    await front.apply(front.item("a.example", {}, { removed: true, heirs }));
    expect([front.served("a.example"), front.tenants.get("a.example")]).toEqual([
      item.certificate.summary.serial,
      undefined,
    ]);
    await front.apply(given);
    front.tenants.dirty = false;
    await front.tenants.unloadDeparted();
    expect([front.served("a.example"), files(), front.tenants.dirty]).toEqual([
      given.certificate.summary.serial,
      1,
      true,
    ]);
  });

  it("is served no longer than ten minutes where that one does not come", async () => {
    await giveAway();
    front.clock.advance(10 * MINUTE - 1);
    await front.tenants.unloadDeparted();
    expect(front.served("www.example")).toBeDefined();
    front.clock.advance(1);
    await front.tenants.unloadDeparted();
    expect([front.served("www.example"), front.policy("www.example"), files()]).toEqual([undefined, undefined, 1]);
    expect([front.served("a.example"), front.tenants.departed()]).toEqual([expect.any(String), []]);
  });

  it("is kept on the disk for it, and loaded into another HAProxy by another agent", async () => {
    const { before, given } = await giveAway();
    await front.restartHaproxy();
    await front.restartAgent();
    expect(await front.tenants.adopt()).toEqual(new Map());
    expect([front.served("www.example"), ownerOf("www.example")]).toEqual([before, "a.example"]);
    await front.tenants.sweepFiles();
    await front.tenants.dropUnheld(new Set());
    expect(front.served("www.example")).toBe(before);
    await front.apply(given);
    await front.restartHaproxy();
    await front.restartAgent();
    await front.tenants.adopt();
    expect(ownerOf("www.example")).toBe("b.example");
  });

  it("takes its policy from whom it is now while the former certificate is still there", async () => {
    const first = front.issued("a.example", { aliases: ["www.example"], http: { redirectExcept: ["/api/"] } });
    await front.apply(first);
    const heirs = [
      { domain: "b.example", revision: 9_000 },
      { domain: "c.example", revision: 9_000 },
    ];
    await front.apply(front.item("a.example", {}, { removed: true, heirs }));
    await front.apply({ ...front.issued("b.example", { aliases: ["www.example"] }), revision: 9_000 });
    await front.restartHaproxy();
    await front.restartAgent();
    await front.tenants.adopt();
    expect([ownerOf("a.example"), ownerOf("www.example"), front.exceptions()]).toEqual([
      "a.example",
      "b.example",
      ["a.example/api/"],
    ]);
  });

  it("does not keep the others from being adopted where it cannot be loaded again", async () => {
    await front.apply(front.issued("other.example"));
    await giveAway();
    await front.restartHaproxy();
    await front.restartAgent();
    let refused = 0;
    front.haproxy.instead = (command) =>
      command.startsWith("add ssl crt-list") && refused++ === 0 ? "[3]: no more memory" : undefined;
    expect(await front.tenants.adopt()).toEqual(new Map());
    expect([front.served("other.example"), front.served("a.example")]).toEqual([
      expect.any(String),
      expect.any(String),
    ]);
  });

  it("has its upstream as long as it is served", async () => {
    const upstream = "http://10.0.0.7:8080";
    await front.apply(front.issued("a.example", { upstream }));
    await front.apply(
      front.item("a.example", {}, { removed: true, heirs: [{ domain: "b.example", revision: 9_000 }] }),
    );
    const hasServer = () => [...front.haproxy.backends.values()].some((one) => one.has(serverNameOf(upstream)));
    for (let round = 0; round < 3; round++) await front.tenants.dropUpstreams();
    expect(hasServer()).toBe(true);
    await front.restartHaproxy();
    await front.restartAgent();
    await front.tenants.adopt();
    expect(hasServer()).toBe(true);
  });

  it("lets nobody in whom the former tenant's CA vouches for: it is shut until that one's certificate is gone", async () => {
    const former = front.issued("a.example", { aliases: ["www.example"], clientCertificates: asking });
    await front.apply(former);
    const given = front.issued("b.example", {
      aliases: ["www.example"],
      clientCertificates: { mode: "required", ca: new TestCa("others").root },
    });
    await front.apply(given);
    expect([since("www.example"), ownerOf("www.example")]).toEqual([NEVER, "b.example"]);
    expect(since("b.example")).toBe(String(front.clock.now()));

    front.clock.advance(MINUTE);
    await front.tenants.unloadDeparted();
    expect(since("www.example")).toBe(NEVER);
    await front.apply(front.issued("a.example", { clientCertificates: asking }));
    const changes = front.tenants.clientTrustChanges;
    await front.tenants.unloadDeparted();
    expect([since("www.example"), front.tenants.clientTrustChanges]).toEqual([String(front.clock.now()), changes + 1]);
    const [held] = (await front.files.all()).filter(({ domain }) => domain === "b.example");
    expect(held?.namesSince).toEqual({ "www.example": front.clock.now() });
  });

  it("is not proven by a handshake while both have a certificate for it", async () => {
    const former = front.issued("a.example", { aliases: ["www.example"] });
    await front.apply(former);
    // The former tenant's line answers for the name.
    expect(await front.apply(front.issued("b.example", { aliases: ["www.example"] }))).toBeUndefined();
    expect(front.served("www.example")).toBe(former.certificate.summary.serial);
  });
});
