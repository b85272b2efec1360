import { Unwritten } from "../../../core/issue/unwritten";

const failing = (message: string) => async () => {
  throw new Error(message);
};

describe("tenants that could not be written", () => {
  it("are none where all were", async () => {
    const unwritten = new Unwritten();
    await unwritten.past("a.example", async () => {});
    expect(unwritten.size).toBe(0);
    expect(() => unwritten.tell()).not.toThrow();
  });

  it("stop nobody else's writes, and are told of then, with what the first one said", async () => {
    const unwritten = new Unwritten();
    const cause = new Error("the item is broken");
    await unwritten.past("a.example", () => Promise.reject(cause));
    expect(() => unwritten.tell()).toThrow(
      "1 tenant was not written: a.example. The first one said: the item is broken",
    );
    await unwritten.past("b.example", failing("no capacity"));
    let error: unknown;
    try {
      unwritten.tell();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({
      code: "TENANTS_NOT_WRITTEN",
      message: "2 tenants were not written: a.example, b.example. The first one said: the item is broken",
      advice:
        "What was served stays served. Run pulumi up again; where it is the same ones, look at their records in the table.",
      cause,
    });
  });

  it("are told of at once where there are twenty: it is the table", async () => {
    const unwritten = new Unwritten();
    for (let n = 1; n < 20; n++) await unwritten.past(`t${n}.example`, failing("no capacity"));
    await expect(unwritten.past("t20.example", failing("no capacity"))).rejects.toMatchObject({
      message: expect.stringMatching(/^20 tenants were not written: t1\.example, /),
    });
  });
});
