import { OPENDAP_ADVICE } from "../cli/opendap/advice";
import { between } from "./between";

const START = "<!-- opendap: npm run docs -->";
const END = "<!-- end of opendap -->";

/** `page` with what `explain` says of OPeNDAP data as a table. @throws Error when the page has no place for it */
export function withOpendapAdvice(page: string): string {
  const rows = OPENDAP_ADVICE.map(({ setting, does }) => `| ${setting.replace(/^\w+: \w+$/, "`$&`")} | ${does} |`);
  return between(page, START, END, ["| setting | what it does to which client |", "|---|---|", ...rows].join("\n"));
}
