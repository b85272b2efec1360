/** Characters that IDNA2008 allows in some places only, and where (RFC 5892, appendix A.3 to A.9). `before` and `after` are empty at the ends. */
const RULES: readonly {
  readonly character: RegExp;
  readonly fits: (before: string, after: string, label: string) => boolean;
}[] = [
  // Catalan col·legi.
  { character: /\u00b7/u, fits: (before, after) => before === "l" && after === "l" },
  { character: /\u0375/u, fits: (_, after) => /\p{Script=Greek}/u.test(after) },
  // Hebrew geresh and gershayim.
  { character: /[\u05f3\u05f4]/u, fits: (before) => /\p{Script=Hebrew}/u.test(before) },
  {
    character: /\u30fb/u,
    fits: (_, __, label) => /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u.test(label),
  },
  { character: /[\u0660-\u0669]/u, fits: (_, __, label) => !/[\u06f0-\u06f9]/u.test(label) },
];

const DOTS = /[.\u3002\uff0e\uff61]/u;

/** The first character of a name in Unicode that stands where its script never has it. Joiners (A.1, A.2) are UTS #46's to check. */
export function misplacedCharacter(name: string): string | undefined {
  for (const label of name.toLowerCase().split(DOTS)) {
    const characters = [...label];
    const misplaced = characters.find((character, at) => {
      const rule = RULES.find((one) => one.character.test(character));
      return rule !== undefined && !rule.fits(characters[at - 1] ?? "", characters[at + 1] ?? "", label);
    });
    if (misplaced !== undefined) return misplaced;
  }
  return undefined;
}
