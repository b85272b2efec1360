import { isObject, type ProblemList, reportUnknownKeys } from "../../core/tenant/problems";

/** A resource has 50, the program's own among them. */
const MOST_TAGS = 45;
const OWN_TAG = "certfront";
const LONGEST_TAG = { key: 128, value: 256 };
const TAG = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u;
const SIGNS = "letters, digits, spaces and _.:/=+-@";

type Defaults = Readonly<Record<string, unknown>>;

/** Configuration values by type. What is wrong goes to the list of problems, and the default takes its place meanwhile. */
export class ConfigValues<D extends Defaults> {
  constructor(
    private readonly values: Readonly<Record<string, string>>,
    private readonly defaults: D,
    private readonly problems: ProblemList,
  ) {
    reportUnknownKeys(values, Object.keys(defaults), (key, message) => problems.add(key, message));
  }

  text(key: keyof D & string): string {
    return (this.values[key] ?? String(this.defaults[key])).trim();
  }

  /** undefined where the value is empty; `parse` reports what it refuses. */
  optionalText(key: keyof D & string, parse: (value: string) => string | undefined): string | undefined {
    const value = this.text(key);
    return value === "" ? undefined : parse(value);
  }

  /** Empty is allowed. */
  matching(key: keyof D & string, pattern: RegExp, what: string): string {
    const value = this.text(key);
    if (value !== "" && !pattern.test(value)) this.problems.add(key, `is "${value}"; must be ${what}, or empty`);
    return value;
  }

  integer(key: keyof D & string, least: number, most: number): number {
    const text = this.text(key);
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    this.problems.add(key, `is "${text}"; must be a whole number from ${least} to ${most}`);
    return Number(this.defaults[key]);
  }

  oneOf(key: keyof D & string, allowed: readonly number[]): number {
    const value = Number(this.text(key));
    if (allowed.includes(value)) return value;
    this.problems.add(key, `is "${this.text(key)}"; must be one of ${allowed.join(", ")}`);
    return Number(this.defaults[key]);
  }

  flag(key: keyof D & string): boolean {
    const text = this.text(key);
    if (text !== "true" && text !== "false") this.problems.add(key, `is "${text}"; must be true or false`);
    return text === "true";
  }

  /** Decoded JSON, as Pulumi keeps lists and objects. */
  json(key: keyof D & string): unknown {
    const text = this.values[key];
    if (text === undefined || text.trim() === "") return this.defaults[key];
    try {
      return JSON.parse(text);
    } catch {
      this.problems.add(key, "is not a list or object; set it in the stack's file or with `pulumi config set --path`");
      return this.defaults[key];
    }
  }

  list(key: keyof D & string): readonly unknown[] {
    const value = this.json(key);
    if (Array.isArray(value)) return value;
    this.problems.add(key, "must be a list");
    return [];
  }

  /** Tags as AWS takes them on everything ("Tag naming limits and requirements"): a mistake would show when half of it is made. */
  tags(key: keyof D & string): Readonly<Record<string, string>> {
    const value = this.json(key);
    if (!isObject(value)) {
      this.problems.add(key, "must be an object of texts: {team: web}");
      return {};
    }
    if (Object.keys(value).length > MOST_TAGS) this.problems.add(key, `are more than ${MOST_TAGS}`);
    for (const [name, tag] of Object.entries(value)) {
      const report = (message: string) => this.problems.add(`${key}.${name.slice(0, LONGEST_TAG.key)}`, message);
      if (/^aws:/i.test(name)) report("begins with aws:, which AWS keeps for itself");
      else if (name === OWN_TAG) report("is the program's own tag; choose another key");
      else if (name.length > LONGEST_TAG.key || !TAG.test(name))
        report(`must be a key of ${SIGNS}, at most ${LONGEST_TAG.key}`);
      if (typeof tag !== "string") report(`is ${JSON.stringify(tag)}; must be text, in quotes`);
      else if (tag.length > LONGEST_TAG.value || !TAG.test(tag || " "))
        report(`must have a value of ${SIGNS}, at most ${LONGEST_TAG.value}`);
    }
    return value as Readonly<Record<string, string>>;
  }
}
