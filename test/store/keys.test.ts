import { DUE_SHARDS, duePk, type ItemKey, keys, LIST_SHARDS, listPk, shardOf } from "../../store/keys";
import { certificateSummary } from "../../testing/records";

/** A table outlives versions, and roles' rights name what keys begin with: docs/contracts.md, "The table". */
describe("where each kind of item lies", () => {
  const early = certificateSummary("a.example", { notBefore: 86_400_000, serial: "00c0ffee" });
  it.each<[string, ItemKey, string, string]>([
    ["a tenant's record", keys.tenant("a.example"), "TENANT#a.example", "TENANT"],
    ["an order's key", keys.orderSecret("a.example", "o-1"), "ORDER#a.example", "o-1"],
    ["a certificate", keys.certificate("a.example", early), "CERT#a.example", "000000086400000#00c0ffee"],
    ["a front's item", keys.front("a.example"), "FRONT#a.example", "FRONT"],
    ["a limit", keys.bucket("orders"), "LIMIT#orders", "LIMIT"],
    ["an outage", keys.outage("some-ca"), "OUTAGE#some-ca", "OUTAGE"],
    ["a batch's slot", keys.batch(3), "BATCH", "3"],
    ["the list applied last", keys.list, "LIST", "LIST"],
    ["an account's URL", keys.account("https://ca.example/dir#k"), "ACCOUNT#https://ca.example/dir#k", "ACCOUNT"],
    ["how far keys are sealed", keys.sealing, "SEALING", "SEALING"],
    ["how far the round is", keys.round, "ROUND", "ROUND"],
    ["a heartbeat", keys.heartbeat({ front: "i-1", role: "AROA" }), "HEARTBEAT#AROA:i-1", "HEARTBEAT"],
    ["a heartbeat of a former agent", keys.heartbeat({ front: "i-1" }), "HEARTBEAT", "i-1"],
    ["what the monitor saw", keys.served("a.example"), "SERVED#a.example", "SERVED"],
    ["keys of session tickets", keys.tickets, "TICKETS", "TICKETS"],
    ["the ring of data keys", keys.ring, "KEYRING", "KEYRING"],
  ])("%s", (_what, key, pk, sk) => {
    expect(key).toEqual({ pk, sk });
  });

  it("certificates lie in the order of their beginning, whatever their serial numbers", () => {
    const of = (notBefore: number, serial: string) => keys.certificate("a.example", { ...early, notBefore, serial }).sk;
    const written = [of(0, "ff"), of(999, "ee"), of(1_000, "dd"), of(Date.UTC(2026, 10, 1), "00")];
    expect([...written].sort()).toEqual(written);
  });
});

describe("the partitions of an index", () => {
  it.each([
    ["what is new", duePk("new", 0), "new#0"],
    ["what is renewed", duePk("renewal", 3), "renewal#3"],
    ["the first of the list", listPk(0), "00"],
    ["the last of the list", listPk(15), "15"],
  ])("have names: %s", (_what, name, expected) => {
    expect(name).toBe(expected);
  });

  it.each([
    ["a.example", [3, 3]],
    ["b.example", [2, 6]],
    ["shop.example.org", [0, 12]],
  ])("have %s for good in the same of %j, or an update would list it nowhere", (domain, [due, list]) => {
    expect([shardOf(domain, DUE_SHARDS), shardOf(domain, LIST_SHARDS)]).toEqual([due, list]);
  });

  it("have a like share each", () => {
    const shares = Array<number>(LIST_SHARDS).fill(0);
    for (let n = 0; n < 16_000; n++) {
      const shard = shardOf(`t${n}.example`, LIST_SHARDS);
      shares[shard] = (shares[shard] ?? 0) + 1;
    }
    expect(Math.min(...shares)).toBeGreaterThan(850);
    expect(Math.max(...shares)).toBeLessThan(1_150);
  });
});
