import { surroundings } from "../../front/agent/run";
import { frontSettings } from "../../testing/front-settings";
import { ManualClock } from "../../testing/manual-clock";

describe("what an agent works with on an instance", () => {
  const written: string[] = [];
  const write = process.stdout.write;
  beforeEach(() => {
    written.splice(0);
    process.stdout.write = ((line: string) => written.push(line) > 0) as typeof write;
  });
  afterEach(() => {
    process.stdout.write = write;
  });

  it("is its name, and a log of jobs that failed, which is printed line by line", async () => {
    const clock = new ManualClock();
    const around = await surroundings(frontSettings("/front", { front: "front-7", region: "eu-west-1" }), clock);
    const { schedule } = around;
    schedule.every("sweep", 1_000, () => Promise.reject(new Error("no")));
    await schedule.stop();
    expect([around.front, around.clock, around.keys.calls]).toEqual(["front-7", clock, 0]);
    expect(written).toEqual([
      `${JSON.stringify({ level: "WARN", message: "sweep failed", error: "Error: no", front: "front-7" })}\n`,
    ]);
  });
});
