import { type Captures, netcdfCaptures, readCaptures } from "../../testing/captures";

const found = netcdfCaptures();
const problem = "unavailable" in found ? found.unavailable : undefined;
const captures: Captures = "unavailable" in found ? { data: "", expected: "" } : found;

describe("what netcdf's authors captured of real servers", () => {
  it("is read and written again byte for byte, but for what those servers had wrong", () => {
    if (problem !== undefined) return void console.warn(`left out: ${problem}`);
    const all = readCaptures(captures);
    expect(all).toHaveLength(91);
    const different = all.filter(({ difference }) => difference !== undefined);
    expect(Object.fromEntries(different.map(({ name, difference }) => [name, difference]))).toEqual({
      Drifters: "padding that is not zero",
      EOSDB: "padding that is not zero",
      "in_2.nc": '"\\n" after the data',
      ingrid: '"\\n" after the data',
      "kwcase.nc": '"\\n" after the data',
      synth10: '"\\n" after the data',
      synth9: "no Data: line",
    });
  });
});
