import type { Client } from "../client/client";
import type { Exchange, Scenario } from "../scenario/scenario";
import { SCENARIOS } from "../scenario/scenarios";
import { type Judgement, judge } from "../scenario/verdict";
import { type Bases, entryUrl } from "../server/places";
import type { Run } from "../server/run";
import { type Equipment, howTo } from "./how-to";
import type { ClientView, RowView, State } from "./views";

export function viewOf(client: Client, run: Run, bases: Bases, equipment: Equipment): ClientView {
  const offered = SCENARIOS.filter(({ needsLogin }) => !needsLogin || bases.login !== undefined);
  return {
    name: client.name,
    engine: client.engine,
    limits: client.limits ?? "",
    rows: offered.map((scenario) => rowOf(scenario, client, run, bases, equipment)),
  };
}

function rowOf(scenario: Scenario, client: Client, run: Run, bases: Bases, equipment: Equipment): RowView {
  const exchanges = run.attempts.get(scenario.name)?.exchanges ?? [];
  const judgement = judge(scenario, { exchanges, shown: "unknown", ended: false, single: client.single });
  const last = exchanges.at(-1);
  return {
    ...judgement,
    scenario: scenario.name,
    title: scenario.title,
    about: scenario.about,
    url: entryUrl(bases, scenario.entry, run.id, scenario.name),
    howTo: howTo(client, scenario, run.id, bases, equipment),
    state: stateOf(judgement, exchanges),
    ...(last && { last: inWords(last) }),
  };
}

function stateOf({ verdict }: Judgement, exchanges: readonly Exchange[]): State {
  if (verdict === "exposed") return "exposed";
  if (verdict === "fail") return "failed";
  if (exchanges.length === 0) return "not begun";
  if (verdict === "pass") return "passed";
  return exchanges.some(({ end }) => end === "open") ? "under way" : "waiting";
}

function inWords({ method, asked, status, end, secure, credentials, session, certificate, agent }: Exchange): string {
  const came = [
    secure ? "over HTTPS" : "over HTTP",
    ...(credentials === "none" ? [] : [`with ${credentials === "right" ? "the" : "another"} password`]),
    ...(session ? ["with the session cookie"] : []),
    ...(certificate ? [`as ${certificate}`] : []),
  ];
  return `${method} ${asked} ${came.join(", ")}: ${status}${end === "sent" ? "" : `, ${end}`}${agent && ` (${agent})`}`;
}
