import * as packet from "dns-packet";
import { type LocalDns, startDns } from "../../local/process/parts/dns";
import { DnsResolver } from "../../wire/dns/resolver";

/** As Node.js' resolver (c-ares) and our CAA look-up read it. */
describe("the local stack's DNS server", () => {
  let dns: LocalDns;
  let resolver: DnsResolver;
  beforeAll(async () => {
    dns = await startDns({ defaultIpv4: "127.0.0.9" });
    resolver = new DnsResolver([dns.server]);
  });
  afterAll(() => dns.stop());

  const put = (name: string, body: string) => fetch(`${dns.management}/${name}`, { method: "PUT", body });

  it("answers every name with the default address, and with what it was told", async () => {
    dns.set("own.example", { aaaa: ["2001:db8::1"] });
    dns.set("alias.example", { cname: "own.example" });
    expect(await resolver.a("any.example")).toEqual({ status: "ok", records: ["127.0.0.9"] });
    expect(await resolver.aaaa("any.example")).toEqual({ status: "ok", records: [] });
    expect(await resolver.a("own.example")).toEqual({ status: "ok", records: ["127.0.0.9"] });
    expect(await resolver.aaaa("ALIAS.example")).toEqual({ status: "ok", records: ["2001:db8::1"] });
    expect(await resolver.cname("alias.example")).toEqual({ status: "ok", records: ["own.example"] });
  });

  it.each(["a", "aaaa", "cname", "ns", "txt", "caa"] as const)(
    "says that a name does not exist, asked for %s",
    async (type) => {
      dns.set("gone.example", { fails: "nxdomain" });
      expect(await resolver[type]("gone.example")).toEqual({ status: "nxdomain", detail: "ENOTFOUND" });
    },
  );

  it("says more than a datagram holds over TCP", async () => {
    const caa = Array.from({ length: 100 }, (_, n) => ({ tag: "issue", value: `ca-${n}.example` }));
    dns.set("long.example", { caa });
    const answer = await resolver.caa("long.example");
    expect(answer.status === "ok" && answer.records.map(({ value }) => value)).toEqual(caa.map(({ value }) => value));
  });

  it("is told over HTTP all that a name has, and to forget it", async () => {
    expect((await put("told.example", '{"txt":"a","fails":"servfail"}')).status).toBe(204);
    expect(await resolver.txt("told.example")).toEqual({ status: "servfail", detail: "ESERVFAIL" });
    await put("told.example", '{"txt":"b"}');
    expect(await resolver.txt("told.example")).toEqual({ status: "ok", records: ["b"] });
    await fetch(`${dns.management}/told.example`, { method: "DELETE" });
    expect(await resolver.txt("told.example")).toEqual({ status: "ok", records: [] });
  });

  it.each(["", "[]", '{"a":["localhost"]}', '{"fails":"often"}', '{"mx":"a"}'])("takes no %j", async (body) => {
    await put("kept.example", '{"txt":"kept"}');
    expect((await put("kept.example", body)).status).toBe(400);
    expect(await resolver.txt("kept.example")).toEqual({ status: "ok", records: ["kept"] });
  });

  it("passes over noise, and what is an answer itself", async () => {
    const { createSocket } = await import("node:dgram");
    const socket = createSocket("udp4");
    const port = Number(dns.server.split(":")[1]);
    const send = (message: Buffer) => socket.send(message, port, "127.0.0.1");
    send(Buffer.from("noise"));
    send(packet.encode({ type: "response", id: 1, questions: [{ type: "A", name: "a.example" }] }));
    send(packet.encode({ type: "query", id: 2, questions: [{ type: "A", name: "a.example" }] }));
    const [answer] = await new Promise<[Buffer]>((resolve) => socket.once("message", (one) => resolve([one])));
    expect(packet.decode(answer).id).toBe(2);
    socket.close();
  });
});
