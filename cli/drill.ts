import { MINUTE, SECOND } from "../core/base/clock";
import { CertfrontError } from "../core/base/errors";
import { duration } from "../core/status/words";
import { Alarms, type CompositeState } from "./alarms";
import { type Command, EXIT, type ExitCode, type Invocation, text } from "./command";
import { chooseAlarm, type DrillPlan, planDrill, ringsAlready } from "./drill-plan";

/** CloudWatch takes up to two minutes to show a value and evaluates once a minute. */
const RING_WITHIN = 10 * MINUTE;
/** Beyond the alarm's own window: the next round, and for hourly alarms the monitor's next good value. */
const QUIET_SLACK = 10 * MINUTE;
const SAY_EVERY = MINUTE;
const HEARD_WITHIN = 2 * MINUTE;

export const drillCommand: Command = {
  name: "drill",
  summary: "prove that the alarms ring: makes one ring, waits for it, and for it to be OK again",
  description:
    "Puts values beyond an alarm's threshold into the alarm's own metric, so that CloudWatch, the topic and everybody " +
    "subscribed to it are used as in earnest, and waits until the alarm rings and is OK again. Without --alarm it takes the " +
    "alarm that is over soonest. People will be notified: tell them first. The graph keeps the bump. Exit code 0 when it " +
    "rang and was OK again, 1 when it did not.",
  options: {
    alarm: {
      value: "NAME",
      help: "the alarm to ring, such as renewal-overdue (rings for an hour, until the monitor looks again)",
    },
    yes: { help: "do not ask" },
    json: { help: "the outcome as JSON" },
  },
  examples: ["npx certfront drill", "npx certfront drill --alarm expiry-emergency --yes"],
  run: drill,
};

async function drill(invocation: Invocation): Promise<ExitCode> {
  const { target, terminal, clock } = invocation;
  const stack = target.outputs?.stack ?? text(invocation, "stack");
  if (!stack)
    throw new CertfrontError("A drill needs the stack's name.", { code: "USAGE", advice: "Name it: --stack NAME." });
  const alarms = new Alarms(target);
  const { metric, composite } = await alarms.list(stack);
  const plan = planDrill(chooseAlarm(metric, stack, text(invocation, "alarm")), clock.now());
  const pager = pages(plan, composite);
  if (pager?.state === "ALARM") throw ringsAlready(pager.name);
  const ringing = [plan.alarm.name, ...(pager ? [pager.name] : [])];
  const topics = [...plan.alarm.actions, ...(pager?.actions ?? [])];

  terminal.note(
    `${plan.alarm.name} will ring for ${duration(plan.ringsForMs) ?? "less than a minute"} or a little longer.`,
  );
  terminal.note(topics.length > 0 ? `It notifies ${topics.join(", ")}.` : "It notifies nobody: no topic is set.");
  if (!invocation.options.yes && !(await terminal.confirm("Ring it?"))) {
    terminal.note("Nothing was rung. (Where nobody can answer, --yes is needed.)");
    return EXIT.bad;
  }

  const began = clock.now();
  await alarms.put(plan);
  const rang = await reach(invocation, alarms, ringing, "ALARM", RING_WITHIN);
  const actions = rang && topics.length > 0 ? await heard(invocation, alarms, ringing.at(-1) ?? "", began) : [];
  for (const summary of actions) terminal.note(summary);
  const notified = actions.filter((summary) => summary.startsWith("Successfully"));
  const quiet = rang && (await reach(invocation, alarms, ringing, "OK", plan.ringsForMs + QUIET_SLACK));

  const outcome = {
    alarm: plan.alarm.name,
    rang,
    quiet,
    notified,
    seconds: Math.round((clock.now() - began) / SECOND),
  };
  if (invocation.options.json) terminal.out(JSON.stringify(outcome));
  else terminal.out(sentence(outcome, topics.length));
  const unheard = topics.length > 0 && notified.length === 0;
  return rang && quiet && !unheard ? EXIT.ok : EXIT.bad;
}

/** The composite alarm through which this one calls people, where it does not by itself. */
function pages(plan: DrillPlan, composite: readonly CompositeState[]): CompositeState | undefined {
  if (plan.alarm.actions.length > 0) return undefined;
  return composite.find(({ rule }) => rule.includes(`ALARM("${plan.alarm.name}")`));
}

/** Waits until every named alarm is in the state; false when that takes longer than `withinMs`. */
async function reach(
  { terminal, clock, pause }: Invocation,
  alarms: Alarms,
  names: readonly string[],
  state: "ALARM" | "OK",
  withinMs: number,
): Promise<boolean> {
  const began = clock.now();
  let said = began;
  for (;;) {
    const states = await alarms.states(names);
    const now = clock.now();
    if (names.every((name) => states.get(name) === state)) {
      terminal.note(`${names.join(" and ")}: ${state} after ${Math.round((now - began) / SECOND)} s`);
      return true;
    }
    if (now - began > withinMs) return false;
    if (now - said >= SAY_EVERY) {
      terminal.note(
        `still waiting for ${state}: ${names.map((name) => `${name} is ${states.get(name) ?? "gone"}`).join(", ")}`,
      );
      said = now;
    }
    await pause(Math.min(15 * SECOND, withinMs / 20));
  }
}

/** What the history says was done since `began`, once it says something; it follows a change of state by seconds. */
async function heard({ clock, pause }: Invocation, alarms: Alarms, name: string, began: number): Promise<string[]> {
  for (const since = clock.now(); ; await pause(5 * SECOND)) {
    const actions = await alarms.actionsSince(name, began);
    if (actions.length > 0 || clock.now() - since > HEARD_WITHIN) return actions;
  }
}

interface Outcome {
  readonly alarm: string;
  readonly rang: boolean;
  readonly quiet: boolean;
  readonly notified: readonly string[];
  readonly seconds: number;
}

function sentence({ alarm, rang, quiet, notified, seconds }: Outcome, topics: number): string {
  if (!rang)
    return `${alarm} did NOT ring. Nobody would hear of a certificate that expires: look at the alarm's metric and state.`;
  if (!quiet) return `${alarm} rang, but is not OK again yet. Watch it in the CloudWatch console.`;
  const heard = notified.length > 0 ? ", its topic was notified" : topics > 0 ? ", but its topic was NOT notified" : "";
  return `${alarm} rang${heard}, and is OK again, after ${seconds} s.`;
}
