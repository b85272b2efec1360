import { inParallel } from "../../../core/base/in-parallel";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Work that takes as many turns of the event loop as the item says, and what was begun and ended when. */
const recorded = () => {
  const began: number[] = [];
  const ended: number[] = [];
  let atOnce = 0;
  let mostAtOnce = 0;
  const work = async (turns: number): Promise<number> => {
    began.push(turns);
    mostAtOnce = Math.max(mostAtOnce, ++atOnce);
    for (let index = 0; index < turns; index++) await turn();
    atOnce--;
    ended.push(turns);
    return turns * 10;
  };
  return { work, began, ended, most: () => mostAtOnce };
};

describe("work in parallel", () => {
  it("gives results in the items' order, whichever ends first, and never does more at once than it may", async () => {
    const { work, ended, most } = recorded();
    expect(await inParallel([9, 1, 5, 2, 3], 2, work)).toEqual([90, 10, 50, 20, 30]);
    expect(ended).not.toEqual([9, 1, 5, 2, 3]);
    expect(most()).toBe(2);
  });

  it("takes anything that can be gone through, once, and nothing at all", async () => {
    const { work } = recorded();
    expect(await inParallel(new Map([[1, "one"]]).keys(), 8, work)).toEqual([10]);
    expect(await inParallel([], 8, work)).toEqual([]);
    expect(await inParallel([undefined, 0, ""], 8, async (item) => item)).toEqual([undefined, 0, ""]);
  });

  it("begins nothing after an error, and throws the first one after what was under way has ended", async () => {
    const { work, began, ended } = recorded();
    const failing = async (turns: number) => {
      await work(turns);
      if (turns <= 2) throw new Error(`failed after ${turns}`);
    };
    await expect(inParallel([2, 1, 20, 3, 4, 5], 3, failing)).rejects.toThrow("failed after 1");
    expect(began).toEqual([2, 1, 20]);
    expect(ended).toEqual([1, 2, 20]);
  });

  it("fails where the work fails before its first wait", async () => {
    const failing = (): Promise<void> => {
      throw new Error("at once");
    };
    await expect(inParallel([1, 2], 1, failing)).rejects.toThrow("at once");
  });
});
