import { RunError } from "@pulumi/pulumi";
import { CertfrontError } from "../../core/base/errors";
import { explained } from "../../infra/config/explained";
import { choosePlacement } from "../../infra/fronts/placement";
import { oneOfEach } from "../../infra/network/network";

/** Pulumi formats an error's stack even where it shows only the message, and Node.js may never come back from that (nodejs/node#64011). */
describe("what a Pulumi program refuses has no stack", () => {
  it.each<[string, () => unknown]>([
    ["its configuration", () => explained(() => Promise.reject(new CertfrontError("no", { code: "CONFIG_INVALID" })))],
    ["instance types offered nowhere", () => choosePlacement(["m9g.medium"], { open: [], closed: [] }, [], 2)],
    [
      "two subnets of one zone",
      () =>
        oneOfEach([
          { id: "subnet-1", availabilityZone: "a" },
          { id: "subnet-2", availabilityZone: "a" },
        ]),
    ],
  ])("%s", async (_what, run) => {
    const error = await Promise.resolve()
      .then(run)
      .catch((thrown: unknown) => thrown);
    expect(RunError.isInstance(error)).toBe(true);
    expect((error as Error).stack).toBe("");
  });
});
