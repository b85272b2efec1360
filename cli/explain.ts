import { randomBytes } from "node:crypto";
import { CertfrontError } from "../core/base/errors";
import { wrap } from "../core/base/wrap";
import { customerMessage, turnFor } from "../core/handover/message";
import { proofOf } from "../core/preflight/ownership";
import { type Turn, turnOf } from "../core/record/turn";
import { relativeTime, utcMinute } from "../core/status/words";
import { namesOf } from "../core/tenant/tenant";
import { DnsResolver } from "../wire/dns/resolver";
import { PlainHttpProbe } from "../wire/http-probe";
import { tlsHandshake } from "../wire/tls";
import { openStore } from "./clients";
import { type Command, EXIT, type ExitCode, type Invocation } from "./command";
import { type ExplainParts, explainName, type Step } from "./explain-steps";
import { type Found, lookForTenant, type NotFound } from "./find-tenant";
import { handoverOf } from "./handover";
import { opendapLines, opendapOf } from "./opendap/explain-opendap";
import { domainOf } from "./renew";
import { adviceLine } from "./status-print";
import { factLines } from "./table";
import type { Target } from "./target";
import { type Colour, plain, type Terminal } from "./terminal";

export const explainCommand: Command = {
  name: "explain",
  argument: "<domain>",
  summary: "find out live, from here, why a tenant has no (new) certificate",
  description:
    "Goes the way a CA and a visitor would go, for each name of the tenant: DNS, CAA records, port 80, and the certificate " +
    "served at every address of the load balancer; then what the issuer has on record. A domain that is no tenant yet is " +
    "looked at too: the answer says what to set in DNS. Changes nothing and costs no order. Exit code 0 when nothing stands " +
    "in the way, 1 when something does. With --for-customer the answer is a mail for the domain's owner, to be sent as it is. " +
    "Where OPeNDAP data is served it says what the tenant's settings do to that data's users; name a dataset's URL where the " +
    "server is not at a usual place (/opendap, /thredds/dodsC, /erddap/griddap, /dods or the root).",
  options: {
    "for-customer": { help: "a message for the domain's owner: which records to set, where, and why" },
    json: { help: "steps, whose turn it is, and the records to set, as JSON (docs/contracts.md)" },
  },
  examples: ["npx certfront explain data.paris.example", "npx certfront explain data.paris.example --for-customer"],
  run: explain,
};

async function explain(invocation: Invocation): Promise<ExitCode> {
  const { target, terminal, clock } = invocation;
  const domain = domainOf(invocation);
  const store = openStore(target);
  const found = await lookForTenant(store, domain);
  const record = "record" in found ? found.record : undefined;
  const parts = partsOf(target);
  const names = record ? namesOf(record.tenant) : [domain];
  const token = `explain-${randomBytes(12).toString("base64url")}`;
  const proof = record && proofOf(record, target.outputs?.stack ?? "");
  const steps = (
    await Promise.all(names.map((name) => explainName(name, record?.certificate, parts, token, proof)))
  ).flat();
  const opendap = record && (await opendapOf(record.tenant, steps, parts, invocation.argument));

  const handover = await handoverOf(
    record?.tenant.domain ?? domain,
    record,
    steps,
    parts.resolver,
    target.outputs?.operator,
    clock.now(),
  );
  const turn = turnFor(handover);

  if (invocation.options["for-customer"]) {
    for (const line of customerMessage(handover, clock.now()).split("\n")) terminal.out(plain(line));
  } else if (invocation.options.json) {
    const { domain, records } = handover;
    const answer = { domain, tenant: record !== undefined, turn, steps, records, ...(opendap && { opendap }) };
    terminal.out(JSON.stringify(answer, null, 2));
  } else {
    for (const step of steps) printStep(terminal, step);
    terminal.out("");
    for (const line of conclusion(domain, found, steps, turn, clock.now(), terminal.width)) terminal.out(line);
    for (const line of opendap ? opendapLines(opendap, terminal.width) : []) terminal.out(line);
  }
  const well = record !== undefined && record.reason === undefined && steps.every(({ result }) => result !== "bad");
  return well ? EXIT.ok : EXIT.bad;
}

