import { networkInterfaces } from "node:os";
import { reachOf } from "../../front/agent/reach";

describe("where a front may take requests", () => {
  const ports = { httpPort: 80, httpsPort: 443, healthPort: 8404 };
  const ITSELF = "is the front itself, not a server behind it";
  const own = () => ["10.0.0.5", "2001:db8::5"];

  it.each([
    ["10.0.0.6", 80, undefined],
    ["10.0.0.5", 80, ITSELF],
    ["10.0.0.5", 9_000, ITSELF],
    ["2001:db8::5", 9_000, ITSELF],
  ])("is not one of its own addresses: %s, port %i", (address, port, problem) => {
    expect(reachOf({ bind: "0.0.0.0", ...ports }, own)(address, port)).toBe(problem);
  });

  it("is no loopback address of an instance, nor where the metadata are", () => {
    const reach = reachOf({ bind: "0.0.0.0", ...ports }, own);
    for (const address of ["127.0.0.1", "::1", "169.254.169.254"])
      expect(reach(address, 9_000)).toEqual(expect.any(String));
  });

  it.each(["127.0.0.1", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::FFFF:127.0.0.1"])(
    "is every port but its own of the machine that it shares, bound to %s",
    (bind) => {
      const reach = reachOf({ bind, ...ports }, own);
      expect([80, 443, 8404, 9_000].map((port) => reach("127.0.0.1", port))).toEqual([
        ITSELF,
        ITSELF,
        ITSELF,
        undefined,
      ]);
      expect(reach("10.0.0.5", 80)).toBeUndefined();
    },
  );

  it.each(["10.127.0.1", "2001:db8::1", "::ffff:10.0.0.1"])(
    "is not taken for shared where it is bound to %s",
    (bind) => {
      expect(reachOf({ bind, ...ports }, own)("127.0.0.1", 9_000)).toEqual(expect.any(String));
    },
  );

  it("knows this machine's addresses by itself", () => {
    const addresses = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
    const reach = reachOf({ bind: "0.0.0.0", ...ports });
    for (const address of addresses) expect(reach(address, 9_000)).toEqual(expect.any(String));
  });
});
