import { DAY } from "../../core/base/clock";
import { configHash } from "../../core/tenant/hash";
import { frontDomainOf, isOf, plain, tenantFrom, tenantItem } from "../../store/items";
import { LIST_SHARDS, listPk, shardOf } from "../../store/keys";
import { tenant, tenantRecord } from "../../testing/records";

const NOW = Date.UTC(2026, 10, 29, 12);
const indexed = {
  pk: "TENANT#a.example",
  sk: "TENANT",
  domain: "a.example",
  names: ["a.example", "www.a.example"],
  listPk: listPk(shardOf("a.example", LIST_SHARDS)),
};

describe("a tenant's record in the table", () => {
  const own = tenant("a.example", { aliases: ["www.a.example"] });
  const record = tenantRecord("a.example", NOW, { tenant: own });
  const { nextActionAt: _, ...removed } = { ...record, state: "removed" as const };

  it("lies in the indexes of what is due and of all tenants, and stays", () => {
    expect(tenantItem(record)).toStrictEqual({
      ...record,
      ...indexed,
      configHash: configHash(own),
      duePk: expect.stringMatching(/^new#[0-3]$/),
      dueAt: NOW,
    });
  });

  it("lies in no index of what is due where it never is, and ends 30 days after it was removed", () => {
    expect(tenantItem(removed)).toStrictEqual({
      ...removed,
      ...indexed,
      configHash: configHash(own),
      ttl: (NOW + 30 * DAY) / 1_000,
    });
  });

  it.each([
    ["that is due", record],
    ["that was removed", removed],
  ])("is read as it was: one %s", (_what, one) => {
    expect(tenantFrom(tenantItem(one))).toStrictEqual(one);
  });

  it("that is none is said to be damaged, by its tenant's name", () => {
    expect(() => tenantFrom({ pk: "TENANT#a.example", sk: "TENANT", state: "active" })).toThrow(
      "The record of a.example in the table is damaged",
    );
  });
});

describe("an item", () => {
  it("is given back without what only the table needs", () => {
    const technical = { pk: "P", sk: "S", ttl: 1, duePk: "d", dueAt: 1, listPk: "l", revPk: "r" };
    expect(plain({ ...technical, revision: 7, domain: "a.example" })).toStrictEqual({
      revision: 7,
      domain: "a.example",
    });
  });

  it("is of the kind and the name that its key begins with and ends in", () => {
    const item = { pk: "FRONT#a.example", sk: "FRONT", domain: "b.example" };
    expect(frontDomainOf(item)).toBe("a.example");
    expect([isOf("FRONT#", item), isOf("TENANT#", item), isOf("FRONT#", {})]).toEqual([true, false, false]);
  });
});
