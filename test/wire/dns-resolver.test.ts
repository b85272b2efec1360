import * as packet from "dns-packet";
import { caaPermits } from "../../core/preflight/caa";
import { listenForDns } from "../../local/process/parts/dns-sockets";
import { freePorts } from "../../local/process/parts/free-port";
import { startTinyDns, type TinyAnswer, type TinyDns } from "../../testing/tiny-dns";
import { queryCaa } from "../../wire/dns/caa-query";
import { DnsResolver } from "../../wire/dns/resolver";

const caa = (flags: number, tag: string, value: string) =>
  Buffer.concat([Buffer.from([flags, tag.length]), Buffer.from(tag + value)]);
const alias = Buffer.concat([
  ...["lb", "example"].map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
  Buffer.from([0]),
]);

const ANSWERS: Readonly<Record<string, TinyAnswer>> = {
  "A here.example": { records: [Buffer.from([198, 51, 100, 1]), Buffer.from([198, 51, 100, 2])] },
  "AAAA here.example": { records: [Buffer.from("20010db8000000000000000000000001", "hex")] },
  "CNAME www.here.example": { records: [alias] },
  "CAA here.example": {
    records: [caa(0, "issue", "ca.test; accounturi=https://ca.test/1"), caa(128, "TBS", "x"), caa(0, "issue", ";")],
  },
  "CAA empty-value.example": { records: [caa(0, "issue", ""), caa(0, "issue", "ca.test")] },
  "CAA flag-one.example": { records: [caa(1, "tbs", "x"), caa(2, "tbs", "y")] },
  "TXT here.example": {
    records: [Buffer.from("\x05certf\x09ront=0123", "latin1"), Buffer.from("\x06v=spf1", "latin1")],
  },
  "CAA gone.example": { rcode: "nxdomain" },
  "CAA broken.example": { rcode: "servfail" },
  "A gone.example": { rcode: "nxdomain" },
  "A broken.example": { rcode: "servfail" },
  "A refused.example": { rcode: "refused" },
};

describe("the public view of DNS", () => {
  let server: TinyDns;
  let resolver: DnsResolver;
  beforeAll(async () => {
    server = await startTinyDns((type, name) => ANSWERS[`${type} ${name}`] ?? {});
    resolver = new DnsResolver([server.server]);
  });
  afterAll(() => server.stop());

  it("gives every record", async () => {
    expect(await resolver.a("here.example")).toEqual({ status: "ok", records: ["198.51.100.1", "198.51.100.2"] });
    expect(await resolver.aaaa("here.example")).toEqual({ status: "ok", records: ["2001:db8::1"] });
    expect(await resolver.cname("www.here.example")).toEqual({ status: "ok", records: ["lb.example"] });
    expect(await resolver.txt("here.example")).toEqual({ status: "ok", records: ["certfront=0123", "v=spf1"] });
    expect(await resolver.caa("here.example")).toEqual({
      status: "ok",
      records: [
        { critical: false, tag: "issue", value: "ca.test; accounturi=https://ca.test/1" },
        { critical: true, tag: "tbs", value: "x" },
        { critical: false, tag: "issue", value: ";" },
      ],
    });
  });

  it("reads a CAA set of which one value is empty, which permits nobody and hides no other (RFC 8659 §4.2)", async () => {
    const found = await resolver.caa("empty-value.example");
    expect(found).toEqual({
      status: "ok",
      records: [
        { critical: false, tag: "issue", value: "" },
        { critical: false, tag: "issue", value: "ca.test" },
      ],
    });
    const identity = { caaIdentities: ["ca.test"], accountUrl: async () => undefined };
    expect(found.status === "ok" && (await caaPermits(found.records, identity))).toBe(true);
  });

  it("takes the flag 1 for critical beside 128, as Let's Encrypt does, and no other", async () => {
    const found = await resolver.caa("flag-one.example");
    expect(found.status === "ok" && found.records.map(({ critical }) => critical)).toEqual([true, false]);
  });

  it("tells CAA answers apart by their code", async () => {
    expect(await resolver.caa("gone.example")).toEqual({ status: "nxdomain", detail: "ENOTFOUND" });
    expect(await resolver.caa("broken.example")).toEqual({ status: "servfail", detail: "ESERVFAIL" });
  });

  it("tells a name without such records from one that does not exist and from one that cannot be asked for", async () => {
    expect(await resolver.a("empty.example")).toEqual({ status: "ok", records: [] });
    expect(await resolver.caa("empty.example")).toEqual({ status: "ok", records: [] });
    expect(await resolver.a("gone.example")).toEqual({ status: "nxdomain", detail: "ENOTFOUND" });
    expect(await resolver.a("broken.example")).toEqual({ status: "servfail", detail: "ESERVFAIL" });
    expect(await resolver.a("refused.example")).toEqual({ status: "servfail", detail: "EREFUSED" });
  });

  it("is asked anew each time, whatever the records' TTL: a customer may have corrected one a moment ago", async () => {
    const asked = () => server.questions.filter((question) => question === "A here.example").length;
    const before = asked();
    await resolver.a("here.example");
    await resolver.a("here.example");
    expect(asked() - before).toBe(2);
  });
});

