import { handshake, request } from "../support/front-client";
import { type FrontHarness, startFronts } from "../support/front-harness";
import { startTestUpstream } from "../support/test-upstream";

describe("a front", () => {
  let fronts: FrontHarness;
  beforeAll(async () => {
    fronts = await startFronts({ fronts: 1 });
    await fronts.up();
  });
  afterAll(() => fronts?.stop());

  it("serves a tenant that was stored after its start, and the welcome page where there is no upstream", async () => {
    const certificate = await fronts.add("one.example");
    const seen = await handshake(fronts.httpsPort, "one.example", { ca: fronts.ca.root });
    expect(seen.serial).toBe(certificate.summary.serial);
    console.log(fronts.fronts[0]?.agent?.output());
  });
});
