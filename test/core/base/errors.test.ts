import { wordsOf } from "../../../core/base/errors";

describe("what went wrong, in its own words", () => {
  const refused = (address: string) => new Error(`connect ECONNREFUSED ${address}`);
  /** Node.js makes its own without a message. */
  const wordless = <T extends Error>(error: T): T => Object.assign(error, { message: "" });
  const several = (...errors: Error[]) => wordless(new AggregateError(errors, "several"));
  it.each<[string, unknown, string]>([
    ["an error's", refused("192.0.2.1:443"), "connect ECONNREFUSED 192.0.2.1:443"],
    [
      "those of each address of a host with several",
      several(refused("192.0.2.1:443"), refused("2001:db8::1:443")),
      "connect ECONNREFUSED 192.0.2.1:443; connect ECONNREFUSED 2001:db8::1:443",
    ],
    ["one, where all say the same", several(new Error("reset"), new Error("reset")), "reset"],
    ["its kind, where it has none", wordless(new TypeError("wrong")), "TypeError"],
    ["a text as it is", "no", "no"],
    ["nothing", undefined, "undefined"],
  ])("are %s", (_whose, error, words) => expect(wordsOf(error)).toBe(words));
});