describe("a CAA answer", () => {
  const record = (value: string): packet.Answer => ({
    type: "CAA",
    name: "a.example",
    data: { flags: 0, tag: "issue", value },
  });
  const questions = [{ type: "CAA" as const, name: "a.example" }];
  const reply = (query: Buffer, more: Partial<packet.Packet>, id = query.readUInt16BE(0)): Buffer =>
    packet.encode({ type: "response", id, questions, flags: packet.RECURSION_AVAILABLE, ...more });

  it("that is too long for a datagram comes over TCP", async () => {
    const many = Array.from({ length: 60 }, (_, at) => record(`ca-${at}.a-long-name-of-a-ca.test`));
    const dns = await listenForDns(
      (query, send) => send(reply(query, { flags: packet.RECURSION_AVAILABLE | packet.TRUNCATED_RESPONSE })),
      (query) => reply(query, { answers: many }),
    );
    const found = await queryCaa("a.example", [dns.address]);
    await dns.stop();
    expect(found.status === "ok" && found.records).toHaveLength(60);
  });

  it("at the end of a chain of aliases names the zone that holds the records, and takes no other name's", async () => {
    const dns = await listenForDns((query, send) =>
      send(
        reply(query, {
          answers: [
            { type: "CNAME", name: "A.example", data: "B.example" },
            { type: "CNAME", name: "b.example", data: "c.cdn.test" },
            { ...record("ca.test"), name: "c.cdn.test" } as packet.Answer,
            { ...record("stranger.test"), name: "d.cdn.test" } as packet.Answer,
          ],
        }),
      ),
    );
    const found = await queryCaa("a.example", [dns.address]);
    await dns.stop();
    expect(found).toEqual({
      status: "ok",
      owner: "c.cdn.test",
      records: [{ critical: false, tag: "issue", value: "ca.test" }],
    });
  });

  it.each([
    [16, 1],
    [17, 0],
  ])("behind %i aliases: %i records. A longer chain than sixteen is a circle", async (aliases, records) => {
    const chain = Array.from({ length: aliases }, (_, at): packet.Answer => {
      const name = at === 0 ? "a.example" : `a${at}.example`;
      return { type: "CNAME", name, data: `a${at + 1}.example` };
    });
    const last = { ...record("ca.test"), name: `a${aliases}.example` } as packet.Answer;
    const dns = await listenForDns((query, send) => send(reply(query, { answers: [...chain, last] })));
    const found = await queryCaa("a.example", [dns.address]);
    await dns.stop();
    expect(found.status === "ok" && found.records).toHaveLength(records);
  });

  it("is asked for twice, in datagrams that get through everywhere (1,232 bytes)", async () => {
    const sizes: unknown[] = [];
    const failing = await listenForDns((query, send) => {
      const [options] = packet.decode(query).additionals ?? [];
      sizes.push(options?.type === "OPT" && options.udpPayloadSize);
      send(reply(query, { flags: 2 }));
    });
    expect(await queryCaa("a.example", [failing.address])).toEqual({ status: "servfail", detail: "ESERVFAIL" });
    await failing.stop();
    expect(sizes).toEqual([1_232, 1_232]);
  });

  it("to another question, with another number, or of noise, is passed by until the right one comes", async () => {
    const dns = await listenForDns((query, send) => {
      send(Buffer.from("noise"));
      send(reply(query, { answers: [record("forged.test")] }, (query.readUInt16BE(0) + 1) % 65_536));
      send(reply(query, { questions: [{ type: "CAA", name: "b.example" }], answers: [record("forged.test")] }));
      send(reply(query, { answers: [record("ca.test")] }));
    });
    const found = await queryCaa("a.example", [dns.address]);
    await dns.stop();
    expect(found.status === "ok" && found.records.map(({ value }) => value)).toEqual(["ca.test"]);
  });

  it("is had from the next server where the first is not there or fails", async () => {
    const failing = await listenForDns((query, send) => send(reply(query, { flags: 2 })));
    const good = await listenForDns((query, send) => send(reply(query, { answers: [record("ca.test")] })));
    const [nobody = 0] = await freePorts(1);
    const found = await queryCaa("a.example", [`127.0.0.1:${nobody}`, failing.address, good.address]);
    await Promise.all([failing.stop(), good.stop()]);
    expect(found.status).toBe("ok");
  });
});
