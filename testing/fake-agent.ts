import type { FrontItem } from "../core/record/record";
import type { Opener } from "../core/seal/opener";
import { FrontLog } from "../front/agent/front-log";
import { run } from "../front/agent/run";
import type { FrontSettings } from "../front/settings";
import { FakeFront } from "./fake-front";
import { MemoryStore } from "./memory-store";

/** The whole agent of a fake front: its jobs run when told, its table is in memory, and its log can be read. */
export class FakeAgent {
  readonly lines: Record<string, unknown>[] = [];
  readonly store: MemoryStore;
  readonly opener: Opener;
  /** Job → ms between two runs. */
  readonly intervals = new Map<string, number>();
  /** Names of what was stopped or told farewell, in order. */
  readonly ended: string[] = [];
  private readonly work = new Map<string, () => Promise<void>>();
  private agent: Awaited<ReturnType<typeof run>> | undefined;

  private constructor(readonly front: FakeFront) {
    this.store = new MemoryStore(front.clock);
    this.opener = front.kms.opener();
  }

  static async start(changes: Partial<FrontSettings> = {}): Promise<FakeAgent> {
    const started = new FakeAgent(await FakeFront.start(changes));
    await started.run();
    return started;
  }

  /** Again: as after a restart of the agent alone. */
  async run(): Promise<void> {
    await this.end();
    const { store, front, opener } = this;
    this.agent = await run(front.settings, {
      front: "front-0",
      log: new FrontLog({ logGroup: "", front: "front-0", region: "" }, (line) => this.lines.push(JSON.parse(line))),
      store,
      transient: store,
      keys: opener,
      clock: front.clock,
      schedule: {
        every: (job, interval, work) => {
          this.intervals.set(job, interval);
          this.work.set(job, work);
        },
        stop: async () => void this.ended.push("schedule"),
      },
    });
  }

  /** Runs each of these jobs once, in this order. */
  async jobs(...names: string[]): Promise<void> {
    for (const name of names) {
      const work = this.work.get(name);
      if (!work) throw new Error(`The agent has no job ${name}.`);
      await work();
    }
  }

  async put(item: FrontItem): Promise<number> {
    this.front.clock.advance(1);
    const revision = this.front.clock.now();
    await this.store.putFrontItem({ ...item, revision });
    return revision;
  }

  told(message: string): Record<string, unknown>[] {
    return this.lines.filter((line) => line.message === message);
  }

  async beats() {
    return this.store.heartbeats(this.front.clock.now(), 60_000);
  }

  async end(): Promise<void> {
    await this.agent?.stop();
    this.agent = undefined;
  }

  async stop(): Promise<void> {
    await this.end();
    await this.front.stop();
  }
}
