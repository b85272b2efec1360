import { type Guest, Guests } from "../../front/agent/guests";

const NOW = Date.UTC(2026, 10, 29, 12, 30, 20);

/** `address|port|since|notAfter|serial|issuer|tenant`, as haproxy-guests.ts writes it down. */
const key = (source: string, changes: Partial<Record<"notAfter" | "tenant", string>> = {}): string => {
  const { notAfter = "261129123000Z", tenant = "a.example" } = changes;
  return `${source}|1700000000000|${notAfter}|AB|CD|${tenant}`;
};

describe("somebody with a client certificate for whom something is under way", () => {
  const under = (keys: readonly string[], sessions: Readonly<Record<string, string[]>> = {}) => {
    const asked: string[] = [];
    const ended: string[] = [];
    const guests = new Guests({
      tableKeys: async (table, filter) => {
        asked.push([table, filter].filter(Boolean).join(" "));
        return [...keys];
      },
      sessions: async (frontend) => {
        asked.push(frontend);
        return new Map(Object.entries(sessions));
      },
      shutdownSession: async (id) => void ended.push(id),
    });
    return { guests, asked, ended };
  };

  it("is known by source, times, certificate and tenant", async () => {
    const seen: Guest[] = [];
    const { guests, asked } = under([key("2001:db8::1|5000")]);
    await guests.end((guest) => seen.push(guest) < 0);
    expect(seen).toEqual([
      {
        source: "2001:db8::1:5000",
        since: 1_700_000_000_000,
        notAfter: Date.UTC(2026, 10, 29, 12, 30),
        serial: "ab",
        issuer: "cd",
        tenant: "a.example",
      },
    ]);
    expect(asked).toEqual(["guests"]);
  });

  it("is put out once, with all that is under way on the connection", async () => {
    const { guests, asked, ended } = under([key("10.0.0.1|1"), key("10.0.0.1|1", { tenant: "b.example" })], {
      "10.0.0.1:1": ["0x1", "0x2"],
      "10.0.0.1:2": ["0x3"],
    });
    expect(await guests.end(() => true)).toBe(2);
    expect([ended, asked]).toEqual([
      ["0x1", "0x2"],
      ["guests", "https"],
    ]);
  });

  it("is nobody any more where the connection is over", async () => {
    const { guests, ended } = under([key("10.0.0.1|1")]);
    expect([await guests.end(() => true), ended]).toEqual([0, []]);
  });

  it.each([
    ["three seconds ago", 3_000, 0],
    ["more than three seconds ago", 3_001, 1],
  ])("whose certificate expired %s is put out: what was let in last had time for its answer", async (_, ms, count) => {
    const { guests } = under([key("10.0.0.1|1", { notAfter: "261129123020Z" })], { "10.0.0.1:1": ["0x1"] });
    expect(await guests.endExpired(NOW + ms)).toBe(count);
  });

  it("is asked for by the minute in which that was, on a UTC clock", async () => {
    const { guests, asked } = under([]);
    await guests.endExpired(Date.UTC(2026, 0, 2, 3, 5, 2));
    expect(asked).toEqual(["guests data.gpt0 le 2601020304"]);
  });

  it("does not count as expired whose date cannot be read", async () => {
    const { guests } = under([key("10.0.0.1|1", { notAfter: "never" })], { "10.0.0.1:1": ["0x1"] });
    expect(await guests.endExpired(NOW)).toBe(0);
  });
});
