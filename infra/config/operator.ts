import type { Operator } from "../../core/handover/message";
import { isObject, type ProblemList, reportUnknownKeys } from "../../core/tenant/problems";

/** Printable, on one line: it stands on pages and in mails. */
const NAME = /^[^\p{C}\p{Zl}\p{Zp}]{1,80}$/u;
const SUPPORT = /^(?:[^\s@<>"']+@[^\s@<>"']+\.[^\s@<>"']+|https:\/\/[^\s<>"']+)$/;
const LONGEST_SUPPORT = 200;

/** Reads `operator: {name, support}`; undefined where neither is set. */
export function readOperator(raw: unknown, problems: ProblemList): Operator | undefined {
  if (!isObject(raw)) return problems.add("operator", "must be an object: {name, support}");
  reportUnknownKeys(raw, ["name", "support"], (key, message) => problems.add(`operator.${key}`, message));
  const { name = "", support = "" } = raw;
  const isName = (value: unknown): value is string => typeof value === "string" && (value === "" || NAME.test(value));
  const isSupport = (value: unknown): value is string =>
    typeof value === "string" && (value === "" || (SUPPORT.test(value) && value.length <= LONGEST_SUPPORT));
  if (!isName(name)) problems.add("operator.name", "must be a line of at most 80 characters");
  if (!isSupport(support))
    problems.add("operator.support", "must be an e-mail address or an https address, such as help@example.com");
  if (!isName(name) || !isSupport(support)) return undefined;
  return name === "" && support === "" ? undefined : { name, support };
}
