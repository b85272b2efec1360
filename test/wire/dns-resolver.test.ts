import { startTinyDns, type TinyAnswer, type TinyDns } from "../../testing/tiny-dns";
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
    expect(await resolver.caa("here.example")).toEqual({
      status: "ok",
      records: [
        { critical: false, tag: "issue", value: "ca.test; accounturi=https://ca.test/1" },
        { critical: true, tag: "tbs", value: "x" },
        { critical: false, tag: "issue", value: ";" },
      ],
    });
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
