import { generateKeyPairSync } from "node:crypto";
import { DAY } from "../../core/base/clock";
import { parseEnvelope } from "../../core/seal/envelope";
import { idOfKey } from "../../core/seal/key-id";
import { TestDataKeys } from "../../testing/data-keys";
import { ManualClock } from "../../testing/manual-clock";

const newKey = (type: "ec" | "rsa" = "ec") =>
  (type === "ec"
    ? generateKeyPairSync("ec", { namedCurve: "P-256" })
    : generateKeyPairSync("rsa", { modulusLength: 2048 })
  ).privateKey
    .export({ type: "pkcs8", format: "pem" })
    .toString();
const KEY = newKey();
const REFUSED = { code: "KEY_REFUSED" };

const clock = new ManualClock(Date.parse("2026-11-29T12:00:00Z"));
const kms = new TestDataKeys();
const sealer = kms.sealer(clock);
const opener = kms.opener();
const sealed = () => sealer.privateKey(KEY, "a.example");

/** Changes one field of an envelope. */
const withField = async (at: number, change: (field: string) => string): Promise<string> => {
  const fields = (await sealed()).split(":");
  return fields.map((field, index) => (index === at ? change(field) : field)).join(":");
};
const flipped = (base64: string): string => {
  const bytes = Buffer.from(base64, "base64");
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
  return bytes.toString("base64");
};

describe("a sealed private key", () => {
  it.each(["ec", "rsa"] as const)("opens to what it was (%s), for its tenant", async (type) => {
    const key = newKey(type);
    expect(await opener.privateKey(await sealer.privateKey(key, "a.example"), "a.example")).toBe(key);
  });

  it("says whose it is without being opened, and is never the same twice", async () => {
    const [one, two] = [await sealed(), await sealed()];
    expect(idOfKey(one)).toBe(idOfKey(KEY));
    expect(one).not.toBe(two);
    expect(one).not.toContain(KEY.split("\n")[1]);
  });

  it("is not sealed twice", async () => {
    const once = await sealed();
    expect(await sealer.privateKey(once, "b.example")).toBe(once);
  });

  it("is refused under another tenant", async () => {
    await expect(opener.privateKey(await sealed(), "b.example")).rejects.toMatchObject(REFUSED);
  });

  it("is refused where one was sealed for another purpose", async () => {
    const ticket = await sealer.ticketKey(Buffer.alloc(80, 7).toString("base64"));
    await expect(opener.privateKey(ticket, "a.example")).rejects.toMatchObject(REFUSED);
    await expect(opener.ticketKey(await sealed())).rejects.toMatchObject(REFUSED);
  });

  it.each<[string, number, (field: string) => string]>([
    ["version", 1, () => "2"],
    ["purpose", 2, () => "ticket-keys"],
    ["day", 3, () => "2026-11-28"],
    ["public key", 4, (id) => id.replace(/^./, (digit) => (digit === "0" ? "1" : "0"))],
    ["public key for another's", 4, () => idOfKey(newKey())],
    ["data key", 5, flipped],
    ["nonce", 6, flipped],
    ["contents", 7, flipped],
    ["contents, cut", 7, (box) => box.slice(0, -24)],
    ["contents, longer", 7, (box) => `${box}AAAA`],
    ["contents, with more after its end", 7, (box) => `${box}=AAA`],
    ["nonce of another's", 6, () => Buffer.alloc(12, 1).toString("base64")],
    ["data key, with more after its end", 5, (wrapped) => `${wrapped}=AAA`],
  ])("is refused with another %s", async (_what, at, change) => {
    await expect(opener.privateKey(await withField(at, change), "a.example")).rejects.toMatchObject(REFUSED);
  });

  it.each(["certfront-sealed:", "certfront-sealed:1:tenant-keys:x", `certfront-sealed:1:${"A".repeat(100)}`])(
    "is refused where it is none: %s",
    async (key) => {
      await expect(opener.privateKey(key, "a.example")).rejects.toMatchObject({ ...REFUSED, tenant: "a.example" });
    },
  );

  it("is refused with a data key of another stack", async () => {
    const others = await new TestDataKeys("other").sealer(clock).privateKey(KEY, "a.example");
    await expect(opener.privateKey(others, "a.example")).rejects.toMatchObject(REFUSED);
  });

  it("passes a key in PEM on, as it was stored before keys were sealed", async () => {
    expect(await opener.privateKey(KEY, "a.example")).toBe(KEY);
  });
});

describe("data keys", () => {
  it("are one a day and purpose for who seals, and unwrapped once by who opens", async () => {
    const own = new TestDataKeys();
    const [seals, opens] = [own.sealer(clock), own.opener()];
    const keys = await Promise.all(Array.from({ length: 50 }, () => seals.privateKey(KEY, "a.example")));
    await Promise.all(keys.map((key) => opens.privateKey(key, "a.example")));
    expect(own.calls.map(({ operation }) => operation)).toEqual(["GenerateDataKey", "Decrypt"]);
    expect(opens.calls).toBe(1);
    clock.advance(DAY);
    await opens.privateKey(await seals.privateKey(KEY, "a.example"), "a.example");
    expect(own.calls.map(({ context }) => context.day)).toEqual([
      ...["2026-11-29", "2026-11-29"],
      ...["2026-11-30", "2026-11-30"],
    ]);
    clock.advance(-DAY);
  });

  it("are asked for again after a call that failed", async () => {
    const { wrapped } = parseEnvelope(await sealed(), "");
    expect(wrapped).not.toBe("");
    let down = true;
    const own = new TestDataKeys();
    const opens = own.opener();
    const generate = Reflect.get(own, "unwrap") as (...args: unknown[]) => Promise<Buffer>;
    Reflect.set(own, "unwrap", (...args: unknown[]) =>
      down ? Promise.reject(new Error("down")) : generate.apply(own, args),
    );
    const key = await own.sealer(clock).privateKey(KEY, "a.example");
    await expect(opens.privateKey(key, "a.example")).rejects.toThrow("down");
    down = false;
    expect(await opens.privateKey(key, "a.example")).toBe(KEY);
  });
});
