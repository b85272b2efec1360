import * as fs from "node:fs";
import * as path from "node:path";
import { domainToASCII } from "node:url";
import { canonicalName, registeredDomain } from "../../../core/tenant/domain-name";
import { suitePackage } from "../../../local/process/debian/suite-package";
import { type Available, describeWith } from "../../../testing/left-out";

const ROOT = path.join(__dirname, "../../..");

/** A file of a Debian package, or why it cannot be had. */
function dataOf(packageName: string, ending: string): Available<{ readonly text: string }> {
  const found = suitePackage(ROOT, "trixie", packageName);
  if ("unavailable" in found) return found;
  const file = fs
    .readdirSync(found.folder, { recursive: true, encoding: "utf8" })
    .find((name) => path.basename(name) === ending);
  if (file === undefined) throw new Error(`${packageName} holds no ${ending}`);
  return { text: fs.readFileSync(path.join(found.folder, file), "utf8") };
}

/** Nothing to read where it cannot be had: the tests are left out then. */
const textOf = (data: Available<{ readonly text: string }>): string => ("text" in data ? data.text : "");

interface IdnaLine {
  readonly source: string;
  readonly ascii: string;
  /** Unicode's reasons against the name: P1 to P4, V1 to V7, B1 to B6, C1, C2, A3, A4, X4. */
  readonly errors: readonly string[];
}

/** https://www.unicode.org/reports/tr46/#Conformance_Testing: source; toUnicode; status; toAsciiN; status; … */
function idnaLines(text: string): IdnaLine[] {
  const plain = (field: string) =>
    field
      .replace(/\\u([0-9A-Fa-f]{4})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
      .replace(/\\x\{([0-9A-Fa-f]+)\}/g, (_, hex: string) => String.fromCodePoint(parseInt(hex, 16)));
  return text.split("\n").flatMap((raw) => {
    const fields = raw
      .replace(/#.*/, "")
      .split(";")
      .map((field) => field.trim());
    if (fields.length < 5) return [];
    const [source = "", unicode = "", unicodeStatus = "", ascii = "", asciiStatus = ""] = fields;
    const own = source === '""' ? "" : plain(source);
    const asUnicode = unicode === "" ? own : plain(unicode);
    const status = asciiStatus === "" ? unicodeStatus : asciiStatus;
    return [
      {
        source: own,
        ascii: ascii === "" ? asUnicode : plain(ascii),
        errors: status.match(/[A-Z]\d(?:_\d)?/g) ?? [],
      },
    ];
  });
}

/** Valid to Unicode, and still no name of a tenant: a file or a terminal would show it as another one, or DNS cannot hold it below a domain. */
const ON_PURPOSE = [/a space or an invisible character/, /a domain name has at most 253/, /empty label/];

const idna = dataOf("librust-idna-dev", "IdnaTestV2.txt");
describeWith(idna, "Unicode's own test of internationalised names (IdnaTestV2.txt)", () => {
  const lines = idnaLines(textOf(idna));
  // Below a registered name, so that a single label or a suffix is no reason of its own.
  const below = (name: string) => canonicalName(`${name}.example.org`);

  it("is there whole", () => expect(lines.length).toBeGreaterThan(6_000));

  const valid = lines.filter(({ errors }) => errors.length === 0);

  it("gives valid names the A-labels that Unicode gives them", () => {
    const differs = valid.flatMap(({ source, ascii }) => {
      const got = below(source);
      if ("name" in got && got.name === `${ascii}.example.org`) return [];
      return ON_PURPOSE.some((one) => one.test("problem" in got ? got.problem : "")) ? [] : [[source, ascii, got]];
    });
    expect(differs).toEqual([]);
    expect(valid.filter(({ source }) => "name" in below(source)).length).toBeGreaterThan(400);
  });

  it("refuses what Unicode refuses, but for the direction of scripts, which no CA looks at", () => {
    const accepted = lines.filter(({ source, errors }) => errors.length > 0 && "name" in below(source));
    // V6: characters that a newer Unicode than the file's has meanwhile mapped, or maps to nothing, so that what follows them (V5) may lead.
    const tolerated = (errors: readonly string[]) => (errors.includes("V6") ? /^(B\d|V5|V6)$/ : /^B\d$/);
    expect(accepted.filter(({ errors }) => !errors.every((error) => tolerated(errors).test(error)))).toEqual([]);
  });
});

const suffixes = dataOf("publicsuffix", "test_psl.txt");
describeWith(suffixes, "the Public Suffix List's own test (test_psl.txt)", () => {
  const cases = [...textOf(suffixes).matchAll(/^checkPublicSuffix\('([^']*)', (?:null|'([^']*)')\);/gm)];

  it("agrees on what was registered", () => {
    expect(cases.length).toBeGreaterThan(70);
    const differs = cases.flatMap(([, input = "", registered]) => {
      const checked = canonicalName(input);
      const got = "name" in checked ? registeredDomain(checked.name) : undefined;
      const wanted = registered === undefined ? undefined : domainToASCII(registered);
      return got === wanted ? [] : [`${input}: ${got}, not ${wanted}`];
    });
    expect(differs).toEqual([]);
  });
});
