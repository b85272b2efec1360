import { LambdaClient } from "@aws-sdk/client-lambda";
import { SECOND } from "../../core/base/clock";
import { CertfrontError } from "../../core/base/errors";
import { type PutBack, putBack } from "../../store/put-back";
import { Table } from "../../store/table";
import { AwsClient } from "../../wire/aws/client";
import { namedEndpoint } from "../../wire/aws/endpoint";
import { DYNAMODB } from "../../wire/aws/services";
import { clientSettings } from "../clients";
import { type Command, EXIT, type ExitCode, type Invocation, text } from "../command";
import { Backups } from "./backups";

export const restoreCommand: Command = {
  name: "restore",
  summary: "put the table back as it was at a time, or a table that is gone",
  description:
    "A damaged table: DynamoDB restores its backup beside it, and what tenants, certificates and fronts' items were at the " +
    "time is put back into the table itself; what came later and is in no backup stays. A table that is gone: it is " +
    "restored from its last backup under its own name, with recovery, TTL and protection. Fronts serve on meanwhile. " +
    "Asks before it writes.",
  options: {
    to: {
      value: "TIME",
      help: "2026-03-01T12:00:00Z, or latest; of a table that is gone only the last backup is left",
    },
    yes: { help: "do not ask" },
    json: { help: "one JSON document: {table, at, seconds, missing, changed, kept, expired}" },
  },
  examples: [
    "npx certfront restore --to 2026-03-01T12:00:00Z --stack prod",
    "npx certfront restore --to latest --table prod-0a1b2c --region eu-west-1",
  ],
  run: restore,
};

async function restore(invocation: Invocation): Promise<ExitCode> {
  const { target, clock, terminal, pause, options } = invocation;
  const to = timeOf(text(invocation, "to"));
  const name = target.table;
  if (!name)
    throw new CertfrontError("This command needs the table.", { code: "USAGE", advice: "Name it: --table NAME." });
  if (target.local)
    throw new CertfrontError("The local stack keeps no backups: its table is in memory.", {
      code: "NO_BACKUP",
      advice: "Name a stack on AWS: --stack NAME.",
    });
  const { region, credentials } = new LambdaClient(clientSettings(target, undefined)).config;
  const api = new AwsClient(DYNAMODB, {
    region,
    credentials,
    endpoint: namedEndpoint(DYNAMODB),
    timeoutMs: 30 * SECOND,
  });
  const backups = new Backups(api, name, pause);
  const sure = async (what: string) => options.yes === true || (await terminal.confirm(what)) === true;
  const begun = clock.now();

  const done = (await backups.tableExists())
    ? await repair(backups, new Table(api, name), name, to, invocation, sure)
    : await replace(backups, name, to, invocation, sure);
  if (done === undefined) {
    terminal.note("Nothing was restored. (Where nobody can answer, --yes is needed.)");
    return EXIT.bad;
  }
  const seconds = Math.round((clock.now() - begun) / SECOND);
  if (options.json)
    terminal.out(JSON.stringify({ table: name, ...done, at: new Date(done.at).toISOString(), seconds }));
  else {
    terminal.out(`${name} is as it was at ${new Date(done.at).toISOString()}, after ${seconds} s.`);
    if ("missing" in done)
      terminal.out(
        `${done.missing} items were missing, ${done.changed} had changed, ${done.kept} are as they were, ${done.expired} are over.`,
      );
    for (const line of nextSteps(done.beside)) terminal.out(line);
  }
  return EXIT.ok;
}

interface Done extends Partial<PutBack> {
  readonly at: number;
  /** A table that is not needed any more. */
  readonly beside?: string;
}

async function repair(
  backups: Backups,
  table: Table,
  name: string,
  to: number | "latest",
  { terminal, clock }: Invocation,
  sure: (what: string) => Promise<boolean> | boolean,
): Promise<Done | undefined> {
  const { earliest, latest } = await backups.window();
  const at = to === "latest" ? latest : to;
  if (at < earliest || at > latest) {
    throw new CertfrontError(
      `${new Date(at).toISOString()} cannot be had back: the table's recovery reaches from ${new Date(earliest).toISOString()} to ${new Date(latest).toISOString()}.`,
      { code: "USAGE", advice: "Name a time between the two, or `--to latest`." },
    );
  }
  const when = new Date(at).toISOString();
  if (!(await sure(`Put the tenants, certificates and fronts' items of ${when} back into ${name}?`))) return undefined;
  const beside = `${name}-at-${when.slice(0, 19).replace(/\D/g, "")}`;
  terminal.note(`DynamoDB restores ${beside}; minutes, or an hour with much data.`);
  await backups.restoreBeside(beside, at);
  const sum: PutBack = { missing: 0, changed: 0, kept: 0, expired: 0 };
  for await (const items of backups.items(beside)) {
    const { missing, changed, kept, expired } = await putBack(items, table, clock.now());
    sum.missing += missing;
    sum.changed += changed;
    sum.kept += kept;
    sum.expired += expired;
    terminal.note(`${sum.missing + sum.changed + sum.kept + sum.expired} items looked at.`);
  }
  return { at, ...sum, beside };
}

async function replace(
  backups: Backups,
  name: string,
  to: number | "latest",
  { terminal }: Invocation,
  sure: (what: string) => Promise<boolean> | boolean,
): Promise<Done | undefined> {
  const backup = await backups.lastBackup();
  if (!backup)
    throw new CertfrontError(`There is no table ${name} and no backup of it.`, {
      code: "NO_BACKUP",
      advice:
        "DynamoDB keeps the last backup of a deleted table for 35 days. Without it, `pulumi up --refresh` makes an empty one: every tenant is issued anew within the CA's limits, while fronts serve what they have.",
    });
  const when = new Date(backup.at).toISOString();
  if (to !== "latest" && to < backup.at)
    throw new CertfrontError(`The table ${name} is gone; its only backup left is of ${when}.`, {
      code: "USAGE",
      advice: "Restore that one first: --to latest.",
    });
  if (!(await sure(`Make ${name} anew from its backup of ${when}?`))) return undefined;
  terminal.note(`DynamoDB restores ${name} with its indexes; minutes, or hours with much data.`);
  await backups.restoreInPlace(backup);
  return { at: backup.at };
}

function nextSteps(beside: string | undefined): string[] {
  return [
    ...(beside === undefined ? [] : [`When all is well: aws dynamodb delete-table --table-name ${beside}`]),
    "Now: pulumi up --refresh   # tags, and whether anything is not as the program has it",
    "     npx certfront status",
  ];
}

function timeOf(given: string | undefined): number | "latest" {
  if (given === "latest") return given;
  const at = given !== undefined && /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(given) ? Date.parse(given) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw new CertfrontError("--to takes a time such as 2026-03-01T12:00:00Z, or latest.", {
    code: "USAGE",
    advice: "A time without Z is in this machine's time zone.",
  });
}
