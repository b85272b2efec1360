import { MINUTE, SECOND } from "../../../core/base/clock";
import { BATCH_SLOTS, BatchSlot, claimSlots, releaseSlot, SLOT_RENEWAL } from "../../../core/issue/batch-slots";
import { ManualClock } from "../../../testing/manual-clock";
import { MemoryStore } from "../../../testing/memory-store";

let clock: ManualClock;
let store: MemoryStore;
beforeEach(() => {
  clock = new ManualClock();
  store = new MemoryStore(clock);
});

const claim = async (wanted: number) => (await claimSlots(wanted, { store, clock })).map(({ slot }) => slot);
async function claimOne() {
  const [slot] = await claimSlots(1, { store, clock });
  if (!slot) throw new Error("a slot is free");
  return slot;
}

describe("the slots of batches", () => {
  it("are as many as wanted, or as there are, each a batch's own", async () => {
    expect(await claim(2)).toEqual([0, 1]);
    expect(await claim(9)).toEqual([2, 3, 4]);
    expect(await claim(1)).toEqual([]);
    const holders = (await store.batchLeases()).map(({ holder }) => holder);
    expect(new Set(holders).size).toBe(BATCH_SLOTS);
  });

  it("are taken once where two come at a time", async () => {
    const [first, second] = await Promise.all([claim(3), claim(3)]);
    expect([...(first ?? []), ...(second ?? [])].sort()).toEqual([0, 1, 2]);
  });

  it("are free again where the batch does not begin within two minutes", async () => {
    await claim(BATCH_SLOTS);
    clock.advance(2 * MINUTE - 1);
    expect(await claim(1)).toEqual([]);
    clock.advance(1);
    expect(await claim(1)).toEqual([0]);
  });

  it("are given back by whoever has one, and by nobody else", async () => {
    await claim(BATCH_SLOTS - 1);
    const slot = await claimOne();
    await releaseSlot({ ...slot, holder: "another" }, { store, clock });
    expect(await claim(1)).toEqual([]);
    await releaseSlot(slot, { store, clock });
    expect(await claim(1)).toEqual([slot.slot]);
  });
});

describe("a batch that runs", () => {
  it("holds its slot for 90 seconds after it last said that it is alive", async () => {
    await claim(BATCH_SLOTS - 1);
    const running = await BatchSlot.accept(await claimOne(), { store, clock });
    const until = async () => ((await store.batchLeases()).at(-1)?.until ?? 0) - clock.now();
    expect(await until()).toBe(90 * SECOND);
    clock.advance(MINUTE);
    await running?.renew();
    expect(await until()).toBe(90 * SECOND);
    await running?.release();
    expect(await until()).toBe(-clock.now());
  });

  it("loses its slot when it has missed three times to say so, and not before", async () => {
    await claim(BATCH_SLOTS - 1);
    const { slot, holder } = await claimOne();
    await BatchSlot.accept({ slot, holder }, { store, clock });
    clock.advance(3 * SLOT_RENEWAL - 1);
    expect((await store.batchLeases()).at(-1)?.until).toBe(clock.now() + 1);
    clock.advance(1);
    expect(await claim(BATCH_SLOTS)).toContain(slot);
  });

  it("does not begin twice, nor with a slot that is another's by now", async () => {
    const slot = await claimOne();
    clock.advance(3 * MINUTE);
    const next = await claimOne();
    expect(next.slot).toBe(slot.slot);
    expect(await BatchSlot.accept(slot, { store, clock })).toBeUndefined();
    expect(await BatchSlot.accept(next, { store, clock })).toBeInstanceOf(BatchSlot);
    expect(await BatchSlot.accept(next, { store, clock })).toBeUndefined();
  });

  it("takes nothing back that went to another", async () => {
    const late = await BatchSlot.accept(await claimOne(), { store, clock });
    clock.advance(2 * MINUTE);
    const next = await claimOne();
    const leases = await store.batchLeases();
    await late?.renew();
    await late?.release();
    expect(await store.batchLeases()).toEqual(leases);
    expect(leases[0]).toMatchObject(next);
  });
});
