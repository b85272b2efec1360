import { type Answer, ScriptedHost } from "../../testing/scripted-host";

const ERROR = "urn:ietf:params:acme:error:";
const REPLACES = "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE";
const order = { status: "pending", authorizations: ["/authz/1"], finalize: "/finalize/1" };
const made: Answer = { status: 201, headers: { location: "/order/1" }, body: order };

describe("a new order", () => {
  let host: ScriptedHost;
  beforeAll(async () => {
    host = await ScriptedHost.start();
  });
  afterAll(() => host.stop());

  const sent = () => host.askedAt("/new-order").map(({ payload }) => payload);
  const ordered = (answers: Parameters<ScriptedHost["script"]>[0], replaces?: string, profile?: string) => {
    host.script({ "/new-order": made, ...answers });
    return host.client({}, profile === undefined ? {} : { profile }).newOrder(["a.example", "b.example"], { replaces });
  };
  const names = {
    identifiers: [
      { type: "dns", value: "a.example" },
      { type: "dns", value: "b.example" },
    ],
  };

  it("asks for the names, and is where the CA says, seen from where it was asked", async () => {
    const directory = { "/directory": host.directoryWith({ newOrder: "/acme/new-order" }) };
    const found = await ordered({ ...directory, "/acme/new-order": { ...made, headers: { location: "./order/1" } } });
    expect(found).toStrictEqual({
      url: `${host.origin}/acme/order/1`,
      status: "pending",
      authorizations: [`${host.origin}/authz/1`],
      finalize: `${host.origin}/finalize/1`,
    });
    expect(host.askedAt("/acme/new-order")[0]?.payload).toStrictEqual(names);
  });

  it.each<[string, object | undefined, string | undefined, object]>([
    ["asked for where the CA has it", { profiles: { shortlived: "6 days" } }, "shortlived", { profile: "shortlived" }],
    ["not asked for where the CA has others", { profiles: { classic: "90 days" } }, "shortlived", {}],
    ["not asked for where the CA has none", {}, "shortlived", {}],
    ["not asked for where the CA says nothing of itself", undefined, "shortlived", {}],
    ["not asked for where the CA's are a list", { profiles: ["0"] }, "0", {}],
    ["not asked for where we want none", { profiles: { undefined: "?" } }, undefined, {}],
  ])("has its profile %s", async (_what, meta, profile, more) => {
    await ordered({ "/directory": host.directoryWith({ meta }) }, undefined, profile);
    expect(sent()).toStrictEqual([{ ...names, ...more }]);
  });

  it.each<[string, object, object]>([
    ["a CA with ARI", {}, { replaces: REPLACES }],
    ["no other CA", { renewalInfo: undefined }, {}],
    ["no CA whose ARI is broken", { renewalInfo: {} }, {}],
  ])("tells %s which certificate it replaces (RFC 9773 §5)", async (_what, directory, more) => {
    await ordered({ "/directory": host.directoryWith(directory) }, REPLACES);
    expect(sent()).toStrictEqual([{ ...names, ...more }]);
  });

  describe("that replaces a certificate, where the CA says no", () => {
    const no = (status: number, type: string): Answer => ({ status, body: { type, detail: "no" } });
    it.each<[number, string]>([
      [409, `${ERROR}alreadyReplaced`],
      [409, "https://ca.example/anything"],
      [400, `${ERROR}malformed`],
      [403, `${ERROR}unauthorized`],
      [500, `${ERROR}serverInternal`],
    ])("with %i and %s, is made without saying so", async (status, type) => {
      const answer = ({ payload }: { payload: object | undefined }) =>
        payload && "replaces" in payload ? no(status, type) : made;
      expect((await ordered({ "/new-order": answer }, REPLACES)).status).toBe("pending");
      expect(sent()).toStrictEqual([{ ...names, replaces: REPLACES }, names]);
    });

    it.each<[number, string]>([
      [429, `${ERROR}rateLimited`],
      [403, `${ERROR}caa`],
      [400, `${ERROR}malformedCsr`],
      [400, "https://ca.example/malformed"],
      [503, "about:blank"],
    ])("with %i and %s, is not made: it would be no again", async (status, type) => {
      await expect(ordered({ "/new-order": no(status, type) }, REPLACES)).rejects.toThrow("no");
      expect(sent()).toHaveLength(1);
    });

    it.each<[string, Answer]>([
      ["without a place", { ...made, headers: {} }],
      ["in JSON that is cut", { ...made, body: "{" }],
    ])("in vain, for it was made %s, is not made twice", async (_what, answer) => {
      await expect(ordered({ "/new-order": answer }, REPLACES)).rejects.toMatchObject({ problem: { status: 201 } });
      expect(sent()).toHaveLength(1);
    });

    it("by another host's URL, is not made twice", async () => {
      const answer = { ...made, headers: { location: "https://evil.example/order/1" } };
      await expect(ordered({ "/new-order": answer }, REPLACES)).rejects.toThrow("https://evil.example/order/1");
      expect(sent()).toHaveLength(1);
    });
  });

  it.each<[string, Answer, string]>([
    ["itself", { ...made, headers: { location: "https://evil.example/1" } }, "https://evil.example/1"],
    ["its end", { ...made, body: { ...order, finalize: "https://evil.example/2" } }, "https://evil.example/2"],
    [
      "one of its authorizations",
      { ...made, body: { ...order, authorizations: ["/authz/1", "https://evil.example/3"] } },
      "https://evil.example/3",
    ],
  ])("that leads elsewhere with %s is refused while another CA can be asked", async (_what, answer, url) => {
    const at = new URL(host.origin).host;
    await expect(ordered({ "/new-order": answer })).rejects.toMatchObject({
      problem: {
        type: "certfront:malformed",
        detail: `The CA some-ca gave a wrong answer: it names the URL ${url}, which is not on ${at}.`,
      },
    });
  });

  it("of which nobody says where it is, is refused in words", async () => {
    await expect(ordered({ "/new-order": { ...made, headers: {} } })).rejects.toMatchObject({
      problem: {
        type: "certfront:malformed",
        detail: "The CA some-ca gave a wrong answer: a new order without a location.",
        status: 201,
      },
    });
  });

  it("is one only with 201 (RFC 8555 §7.4)", async () => {
    await expect(ordered({ "/new-order": { ...made, status: 200 } })).rejects.toMatchObject({
      problem: { detail: "The CA some-ca answered HTTP 200 without saying why." },
    });
  });
});
