import { closest } from "../../../core/base/closest";

const COMMANDS = ["status", "explain", "doctor", "renew", "revoke", "restore"];

describe("the word that was meant", () => {
  it.each<[string, string, string]>([
    ["with a letter too few", "statu", "status"],
    ["with a letter too many", "statuss", "status"],
    ["with another letter", "stetus", "status"],
    ["with another first letter", "xtatus", "status"],
    ["with two letters that changed places", "sattus", "status"],
    ["with two letters too few", "explan", "explain"],
    ["with two letters too many", "erxplaino", "explain"],
    ["in capitals", "DOCTOR", "doctor"],
    ["as it is", "renew", "renew"],
    ["as it is, beside one that is like it", "revoke", "revoke"],
  ])("is found %s: %s", (_how, word, meant) => expect(closest(word, COMMANDS)).toBe(meant));

  it.each([
    ["three letters too few", "sta"],
    ["three other letters", "axxtus"],
    ["three letters too many", "statusabc"],
    ["two letters that changed places and a third that is another", "sattux"],
    ["two letters too many before it and another one in it", "xxstaxus"],
    ["nothing of it", "x"],
    ["no letter at all", ""],
  ])("is not guessed at from %s", (_what, word) => expect(closest(word, COMMANDS)).toBeUndefined());

  it("is the nearest, and of two that are as near the first", () => {
    expect(closest("paris.exampl", ["paris.examp", "paris.example", "pariss.example"])).toBe("paris.examp");
    expect(closest("paris.example", ["pari.exampl", "parix.example", "parisx.example"])).toBe("parix.example");
    expect(closest("ab", ["AB", "ab"])).toBe("AB");
  });

  it("is as near to what is known in capitals, and is given as that is written", () => {
    expect(closest("keytype", ["http", "keyType"])).toBe("keyType");
  });

  it("is nothing where nothing is known", () => expect(closest("a", [])).toBeUndefined());
});
