import { SECOND } from "../../core/base/clock";
import { isKeysUnreachable, KeysUnreachableError, keyOpener } from "../../front/agent/key-opener";
import { TestCa } from "../../testing/certificates";
import { frontSettings } from "../../testing/front-settings";
import { ManualClock } from "../../testing/manual-clock";
import { type SealKey, startSealKey } from "../../testing/seal-key";

/** KMS is the local stand-in here, which holds a front to its rights. */
describe("a front that opens sealed keys", () => {
  const environment = { ...process.env };
  const { key } = new TestCa().issue(["a.example"]);
  let kms: SealKey;
  let sealed: string;
  let clock: ManualClock;
  beforeAll(async () => {
    kms = await startSealKey();
    sealed = await kms.sealer.privateKey(key, "a.example");
    Object.assign(process.env, { ...kms.environment, AWS_SECRET_ACCESS_KEY: "local" });
  });
  beforeEach(() => {
    clock = new ManualClock();
  });
  afterEach(() => kms.refuse(undefined));
  afterAll(async () => {
    process.env = environment;
    await kms.close();
  });

  const opener = () => keyOpener(frontSettings("/front", { sealKey: kms.key, region: "eu-west-1" }), clock);
  const callsOf = async (work: () => Promise<unknown>) => {
    const before = kms.calls.length;
    await work();
    return kms.calls.length - before;
  };

  it("opens those of its stack", async () => {
    expect(await opener().privateKey(sealed, "a.example")).toBe(key);
  });

  it("refuses what somebody else sealed: no fault of KMS's", async () => {
    const foreign = await kms.foreign.privateKey(key, "a.example");
    await expect(opener().privateKey(foreign, "a.example")).rejects.toThrow(
      expect.objectContaining({
        message: "The stored key was sealed with a data key that is not of this stack.",
        code: "KEY_REFUSED",
      }),
    );
  });

  it("says what is wrong with KMS where it does not answer as it should", async () => {
    kms.refuse("DisabledException");
    const error = await opener()
      .privateKey(sealed, "a.example")
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      name: "KeysUnreachableError",
      message: expect.stringMatching(/^Sealed keys cannot be opened: .*DisabledException/),
      code: "KEYS_UNREACHABLE",
      advice: "Look at the key's policy and state, and at the network; what is served stays served.",
    });
    expect([isKeysUnreachable(error), isKeysUnreachable(new Error("no"))]).toEqual([true, false]);
  });

  it("leaves KMS alone for a second after a failure, and asks it again then", async () => {
    const one = opener();
    kms.refuse("DisabledException");
    const fails = () => expect(one.privateKey(sealed, "a.example")).rejects.toThrow(KeysUnreachableError);
    expect(await callsOf(fails)).toBe(1);
    kms.refuse(undefined);
    clock.advance(SECOND - 1);
    expect(await callsOf(fails)).toBe(0);
    clock.advance(1);
    expect(await callsOf(() => one.privateKey(sealed, "a.example"))).toBe(1);
  });

  it("goes on with KMS after a key that was somebody else's", async () => {
    const one = opener();
    const foreign = await kms.foreign.privateKey(key, "a.example");
    await one.privateKey(foreign, "a.example").catch(() => undefined);
    expect(await one.privateKey(sealed, "a.example")).toBe(key);
  });
});
