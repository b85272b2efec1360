import { generateKeyPairSync } from "node:crypto";
import { parseEnvelope } from "../../../core/seal/envelope";
import { idOfKey } from "../../../core/seal/key-id";
import { Opener } from "../../../core/seal/opener";
import { TestDataKeys } from "../../../testing/data-keys";
import { ManualClock } from "../../../testing/manual-clock";

const newKey = (type: "ec" | "rsa" = "ec") =>
  (type === "ec"
    ? generateKeyPairSync("ec", { namedCurve: "P-256" })
    : generateKeyPairSync("rsa", { modulusLength: 2048 })
  ).privateKey
    .export({ type: "pkcs8", format: "pem" })
    .toString();
const KEY = newKey();
const TICKET_KEY = Buffer.alloc(80, 7).toString("base64");

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
const refusedOf = (tenant: string | undefined, message: string) => ({
  name: "SealError",
  code: "KEY_REFUSED",
  message,
  tenant,
  advice: expect.stringContaining("`certfront renew` makes a new key"),
});
const refused = (message: string) => refusedOf("a.example", message);
const NONE = "The stored key is neither a sealed one nor in PEM.";
const CHANGED = "The stored key was changed, or was sealed for another tenant or certificate.";
const FOREIGN = "The stored key was sealed with a data key that is not of this stack.";

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
    const under = opener.privateKey(await sealed(), "b.example");
    await expect(under).rejects.toMatchObject({ ...refusedOf("b.example", CHANGED), cause: expect.anything() });
  });

  it("is refused where one was sealed for another purpose", async () => {
    const ticket = await sealer.ticketKey(TICKET_KEY);
    const forTickets = refused("The stored key was sealed for ticket-keys.");
    await expect(opener.privateKey(ticket, "a.example")).rejects.toMatchObject(forTickets);
    const forTenants = refusedOf(undefined, "The stored key was sealed for tenant-keys.");
    await expect(opener.ticketKey(await sealed())).rejects.toMatchObject(forTenants);
  });

  it.each<[string, number, (field: string) => string, string]>([
    ["version", 1, () => "2", NONE],
    ["purpose", 2, () => "ticket-keys", "The stored key was sealed for ticket-keys."],
    ["purpose that there is not", 2, () => "account-keys", NONE],
    ["day", 3, () => "2026-11-28", FOREIGN],
    ["public key", 4, (id) => id.replace(/^./, (digit) => (digit === "0" ? "1" : "0")), CHANGED],
    ["public key for another's", 4, () => idOfKey(newKey()), CHANGED],
    ["data key", 5, flipped, FOREIGN],
    ["data key, with more after its end", 5, (wrapped) => `${wrapped}=AAA`, NONE],
    ["nonce", 6, flipped, CHANGED],
    ["nonce of another's", 6, () => Buffer.alloc(12, 1).toString("base64"), CHANGED],
    ["contents", 7, flipped, CHANGED],
    ["contents, cut", 7, (box) => box.slice(0, -24), CHANGED],
    ["contents, longer", 7, (box) => `${box}AAAA`, NONE],
    ["contents, with more after its end", 7, (box) => `${box}=AAA`, NONE],
  ])("is refused with another %s", async (_what, at, change, message) => {
    const changed = opener.privateKey(await withField(at, change), "a.example");
    // KMS names no tenant.
    await expect(changed).rejects.toMatchObject(refusedOf(message === FOREIGN ? undefined : "a.example", message));
  });

  it.each(["certfront-sealed:", "certfront-sealed:1:tenant-keys:x", `certfront-sealed:1:${"A".repeat(100)}`])(
    "is refused where it is none: %s",
    async (key) => {
      await expect(opener.privateKey(key, "a.example")).rejects.toMatchObject(refused(NONE));
      expect(() => idOfKey(key)).toThrow(expect.objectContaining(refusedOf(undefined, NONE)));
    },
  );

  it("is refused with a data key of another stack", async () => {
    const others = await new TestDataKeys("other").sealer(clock).privateKey(KEY, "a.example");
    await expect(opener.privateKey(others, "a.example")).rejects.toMatchObject(refusedOf(undefined, FOREIGN));
  });

  it("passes a key in PEM on, as it was stored before keys were sealed", async () => {
    expect(await opener.privateKey(KEY, "a.example")).toBe(KEY);
  });
});

describe("a sealed key of session tickets", () => {
  it("opens to what it was, and has the name that each ticket carries", async () => {
    const key = await sealer.ticketKey(TICKET_KEY);
    expect(await opener.ticketKey(key)).toBe(TICKET_KEY);
    expect(parseEnvelope(key, "")).toMatchObject({ purpose: "ticket-keys", id: "07".repeat(16) });
  });

  it("is not sealed twice, and one that never was is passed on", async () => {
    const once = await sealer.ticketKey(TICKET_KEY);
    expect(await sealer.ticketKey(once)).toBe(once);
    expect(await opener.ticketKey(TICKET_KEY)).toBe(TICKET_KEY);
  });
});

describe("what lies in a table", () => {
  /** As this version's predecessors wrote it. */
  const WRAPPED = Buffer.alloc(24, 1).toString("base64");
  const tenants = `certfront-sealed:1:tenant-keys:2026-11-29:${"0".repeat(64)}:${WRAPPED}:Sx0Jbq1+Snbf1oWq:Zxx9Xmfeyf/+iAQBzXkaUlyVNxC5TDWzyVJhWIES5w==`;
  const tickets = `certfront-sealed:1:ticket-keys:2026-11-29:${"0".repeat(32)}:${WRAPPED}:CyaC7tGXWbmWDOrC:/6XhiNGq+mqfLB6mhalqylWuG27jY797nLfAd/7iFXz/tRSBIJM=`;

  it("opens with a later version, whose KMS is told what it was told when it was sealed", async () => {
    const asked: unknown[] = [];
    const later = new Opener("prod", async (wrapped, context) => {
      asked.push([wrapped, context]);
      return Buffer.alloc(32, 7);
    });
    expect(await later.privateKey(tenants, "a.example")).toBe("what a key says");
    expect(await later.ticketKey(tickets)).toBe("what a ticket key says");
    expect(asked).toEqual([
      [WRAPPED, { stack: "prod", purpose: "tenant-keys", day: "2026-11-29" }],
      [WRAPPED, { stack: "prod", purpose: "ticket-keys", day: "2026-11-29" }],
    ]);
  });

  it("is written as it was", async () => {
    const form = /^certfront-sealed:1:tenant-keys:2026-11-29:[0-9a-f]{64}:[\w+/=]+:[\w+/]{16}:[\w+/=]+$/;
    expect(await sealed()).toMatch(form);
  });
});
