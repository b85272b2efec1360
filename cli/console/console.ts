import { randomBytes } from "node:crypto";
import { CertfrontError } from "../../core/base/errors";
import { startConsole } from "../../local/console/server";
import type { ConsoleSources } from "../../local/console/sources";
import { atUsualPort, USUAL_PORT } from "../../local/console/usual-port";
import { DnsResolver } from "../../wire/dns/resolver";
import { invokeIssuer, openStore } from "../clients";
import { type Command, EXIT, type ExitCode, type Invocation, text } from "../command";
import { readerOf } from "../reader";
import type { Target } from "../target";
import { CloudWatch } from "./cloudwatch";

/** ms between two looks at whether it is to end. */
const EVERY = 250;

export const consoleCommand: Command = {
  name: "console",
  summary: "the stack's page: is anything wrong, which tenants, since when, and what to do",
  description:
    "Serves the page that `npm start` has, of a stack on AWS, on this machine and to this machine only, until Ctrl-C. It reads with " +
    "the stack's console role where you may assume it, else with your own rights, and changes nothing; with --act the page has buttons " +
    "that look at a tenant again and renew its certificate, in your name. For the local stack it says where its page is.",
  options: {
    act: { help: "let the page have tenants looked at and renewed, with your right to invoke the issuer" },
    port: { value: "N", help: `port on 127.0.0.1 (default: ${USUAL_PORT}, or the next free one)` },
  },
  examples: ["npx certfront console --stack prod", "npx certfront console --stack prod --region eu-west-1 --act"],
  run: serve,
};

async function serve(invocation: Invocation): Promise<ExitCode> {
  const { target, terminal, pause } = invocation;
  const port = portOf(invocation);
  if (target.local) {
    terminal.out(target.local.console);
    return EXIT.ok;
  }
  const key = invocation.options.act === true ? randomBytes(16).toString("base64url") : undefined;
  const sources = await sourcesOf(invocation, key !== undefined);
  const page = await (port === undefined
    ? atUsualPort((one) => startConsole(sources, { port: one, key }))
    : startConsole(sources, { port, key }));
  let ended = false;
  const end = () => {
    ended = true;
  };
  process.once("SIGINT", end).once("SIGTERM", end);
  try {
    terminal.note(sources.about);
    terminal.note("Ctrl-C ends it.");
    // Behind the hash: no server and no log of one ever sees it.
    terminal.out(key === undefined ? page.url : `${page.url}#key=${key}`);
    while (!ended) await pause(EVERY);
  } finally {
    process.off("SIGINT", end).off("SIGTERM", end);
    await page.stop();
  }
  return EXIT.ok;
}

async function sourcesOf({ target, clock }: Invocation, acts: boolean): Promise<ConsoleSources> {
  const { outputs } = target;
  if (!outputs?.dashboard)
    throw new CertfrontError(
      "The console needs to know more of the stack than the names of its table and its issuer.",
      {
        code: "USAGE",
        advice:
          "Name the stack: --stack NAME. One that was deployed before it kept its outputs in a parameter needs `pulumi up` first.",
      },
    );
  const { stack, region, dashboard, operator } = outputs;
  const { credentials, as } = readerOf(target);
  const watched = new CloudWatch({ stack, region, dashboard, credentials });
  return {
    stack,
    about: aboutOf(target, await as(), acts),
    clock,
    store: openStore(target, credentials),
    dns: new DnsResolver(),
    operator,
    alarms: () => watched.alarms(),
    dashboardBody: () => watched.dashboardBody(),
    series: (queries, rangeMs) => watched.series(queries, rangeMs),
    finestSeconds: watched.finestSeconds,
    ...(acts && {
      renew: async (domain: string) => {
        await invokeIssuer(target, { operation: "renew", domain });
      },
    }),
  };
}

function aboutOf({ outputs }: Target, role: string | undefined, acts: boolean): string {
  const { stack = "", region = "" } = outputs ?? {};
  const reader = role === undefined ? "with your own rights" : `as ${role.slice(role.lastIndexOf("/") + 1)}`;
  const reads = `Stack ${stack} on AWS in ${region}, read ${reader}`;
  return acts ? `${reads}; what is renewed is renewed in your name.` : `${reads}; nothing on this page changes it.`;
}

function portOf(invocation: Invocation): number | undefined {
  const typed = text(invocation, "port");
  if (typed === undefined) return undefined;
  const port = Number(typed);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  throw new CertfrontError("--port takes a number from 0 (any free one) to 65535.", { code: "USAGE" });
}
