import { Nonces } from "../../acme/nonces";

describe("nonces", () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  /** Counts what the CA is asked for. */
  function counted(): { nonces: Nonces; asked: () => number } {
    let asked = 0;
    return { nonces: new Nonces(async () => `asked-${++asked}`), asked: () => asked };
  }

  it("come from the CA's answers, the youngest first, and are used once", async () => {
    const { nonces, asked } = counted();
    nonces.give("older");
    nonces.give("younger");
    expect([await nonces.take(), await nonces.take(), await nonces.take()]).toEqual(["younger", "older", "asked-1"]);
    expect(asked()).toBe(1);
  });

  it("are asked for anew when those kept are five minutes old", async () => {
    const { nonces } = counted();
    nonces.give("kept");
    jest.advanceTimersByTime(5 * 60_000 - 1);
    nonces.give("later");
    expect(await nonces.take()).toBe("later");
    jest.advanceTimersByTime(1);
    expect(await nonces.take()).toBe("asked-1");
  });

  it("are used for five minutes", async () => {
    const { nonces, asked } = counted();
    nonces.give("kept");
    jest.advanceTimersByTime(5 * 60_000 - 1);
    expect(await nonces.take()).toBe("kept");
    expect(asked()).toBe(0);
  });

  it("are kept in a bounded number, the youngest of them", async () => {
    const { nonces } = counted();
    for (let n = 0; n < 100; n++) nonces.give(String(n));
    const taken = [];
    for (let n = 0; n < 65; n++) taken.push(await nonces.take());
    expect(taken.slice(0, 64)).toEqual(Array.from({ length: 64 }, (_, n) => String(99 - n)));
    expect(taken[64]).toBe("asked-1");
  });

  it("are asked for four at a time, and one that cannot be had fails one caller only", async () => {
    let asked = 0;
    let most = 0;
    let running = 0;
    const nonces = new Nonces(async () => {
      most = Math.max(most, ++running);
      const mine = ++asked;
      await Promise.resolve();
      running--;
      if (mine === 2) throw new Error("no nonce today");
      return `asked-${mine}`;
    });
    const results = await Promise.allSettled(Array.from({ length: 9 }, () => nonces.take()));
    expect(results.filter(({ status }) => status === "rejected")).toHaveLength(1);
    expect(most).toBe(4);
  });

  /** Lets everything happen that waits for nothing. */
  const settled = async () => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };

  it("are asked for one by one as they are needed, none that nobody waits for", async () => {
    const { nonces, asked } = counted();
    for (let n = 1; n <= 10; n++) {
      expect(await nonces.take()).toBe(`asked-${n}`);
      await settled();
      expect(asked()).toBe(n);
    }
    expect(await Promise.all([nonces.take(), nonces.take()])).toEqual(["asked-11", "asked-12"]);
    await settled();
    expect(asked()).toBe(12);
  });

  it("are used as they come: an answer's by who waits, and the one that was asked for by the next", async () => {
    const arrivals: ((nonce: string) => void)[] = [];
    const nonces = new Nonces(() => new Promise((resolve) => arrivals.push(resolve)));
    const first = nonces.take();
    nonces.give("an answer's");
    expect(await first).toBe("an answer's");
    arrivals[0]?.("asked for");
    await settled();
    expect(await nonces.take()).toBe("asked for");
    expect(arrivals).toHaveLength(1);
  });

  it("that cannot be had fail nobody where nobody waits any more", async () => {
    jest.useRealTimers();
    const failures: ((error: Error) => void)[] = [];
    const nonces = new Nonces(() => new Promise((_, reject) => failures.push(reject)));
    const first = nonces.take();
    nonces.give("an answer's");
    failures[0]?.(new Error("no nonce today"));
    expect(await first).toBe("an answer's");
    // Jest fails on a rejection that nobody handles.
    await new Promise(setImmediate);
  });
});
