import { createPublicKey } from "node:crypto";
import { type Answer, newKey, ScriptedHost } from "../../testing/scripted-host";
import { until } from "../../testing/until";

const ERROR = "urn:ietf:params:acme:error:";
const jwkOf = (key: string) => createPublicKey(key).export({ format: "jwk" });
const json = (part: unknown) => JSON.parse(Buffer.from(String(part), "base64url").toString());

describe("an account", () => {
  let host: ScriptedHost;
  beforeAll(async () => {
    host = await ScriptedHost.start();
  });
  beforeEach(() => host.script({}));
  afterAll(() => host.stop());

  const creations = () => host.askedAt("/new-account").map(({ payload }) => payload);

  describe("made for a key", () => {
    it("agrees to the terms, signed by the key itself", async () => {
      expect(await host.client().accountUrl()).toBe(`${host.origin}/account/1`);
      const [asked] = host.askedAt("/new-account");
      expect(asked?.payload).toStrictEqual({ termsOfServiceAgreed: true });
      expect(asked?.header).toStrictEqual({
        alg: "ES256",
        url: `${host.origin}/new-account`,
        nonce: "nonce-1",
        jwk: jwkOf(host.accountKey),
      });
    });

    it.each([
      ["an address", "ops@a.example", { contact: ["mailto:ops@a.example"] }],
      ["none", "", {}],
    ])("names %s to write to", async (_what, contact, more) => {
      await host.client({ contact }).accountUrl();
      expect(creations()).toStrictEqual([{ termsOfServiceAgreed: true, ...more }]);
    });

    it("is bound to the external account, where the CA has given both its name and its key", async () => {
      const eab = { kid: "kid-1", hmacKeyParameter: "/p" };
      await host.client({ eabHmacKey: "c2VjcmV0" }, { eab }).accountUrl();
      await host.client({}, { eab }).accountUrl();
      await host.client({ eabHmacKey: "c2VjcmV0" }).accountUrl();
      const [bound, ...others] = creations();
      const { externalAccountBinding: binding } = bound as { externalAccountBinding: Record<string, string> };
      expect(json(binding.protected)).toEqual({ alg: "HS256", kid: "kid-1", url: `${host.origin}/new-account` });
      expect(json(binding.payload)).toEqual(jwkOf(host.accountKey));
      expect(others).toStrictEqual([{ termsOfServiceAgreed: true }, { termsOfServiceAgreed: true }]);
    });

    it("is asked for once, for all who need it together and for those who come later", async () => {
      const ca = host.client();
      await Promise.all([ca.accountUrl(), ca.accountUrl()]);
      await ca.accountUrl();
      expect(creations()).toHaveLength(1);
    });

    it("that is known from before is not asked for", async () => {
      const accountUrl = `${host.origin}/account/7`;
      expect(await host.client({ accountUrl }).accountUrl()).toBe(accountUrl);
      expect(host.asked).toEqual([]);
    });

    it("is where the CA says, in relation to where it was asked", async () => {
      host.script({
        "/directory": host.directoryWith({ newAccount: "/acme/new" }),
        "/acme/new": { status: 200, headers: { location: "./account/9" } },
      });
      expect(await host.client().accountUrl()).toBe(`${host.origin}/acme/account/9`);
    });

    it.each<[string, Answer, string, object]>([
      ["nowhere", { status: 201 }, "newAccount has no location.", { status: 201 }],
      [
        "at another host",
        { status: 201, headers: { location: "https://evil.example/account/1" } },
        "it names the URL https://evil.example/account/1, which is not on HOST.",
        {},
      ],
    ])("that is %s is not remembered", async (_what, answer, words, more) => {
      const ca = host.client();
      host.script({ "/new-account": answer });
      const detail = `The CA some-ca gave a wrong answer: ${words.replace("HOST", new URL(host.origin).host)}`;
      await expect(ca.accountUrl()).rejects.toMatchObject({
        problem: { type: "certfront:malformed", detail, ...more },
      });
      host.script({});
      expect(await ca.accountUrl()).toBe(`${host.origin}/account/1`);
    });

    it("that is refused is asked for anew by the next who needs it", async () => {
      const ca = host.client();
      host.script({ "/new-account": { status: 403, body: { type: `${ERROR}userActionRequired`, detail: "terms" } } });
      await expect(ca.accountUrl()).rejects.toMatchObject({
        problem: { type: `${ERROR}userActionRequired`, detail: "terms", status: 403 },
      });
      host.script({});
      expect(await ca.accountUrl()).toBe(`${host.origin}/account/1`);
    });
  });

  describe("that the CA does not know any more", () => {
    it("is made anew, and what was asked for is asked for again in its name", async () => {
      const ca = host.client({ accountUrl: `${host.origin}/account/lost` });
      const gone = { status: 400, body: { type: `${ERROR}accountDoesNotExist`, detail: "who?" } };
      host.script({ "/challenge": ({ header }) => (String(header.kid).endsWith("lost") ? gone : {}) });
      await ca.accept(`${host.origin}/challenge`);
      expect(host.askedAt("/challenge").map(({ header }) => header.kid)).toEqual([
        `${host.origin}/account/lost`,
        `${host.origin}/account/1`,
      ]);
      expect(await ca.accountUrl()).toBe(`${host.origin}/account/1`);
    });

    it("is made anew once, though refusals in the lost one's name still come in then", async () => {
      const ca = host.client({ accountUrl: `${host.origin}/account/lost` });
      const gone = { status: 400, body: { type: `${ERROR}accountDoesNotExist`, detail: "who?" } };
      let refuseLate: (answer: Answer) => void = () => undefined;
      const late = new Promise<Answer>((resolve) => {
        refuseLate = resolve;
      });
      const inLostName = ({ header }: { header: object }) => JSON.stringify(header).includes("/account/lost");
      host.script({
        "/challenge/1": (asked) => (inLostName(asked) ? gone : {}),
        "/challenge/2": (asked) => (inLostName(asked) ? late : {}),
      });
      const second = ca.accept(`${host.origin}/challenge/2`);
      await ca.accept(`${host.origin}/challenge/1`);
      refuseLate(gone);
      await second;
      expect(creations()).toHaveLength(1);
    });

    it("is told from one that may not do what was asked for", async () => {
      const ca = host.client({ accountUrl: `${host.origin}/account/7` });
      host.script({ "/challenge": { status: 403, body: { type: `${ERROR}unauthorized`, detail: "no" } } });
      await expect(ca.accept(`${host.origin}/challenge`)).rejects.toThrow("no");
      expect(creations()).toEqual([]);
      expect(await ca.accountUrl()).toBe(`${host.origin}/account/7`);
    });
  });

  /** RFC 8555 §7.3.5. */
  describe("of a former key", () => {
    const formerKey = newKey();

    it("goes over to the new key, which signs that it consents", async () => {
      const ca = host.client({ formerKey, eabHmacKey: "c2VjcmV0" }, { eab: { kid: "kid-1", hmacKeyParameter: "/p" } });
      host.script({ "/key-change": {}, "/challenge": {} });
      const account = await ca.accountUrl();
      expect(account).toBe(`${host.origin}/account/1`);
      const [found, change] = [host.askedAt("/new-account")[0], host.askedAt("/key-change")[0]];
      expect(found?.payload).toStrictEqual({ termsOfServiceAgreed: true, onlyReturnExisting: true });
      expect(found?.header.jwk).toEqual(jwkOf(formerKey));
      expect(change?.header).toMatchObject({ kid: account, url: `${host.origin}/key-change` });
      const consent = change?.payload ?? {};
      expect(json(consent.protected)).toEqual({
        alg: "ES256",
        url: `${host.origin}/key-change`,
        jwk: jwkOf(host.accountKey),
      });
      expect(json(consent.payload)).toEqual({ account, oldKey: jwkOf(formerKey) });
      await ca.accept(`${host.origin}/challenge`);
      expect(host.askedAt("/challenge")[0]?.header.kid).toBe(account);
      expect(creations()).toHaveLength(1);
    });

    it("is looked for by that key, though another was remembered and is gone", async () => {
      const ca = host.client({ formerKey, accountUrl: `${host.origin}/account/lost` });
      const gone = { status: 400, body: { type: `${ERROR}accountDoesNotExist`, detail: "who?" } };
      host.script({
        "/key-change": {},
        "/challenge": ({ header }) => (String(header.kid).endsWith("lost") ? gone : {}),
      });
      await ca.accept(`${host.origin}/challenge`);
      expect(await ca.accountUrl()).toBe(`${host.origin}/account/1`);
      expect(creations()).toStrictEqual([{ termsOfServiceAgreed: true, onlyReturnExisting: true }]);
    });

    it.each<[string, (host: ScriptedHost) => Parameters<ScriptedHost["script"]>[0], number]>([
      ["the CA changes no keys", (at) => ({ "/directory": at.directoryWith({ keyChange: undefined }) }), 1],
      [
        "the former key has none",
        () => ({
          "/new-account": ({ payload }) =>
            payload?.onlyReturnExisting
              ? { status: 400, body: { type: `${ERROR}accountDoesNotExist`, detail: "none" } }
              : { status: 201, headers: { location: "/account/1" } },
        }),
        2,
      ],
    ])("is a new one where %s", async (_what, answers, asked) => {
      host.script(answers(host));
      expect(await host.client({ formerKey }).accountUrl()).toBe(`${host.origin}/account/1`);
      expect(creations()).toHaveLength(asked);
      expect(creations().at(-1)).toStrictEqual({ termsOfServiceAgreed: true });
      expect(host.askedAt("/key-change")).toEqual([]);
    });

    it.each([500, 403, 202])(
      "is no other one where the change is answered with %i: that passes, or people see it",
      async (status) => {
        host.script({ "/key-change": { status, body: { type: `${ERROR}malformed`, detail: "not now" } } });
        await expect(host.client({ formerKey }).accountUrl()).rejects.toThrow("not now");
        expect(creations()).toHaveLength(1);
      },
    );
  });

  describe("that is closed", () => {
    const allClosed = () => until("all connections closed", async () => (await host.connections()) === 0, 5_000);

    it.each<[string, () => object]>([
      ["for orders and for what is given up", () => ({})],
      ["for a former key", () => ({ formerKey: newKey() })],
    ])("leaves no connection open, %s", async (_what, options) => {
      host.closeClients();
      await allClosed();
      host.script({ "/key-change": {}, "/authz/1": {} });
      const ca = host.client(options());
      await ca.deactivate(`${host.origin}/authz/1`);
      expect(await host.connections()).toBeGreaterThan(1);
      ca.close();
      await allClosed();
    });
  });
});
