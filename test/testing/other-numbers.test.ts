import { otherNumbersOf } from "../../tools/numbers";

/** What `npm run mutate -- --numbers` puts in the place of a file's numbers. */
const othersOf = (text: string) =>
  otherNumbersOf("a.ts", text).map((change) => text.slice(0, change.from) + change.text + text.slice(change.to));

describe("other numbers", () => {
  it.each([
    ["a constant", "const MOST = 20;", "const MOST = ((20) * 10);", "const MOST = ((20) / 10);"],
    [
      "what is calculated",
      "const AGE = 5 * MINUTE;",
      "const AGE = ((5 * MINUTE) * 10);",
      "const AGE = ((5 * MINUTE) / 10);",
    ],
    ["a property", "f({ of: 3 });", "f({ of: ((3) * 10) });", "f({ of: ((3) / 10) });"],
    ["a default", "function f(most = 9) {}", "function f(most = ((9) * 10)) {}", "function f(most = ((9) / 10)) {}"],
    ["one that is a constant", "const ONE = 1;", "const ONE = ((1) * 10);", "const ONE = ((1) / 10);"],
  ])("ten times and a tenth of %s", (_what, text, more, less) => {
    expect(othersOf(text)).toEqual([more, less]);
  });

  it.each([
    ["a place in a list", "const first = list[0];"],
    ["where counting begins", "let failures = 0;"],
    ["one step more", "const next = turn(1);"],
    ["a text", 'const OID = "2.5.29.17";'],
    ["what is another constant's", "const PERIOD = MINUTE;"],
    ["what is asked for", "const most = read(5);"],
  ])("none of %s", (_what, text) => {
    expect(othersOf(text)).toEqual([]);
  });

  it("are at their place, lines and columns from 1", () => {
    expect(otherNumbersOf("a.ts", "\nconst MOST = 20;")[0]).toMatchObject({
      file: "a.ts",
      location: { start: { line: 2, column: 14 }, end: { line: 2, column: 16 } },
    });
  });
});
