import { knownFaults, listedFaults } from "../../proof/graph/faults-page";

describe("docs/planted-faults.md", () => {
  it("lists the faults that proof/graph/faults.py plants, each with the step that finds it (`npm run faults`)", () => {
    expect(knownFaults().length).toBeGreaterThanOrEqual(40);
    expect(listedFaults().map(({ fault }) => fault)).toEqual(knownFaults());
  });
});
