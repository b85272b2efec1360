import { slug } from "../../../core/base/slug";
import { wrap } from "../../../core/base/wrap";

describe("text in lines", () => {
  it.each<[string, string, number, string[]]>([
    ["as it is where it fits", "one two", 7, ["one two"]],
    ["broken before the word that does not fit", "one two three", 7, ["one two", "three"]],
    ["broken where one character is too much", "one two", 6, ["one", "two"]],
    ["as full as they may be", "a b c d e", 3, ["a b", "c d", "e"]],
    [
      "with a word that is too long on a line of its own",
      "see https://a.example/long now",
      5,
      ["see", "https://a.example/long", "now"],
    ],
    ["with the line breaks of its own", "one\n\ntwo three", 9, ["one", "", "two three"]],
    ["of which each is filled by itself", "a b c\nd", 3, ["a b", "c", "d"]],
    ["one that is empty, of nothing", "", 10, [""]],
  ])("is %s", (_how, text, width, lines) => expect(wrap(text, width)).toEqual(lines));
});

describe("a name as a part of names on AWS", () => {
  it.each([
    ["prod", "prod"],
    ["Data.Paris.Example", "data-paris-example"],
    ["a -- b", "a-b"],
    ["--a b--", "a-b"],
    ["Été 2026!", "t-2026"],
    ["..", ""],
  ])("%s is %s", (name, part) => expect(slug(name)).toBe(part));
});
