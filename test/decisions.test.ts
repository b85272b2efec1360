import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";

const FOLDER = path.join(__dirname, "..", "docs", "decisions");
const LONGEST_PARAGRAPH = 600;

describe.each(readdirSync(FOLDER))("docs/decisions/%s", (file) => {
  const page = readFileSync(path.join(FOLDER, file), "utf8");

  it("is named in docs/decisions.md", () => {
    expect(readFileSync(path.join(FOLDER, "..", "decisions.md"), "utf8")).toContain(`(decisions/${file})`);
  });

  it("dates every entry, newest first", () => {
    const headings = [...page.matchAll(/^## (.*)$/gm)].map(([, heading = ""]) => heading);
    expect(headings.length).toBeGreaterThan(0);
    const dates = headings.map((heading) => heading.slice(0, 10));
    for (const date of dates) expect(date).toMatch(/^20\d\d-\d\d-\d\d$/);
    expect(dates).toEqual([...dates].sort().reverse());
  });

  it(`has no paragraph of more than ${LONGEST_PARAGRAPH} characters`, () => {
    const paragraphs = page
      .replace(/^#.*$/gm, "")
      .split(/\n{2,}/)
      .filter((text) => !/^(\||```)/.test(text.trim()));
    expect(paragraphs.filter((text) => text.length > LONGEST_PARAGRAPH)).toEqual([]);
  });
});
