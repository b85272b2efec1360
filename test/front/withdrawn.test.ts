import { createHash } from "node:crypto";
import type { ClientCertificates } from "../../core/tenant/tenant";
import { Guests } from "../../front/agent/guests";
import { withdrawnBy } from "../../front/agent/withdrawn";
import { TestCa, type TestCertificate } from "../../testing/certificates";

const members = new TestCa("members");
const successors = new TestCa("successors");
const alice = members.issueClient("alice");
const bob = members.issueClient("bob");
const hash = (bytes: Buffer | string) => createHash("sha256").update(bytes).digest("hex");
const guest = ({ summary }: TestCertificate, issuer = "/CN=members intermediate") => ({
  serial: hash(Buffer.from(summary.serial, "hex")),
  issuer: hash(issuer),
});

const trust = (ca: string, crl?: string): ClientCertificates => ({ mode: "required", ca, ...(crl && { crl }) });
const plain = trust(members.root);
const empty = trust(members.root, members.revocationLists([]));
const aliceOut = trust(members.root, members.revocationLists([alice]));
const both = members.root + successors.root;

describe("after a change of what client certificates are checked against", () => {
  const CHANGES: readonly [string, ClientCertificates, ClientCertificates, alice: boolean, bob: boolean][] = [
    ["nothing changed", plain, plain, false, false],
    ["another CA", plain, trust(successors.root), true, true],
    ["one CA more", plain, trust(both), false, false],
    ["one CA less", trust(both), plain, true, true],
    ["a first list, with nobody on it", plain, empty, false, false],
    ["a first list", plain, aliceOut, true, false],
    ["one on a list", empty, aliceOut, true, false],
    ["a list renewed", aliceOut, trust(members.root, members.revocationLists([alice])), false, false],
    ["another on a list", aliceOut, trust(members.root, members.revocationLists([alice, bob])), false, true],
    ["one off a list", aliceOut, empty, false, false],
    ["certificates not asked for any more", aliceOut, { mode: "off" }, false, false],
    ["certificates asked for now", { mode: "off" }, aliceOut, false, false],
  ];
  it.each(CHANGES)("%s", (_, before, after, aliceIsOut, bobIsOut) => {
    const isWithdrawn = withdrawnBy(before, after) ?? (() => false);
    expect([isWithdrawn(guest(alice)), isWithdrawn(guest(bob))]).toEqual([aliceIsOut, bobIsOut]);
  });

  it("whoever another CA vouches for than the list's is out as well: a CA in between may be on it", () => {
    const isWithdrawn = withdrawnBy(empty, aliceOut);
    expect(isWithdrawn?.(guest(bob, "/CN=another intermediate"))).toBe(true);
  });
});

describe("what is under way for somebody", () => {
  const key = (source: string, notAfter: string, tenant: string) =>
    `${source}|1700000000000|${notAfter}|AB|CD|${tenant}`;
  const startGuests = (keys: readonly string[]) => {
    const asked: string[] = [];
    const ended: string[] = [];
    const haproxy = {
      tableKeys: async (_table: string, filter = "all") => {
        asked.push(filter);
        return [...keys];
      },
      sessions: async () => {
        asked.push("sessions");
        return new Map([
          ["10.0.0.1:5000", ["0x1", "0x2"]],
          ["::1:6000", ["0x3"]],
        ]);
      },
      shutdownSession: async (id: string) => void ended.push(id),
    };
    return { guests: new Guests(haproxy), asked, ended };
  };
  const NOW = Date.UTC(2026, 10, 29, 12, 30, 20);
  const keys = [
    key("10.0.0.1|5000", "261129123019Z", "one.example"),
    key("::1|6000", "261129123021Z", "other.example"),
    key("10.0.0.9|7000", "261129123019Z", "gone.example"),
    "10.0.0.1|8000|cut short",
  ];

  it("ends on every stream of their connection, and on no other's", async () => {
    const { guests, ended } = startGuests(keys);
    expect(
      await guests.end(({ tenant, serial, since }) => tenant === "other.example" && serial === "ab" && since > 0),
    ).toBe(1);
    expect(ended).toEqual(["0x3"]);
  });

  it("ends once their certificate has expired, and what was let in last had time for its answer", async () => {
    const { guests, asked, ended } = startGuests(keys);
    // HAProxy lets in for the whole of the second that the certificate names.
    expect(await guests.endExpired(Date.UTC(2026, 10, 29, 12, 30, 20, 900))).toBe(0);
    expect(ended).toEqual([]);
    asked.splice(0);
    expect(await guests.endExpired(NOW + 3_000)).toBe(2);
    expect(ended).toEqual(["0x1", "0x2"]);
    expect(asked).toEqual(["data.gpt0 le 2611291230", "sessions"]);
  });

  it("is not looked for where nobody is out", async () => {
    const { guests, asked } = startGuests(keys);
    expect(await guests.end(() => false)).toBe(0);
    expect(asked).toEqual(["all"]);
  });
});
