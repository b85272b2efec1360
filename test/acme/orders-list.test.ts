import { type Answer, ScriptedHost } from "../../testing/scripted-host";

const order = (names: readonly string[], status = "pending"): Answer => ({
  body: {
    status,
    identifiers: names.map((value) => ({ type: "dns", value })),
    authorizations: ["/authz/1"],
    finalize: "/finalize",
  },
});
const numbered = (from: number, to: number) =>
  Array.from(
    { length: to - from + 1 },
    (_, index) => [`/order/${from + index}`, order([`t${from + index}.example`])] as const,
  );

/** RFC 8555 §7.1.2.1: after a crash an order of which only the CA knows is looked for, before another one is spent. */
describe("an order that was lost", () => {
  let host: ScriptedHost;
  beforeAll(async () => {
    host = await ScriptedHost.start();
  });
  afterAll(() => host.stop());

  const account = { "/account/1": { body: { status: "valid", orders: "/orders" } } };
  async function found(names: readonly string[], answers: Parameters<ScriptedHost["script"]>[0]) {
    host.script({ ...account, ...answers });
    const order = await host.client().findOrder(names);
    return order?.url.replace(host.origin, "");
  }
  const orders = (paths: readonly unknown[], link?: string): Answer => ({ body: { orders: paths }, headers: { link } });
  const asked = () => host.asked.map(({ path }) => path).filter((path) => path.startsWith("/order"));

  it("is that for exactly these names, in whichever order they are written", async () => {
    const answers = {
      "/orders": orders(["/order/1", "/order/2", "/order/3", "/order/4"]),
      "/order/1": order(["B.example.", "a.example"]),
      "/order/2": order(["a.example"]),
      "/order/3": order(["a.example", "b.example", "c.example"]),
      "/order/4": order(["a.example", "c.example"]),
    };
    expect(await found(["a.example", "b.example"], answers)).toBe("/order/1");
    expect(await found(["b.example", "a.example"], answers)).toBe("/order/1");
    expect(await found(["b.example"], answers)).toBeUndefined();
  });

  it("is read with POST-as-GET, as are the account and its list", async () => {
    await found(["a.example"], { "/orders": orders(["/order/1"]), "/order/1": order(["a.example"]) });
    const reads = host.asked.filter(({ path }) => ["/account/1", "/orders", "/order/1"].includes(path));
    expect(reads.map(({ method, path, payload }) => [method, path, payload])).toEqual([
      ["POST", "/account/1", undefined],
      ["POST", "/orders", undefined],
      ["POST", "/order/1", undefined],
    ]);
  });

  it.each(["pending", "ready", "processing"])("is found where it is %s", async (status) => {
    const answers = { "/orders": orders(["/order/1"]), "/order/1": order(["a.example"], status) };
    expect(await found(["a.example"], answers)).toBe("/order/1");
  });

  it.each(["valid", "invalid"])("is none that is %s: that has come to its end", async (status) => {
    const answers = { "/orders": orders(["/order/1"]), "/order/1": order(["a.example"], status) };
    expect(await found(["a.example"], answers)).toBeUndefined();
  });

  it("is the newest of several, which is the last of the list", async () => {
    const answers = {
      "/orders": orders(["/order/1", "/order/2"]),
      "/order/1": order(["a.example"]),
      "/order/2": order(["a.example"]),
    };
    expect(await found(["a.example"], answers)).toBe("/order/2");
    expect(asked()).toEqual(["/orders", "/order/2"]);
  });

  it("is looked for among the forty newest, for it was made moments ago", async () => {
    const many = numbered(1, 50);
    const answers = { "/orders": orders(many.map(([path]) => path)), ...Object.fromEntries(many) };
    expect(await found(["t11.example"], answers)).toBe("/order/11");
    expect(await found(["t10.example"], answers)).toBeUndefined();
    expect(asked().slice(1)).toEqual(Array.from({ length: 40 }, (_, n) => `/order/${50 - n}`));
  });

  it.each<[string, string]>([
    ["as RFC 8288 writes it", '</orders/2>;rel="next"'],
    ["with a space, without quotes", "</orders/2>; rel=next"],
    ["after another link", '</directory>;rel="index", </orders/2>;rel="next"'],
    ["relative to the page", '<./orders/2>;rel="next"'],
  ])("is looked for on the next page too: %s", async (_what, link) => {
    const answers = {
      "/orders": orders(["/order/1"], link),
      "/order/1": order(["a.example"]),
      "/orders/2": orders(["../order/2"]),
      "/order/2": order(["b.example"]),
    };
    expect(await found(["b.example"], answers)).toBe("/order/2");
    expect(await found(["a.example"], answers)).toBe("/order/1");
  });

  it.each([["no link"], ['</directory>;rel="index"'], ["/orders/2"]])(
    "is on no page that %s leads to",
    async (link) => {
      expect(
        await found(["a.example"], { "/orders": orders([], link), "/orders/2": orders(["/order/1"]) }),
      ).toBeUndefined();
      expect(asked()).toEqual(["/orders"]);
    },
  );

  it("is not looked for without end on pages that lead to each other", async () => {
    expect(await found(["a.example"], { "/orders": orders([], '</orders>;rel="next"') })).toBeUndefined();
    expect(asked()).toHaveLength(100);
  });

  it.each<[string, Parameters<ScriptedHost["script"]>[0]]>([
    ["lists no orders, as Let's Encrypt's", { "/account/1": { body: { status: "valid" } } }],
    ["lists them nowhere", { "/account/1": { body: { orders: ["/orders"] } } }],
    ["is described in a text", { "/account/1": { body: "valid", headers: { "content-type": "text/plain" } } }],
    ["is described with nothing", { "/account/1": { body: null } }],
    ["has nothing for a list", { "/orders": { body: null } }],
    ["has a list that is none", { "/orders": { body: [] } }],
    ["has a list in a text", { "/orders": { body: "/order/1", headers: { "content-type": "text/plain" } } }],
    ["has a list of no orders", { "/orders": { body: { orders: "/order/1" } } }],
    ["has a list of things that are no URLs", { "/orders": orders([7, null, ["/order/1"]]) }],
  ])("is not found where the account %s; then a new one is made", async (_what, answers) => {
    expect(await found(["a.example"], answers)).toBeUndefined();
    expect(asked().filter((path) => path !== "/orders")).toEqual([]);
  });

  it.each(["/account/1", "/orders", "/order/1"])("is not thought of as none where %s says no", async (path) => {
    const answers = { "/orders": orders(["/order/1"]), "/order/1": order(["a.example"]) };
    const no = { status: 202, body: { type: "urn:ietf:params:acme:error:serverInternal", detail: "not now" } };
    await expect(found(["a.example"], { ...answers, [path]: no })).rejects.toThrow("not now");
  });
});
