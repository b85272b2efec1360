import { Schedule } from "../../front/agent/schedule";

/** What a front does again and again. Time is told here. */
describe("a job that repeats", () => {
  let failures: [string, unknown][];
  let schedule: Schedule;
  let done: number;
  beforeEach(() => {
    jest.useFakeTimers();
    failures = [];
    done = 0;
    schedule = new Schedule((job, error) => failures.push([job, error]));
  });
  afterEach(() => jest.useRealTimers());

  const count = async () => void done++;

  it("runs at once, and then each time its interval is over", async () => {
    schedule.every("count", 1_000, count);
    expect(done).toBe(1);
    await jest.advanceTimersByTimeAsync(999);
    expect(done).toBe(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(done).toBe(2);
    await jest.advanceTimersByTimeAsync(3_000);
    expect(done).toBe(5);
  });

  it("waits its interval after it ended, so that it never runs twice at once", async () => {
    let end = (): void => undefined;
    schedule.every("slow", 1_000, () => {
      done++;
      return new Promise((resolve) => (end = resolve));
    });
    await jest.advanceTimersByTimeAsync(10_000);
    expect(done).toBe(1);
    end();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(done).toBe(2);
  });

  it("runs again where it failed, which is told by its name", async () => {
    const error = new Error("no");
    schedule.every("fail", 1_000, () => Promise.reject(error));
    await jest.advanceTimersByTimeAsync(1_000);
    expect(failures).toEqual([
      ["fail", error],
      ["fail", error],
    ]);
  });

  it("does not run again once all is stopped, neither the waiting one nor the one that runs", async () => {
    let end = (): void => undefined;
    let isStopped = false;
    schedule.every("waiting", 1_000, count);
    schedule.every("running", 1_000, () => {
      done++;
      return new Promise((resolve) => (end = resolve));
    });
    await jest.advanceTimersByTimeAsync(0);
    const stopped = schedule.stop().then(() => (isStopped = true));
    await jest.advanceTimersByTimeAsync(5_000);
    expect([done, isStopped]).toEqual([2, false]);
    end();
    await stopped;
    await jest.advanceTimersByTimeAsync(5_000);
    expect([done, jest.getTimerCount()]).toEqual([2, 0]);
  });
});