function partsOf({ outputs, local }: Target): ExplainParts {
  if (!outputs)
    throw new CertfrontError("explain needs the stack's addresses, which --table and --issuer do not tell.", {
      code: "USAGE",
      advice: "Name the Pulumi stack instead: --stack NAME.",
    });
  return {
    resolver: local ? new DnsResolver([local.dns]) : new DnsResolver(),
    probe: new PlainHttpProbe(local ? portOf(local.loadBalancer.http) : 80),
    handshake: tlsHandshake,
    loadBalancer: { addresses: outputs.addresses, cnameTarget: outputs.cnameTarget },
    cas: outputs.cas,
    thumbprint: outputs.accountThumbprint,
    httpsPort: local ? portOf(local.loadBalancer.https) : 443,
  };
}

function portOf(hostAndPort: string): number {
  return Number(hostAndPort.slice(hostAndPort.lastIndexOf(":") + 1));
}

const MARKS: Record<Step["result"], { word: string; colour: Colour }> = {
  good: { word: "ok", colour: "green" },
  bad: { word: "NO", colour: "red" },
  unknown: { word: "??", colour: "yellow" },
};

/** As wide as what stands before a sentence. */
const MARGIN = " ".repeat(13);

function printStep(terminal: Terminal, { check, result, sentence, dns }: Step): void {
  const { word, colour } = MARKS[result];
  const lines = wrap(plain(sentence), terminal.width - MARGIN.length);
  for (const [at, line] of lines.entries())
    terminal.out(`${at === 0 ? `${terminal.paint(colour, word)}  ${check.padEnd(7)}  ` : MARGIN}${line}`);
  for (const advice of dns ?? []) terminal.out(`${MARGIN}${terminal.paint("bold", adviceLine(advice))}`);
}

/** Who has to do something about it, where something is in the way. */
const WHOSE: Readonly<Record<Turn, string>> = {
  owner: "it is the domain owner's turn",
  us: "it is ours to mend, not the domain owner's",
  nobody: "it passes by itself",
};

/** The one thing to know, and what the issuer has on record. */
function conclusion(
  domain: string,
  found: Found | NotFound,
  steps: readonly Step[],
  turn: Turn,
  now: number,
  width: number,
): string[] {
  const bad = steps.filter(({ result }) => result === "bad");
  const whose = bad.some(({ code }) => code !== undefined) ? `, and ${WHOSE[turn]}` : "";
  const verdict =
    bad.length === 0
      ? `Nothing stands in the way of a certificate for ${domain}, as seen from here.`
      : `${bad.length === 1 ? "One thing stands" : `${bad.length} things stand`} in the way${whose}.`;
  const lines = [verdict];
  if (turn === "owner") lines.push(`For its owner: npx certfront explain ${domain} --for-customer`);
  if (!("record" in found)) return [...lines, strangerLine(domain, found)];
  const { record, alias } = found;
  const when = (at: number) => `${utcMinute(at)} (${relativeTime(at, now)})`;
  if (bad.length === 0 && record.reason && turnOf(record.reason.code) === "owner")
    lines.push(
      ...wrap(
        `The issuer has not seen that yet: \`npx certfront renew ${domain} --wait\` does not wait for its next look.`,
        width,
      ),
    );
  const facts: [string, string | string[]][] = [];
  if (alias) facts.push(["alias of", record.tenant.domain]);
  facts.push(["state", `${record.state} since ${when(record.since)}`]);
  if (record.reason) {
    const said = steps.some(({ sentence }) => sentence.endsWith(record.reason?.sentence ?? ""));
    facts.push([
      "reason",
      said ? `${record.reason.code}, as above` : [record.reason.code, plain(record.reason.sentence)],
    ]);
  }
  if (record.reason?.problemType) facts.push(["the CA said", plain(record.reason.problemType)]);
  if (record.certificate) facts.push(["certificate", `ends ${when(record.certificate.notAfter)}`]);
  if (record.order) facts.push(["order", `under way at ${record.order.ca} since ${when(record.order.startedAt)}`]);
  if (record.failures > 0) facts.push(["failures", `${record.failures} in a row`]);
  if (record.nextActionAt !== undefined) facts.push(["next look", when(record.nextActionAt)]);
  return [...lines, "On record:", ...factLines(facts, width)];
}

function strangerLine(domain: string, { meant }: NotFound): string {
  return meant
    ? `${domain} is no tenant of this stack. Did you mean ${meant}?`
    : `${domain} is no tenant of this stack: add it to the configuration.`;
}
