import { nameOf } from "../account";
import type { AlarmState } from "./types";

/** Evaluates a composite alarm's rule for the present states of the alarms it names. */
export type AlarmRule = (stateOf: (alarmName: string) => AlarmState) => boolean;

const TOKEN =
  /\s*(?:(AND|OR|NOT|TRUE|FALSE)\b|(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"([^"]+)"|'([^']+)'|([^\s)]+))\s*\)|([()]))/y;

type Token =
  | { readonly kind: "word"; readonly word: string }
  | { readonly kind: "state"; readonly state: AlarmState; readonly alarm: string };

/**
 * CloudWatch's rule expressions: `ALARM("a") OR (OK("b") AND NOT INSUFFICIENT_DATA("c"))`, `TRUE`, `FALSE`. NOT binds tightest,
 * then AND, then OR. An alarm may be named by its name or its ARN.
 * @throws Error naming the place where the rule cannot be read
 */
export function parseAlarmRule(text: string): AlarmRule {
  const tokens = tokenize(text);
  let next = 0;
  const takes = (word: string): boolean => {
    const token = tokens[next];
    if (token?.kind !== "word" || token.word !== word) return false;
    next += 1;
    return true;
  };

  const either = (): AlarmRule => {
    let left = both();
    while (takes("OR")) left = or(left, both());
    return left;
  };
  const both = (): AlarmRule => {
    let left = single();
    while (takes("AND")) left = and(left, single());
    return left;
  };
  const single = (): AlarmRule => {
    if (takes("NOT")) {
      const inner = single();
      return (stateOf) => !inner(stateOf);
    }
    if (takes("TRUE")) return () => true;
    if (takes("FALSE")) return () => false;
    if (takes("(")) {
      const inner = either();
      if (!takes(")")) throw new Error(`Alarm rule lacks a closing bracket: ${text}`);
      return inner;
    }
    const token = tokens[next];
    if (token?.kind !== "state") throw new Error(`Alarm rule ends or breaks off at term ${next + 1}: ${text}`);
    next += 1;
    return (stateOf) => stateOf(token.alarm) === token.state;
  };

  const rule = either();
  if (next < tokens.length) throw new Error(`Alarm rule has something after its end, at term ${next + 1}: ${text}`);
  return rule;
}

const or =
  (a: AlarmRule, b: AlarmRule): AlarmRule =>
  (stateOf) =>
    a(stateOf) || b(stateOf);

const and =
  (a: AlarmRule, b: AlarmRule): AlarmRule =>
  (stateOf) =>
    a(stateOf) && b(stateOf);

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(TOKEN);
  const end = text.trimEnd().length;
  while (pattern.lastIndex < end) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match === null) throw new Error(`Alarm rule cannot be read from "${text.slice(at, at + 30)}" on.`);
    const [, word, state, doubleQuoted, singleQuoted, bare, bracket] = match;
    if (state === undefined) {
      tokens.push({ kind: "word", word: word ?? bracket ?? "" });
    } else {
      const named = doubleQuoted ?? singleQuoted ?? bare ?? "";
      tokens.push({ kind: "state", state: state as AlarmState, alarm: named.split(":alarm:").at(-1) ?? named });
    }
  }
  return tokens;
}

/** The alarms that a rule names, by name or ARN. */
export function namedIn(rule: string): string[] {
  return [...rule.matchAll(/\b(?:ALARM|OK|INSUFFICIENT_DATA)\("?([^")]+)"?\)/g)].map(([, name = ""]) => nameOf(name));
}
