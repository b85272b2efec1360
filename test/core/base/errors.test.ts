import { CertfrontError, ConfigError, wordsOf } from "../../../core/base/errors";

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
    ["its kind, where it is of several and has none", several(), "AggregateError"],
    ["its kind, where it has none", wordless(new TypeError("wrong")), "TypeError"],
    ["a text as it is", "no", "no"],
    ["nothing", undefined, "undefined"],
  ])("are %s", (_whose, error, words) => expect(wordsOf(error)).toBe(words));
});

describe("an error that is thrown on purpose", () => {
  it("says what happened, to whom, what to do and what it came from", () => {
    const cause = new Error("connect ECONNREFUSED");
    const details = { code: "TABLE_DOWN", tenant: "a.example", advice: "Run it again." };
    const error = new CertfrontError("The table does not answer.", { ...details, cause });
    expect(error).toMatchObject({ name: "CertfrontError", message: "The table does not answer.", ...details, cause });
    expect(error).toBeInstanceOf(Error);
  });

  it("has no cause where it came from nothing, not even in its print", () => {
    const error = new CertfrontError("No.", { code: "NO", cause: undefined });
    expect("cause" in error).toBe(false);
    expect(error).toMatchObject({ code: "NO", tenant: undefined, advice: undefined });
  });
});

describe("an error in the configuration", () => {
  const http = { path: "tenants[3].http", message: "is one of redirect, serve" };
  it("counts what is wrong and says of each where and what, and whose it is", () => {
    const problems = [http, { path: "tenants[0].domain", message: "is no domain name", tenant: "-a.example" }];
    const error = new ConfigError(problems);
    expect(error.message).toBe(`2 problems in the configuration:
  tenants[3].http: is one of redirect, serve
  tenants[0].domain: is no domain name (tenant -a.example)`);
    expect(error).toMatchObject({
      name: "ConfigError",
      code: "CONFIG_INVALID",
      advice: "Correct every line above and run again; nothing was changed.",
      problems,
    });
  });

  it("of one problem speaks of one", () => {
    expect(new ConfigError([http]).message).toBe(`1 problem in the configuration:
  tenants[3].http: is one of redirect, serve`);
  });
});
