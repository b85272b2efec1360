import { isMachines, isUnreachable } from "../../front/agent/faults";
import { HaproxyUnreachableError } from "../../front/agent/haproxy-socket";

describe("whose fault it is that a change could not be applied", () => {
  it.each(["ENOSPC", "EDQUOT", "EIO", "EROFS", "EMFILE", "ENFILE"])("is the machine's: %s", (code) => {
    expect(isMachines(Object.assign(new Error("no"), { code }))).toBe(true);
  });

  it.each<[unknown]>([[new Error("no")], [{ code: "ENOENT" }], [{ code: "HAPROXY_REFUSED" }]])(
    "is not: %j",
    (error) => {
      expect(isMachines(error)).toBe(false);
    },
  );

  it("is HAProxy's where that does not answer", () => {
    expect(isUnreachable(new HaproxyUnreachableError("/run/x"))).toBe(true);
    for (const other of [undefined, null, "no", new Error("no"), { code: "ENOENT" }])
      expect(isUnreachable(other)).toBe(false);
  });
});
