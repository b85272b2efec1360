import type { Exchange, Scenario, Step } from "./scenario";

/** What the client showed: the right numbers, other ones, or none; `unknown` while only the server looks. */
export type Shown = "right" | "wrong" | "nothing" | "unknown";

export type Verdict =
  | "pass"
  /** It came through, and something leaked on the way. */
  | "exposed"
  | "fail"
  /** Steps are missing still, or an answer is under way. */
  | "unfinished";

export interface Judgement {
  readonly verdict: Verdict;
  readonly steps: readonly { readonly text: string; readonly seen: boolean }[];
  readonly exposures: readonly string[];
  /** One sentence. */
  readonly why: string;
}

export const EXPOSURES = {
  plainPassword: "credentials on plain HTTP",
  otherHost: "credentials handed to another host",
  downgrade: "silent downgrade to plain HTTP",
};

export interface Evidence {
  readonly exchanges: readonly Exchange[];
  readonly shown: Shown;
  /** Whether the client is known to have ended: what is missing then is a failure, before it is unfinished. */
  readonly ended: boolean;
  /** It asks for data alone: no metadata is expected of it. */
  readonly single?: boolean | undefined;
}

/** Holds the server's record against the scenario, and what the client showed against both. */
export function judge(scenario: Scenario, { exchanges, shown, ended, single = false }: Evidence): Judgement {
  const expected = scenario.steps.filter(({ seen }) => !single || seen.asks !== "metadata");
  const steps = expected.map(({ text, seen }) => ({ text, seen: exchanges.some((one) => fits(one, seen)) }));
  const exposures = exposuresOf(scenario, exchanges);
  const found = (verdict: Verdict, why: string): Judgement => ({ verdict, steps, exposures, why });
  const open = exchanges.find(({ end }) => end === "open");
  if (open !== undefined && !ended) return found("unfinished", `${open.asked} is still being sent.`);
  const problem = problemOf(scenario, exchanges, steps, shown);
  if (problem !== undefined) return found(!ended && problem.waiting ? "unfinished" : "fail", problem.why);
  if (!ended && scenario.expects === "refuses" && exposures.length === 0)
    return found("unfinished", "Nothing has leaked so far.");
  if (exposures.length > 0) return found("exposed", `${exposures.join(", ")}.`);
  return found("pass", shown === "unknown" ? "The server has seen every step; compare the numbers." : "As expected.");
}

interface Problem {
  readonly why: string;
  /** Whether it may still come right. */
  readonly waiting: boolean;
}

function problemOf(
  scenario: Scenario,
  exchanges: readonly Exchange[],
  steps: Judgement["steps"],
  shown: Shown,
): Problem | undefined {
  const { expects, name } = scenario;
  // Only here is a request over TLS itself the fault: the client could not know whom it talked to.
  if (name === "untrusted" && exchanges.some(({ secure }) => secure))
    return { why: "It went on with a server that it could not trust.", waiting: false };
  const missing = steps.find(({ seen }) => !seen);
  if (missing !== undefined) return { why: `Not seen: ${missing.text}.`, waiting: true };
  if (shown === "unknown" || expects === "refuses") return undefined;
  if (expects === "notices")
    return shown === "nothing"
      ? undefined
      : { why: "It handed on numbers as if nothing were missing.", waiting: false };
  if (shown === "right") return undefined;
  return { why: shown === "wrong" ? "It showed wrong numbers." : "It showed no numbers.", waiting: false };
}

function fits(exchange: Exchange, seen: Step["seen"]): boolean {
  const { certificate, ...same } = seen;
  if (exchange.method !== "GET") return false;
  if (certificate && exchange.certificate === undefined) return false;
  return Object.entries(same).every(([key, value]) => exchange[key as keyof Exchange] === value);
}

function exposuresOf(scenario: Scenario, exchanges: readonly Exchange[]): string[] {
  const given = exchanges.filter(({ credentials }) => credentials !== "none");
  const found: [boolean, string][] = [
    [given.some(({ secure }) => !secure), EXPOSURES.plainPassword],
    [given.some(({ site }) => site !== scenario.passwordFor), EXPOSURES.otherHost],
    [scenario.entry === "https" && exchanges.some(({ secure }) => !secure), EXPOSURES.downgrade],
  ];
  return found.filter(([is]) => is).map(([, text]) => text);
}
