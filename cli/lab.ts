import { CertfrontError } from "../core/base/errors";
import { wrap } from "../core/base/wrap";
import { CLIENTS } from "../lab/client/clients";
import { type LabService, startLabService } from "../lab/live/service";
import type { ClientView, RowView } from "../lab/live/views";
import type { Bases } from "../lab/server/places";
import { type Command, EXIT, type ExitCode, type Invocation, text } from "./command";
import { type Colour, plain, type Terminal } from "./terminal";

export const labCommand: Command = {
  name: "lab",
  withoutStack: true,
  summary: "find out which OPeNDAP clients get through HTTPS, logins and certificates",
  description:
    "Runs the client capability lab as a server, to be the upstream of a tenant (http: serve, and clientCertificates for the " +
    "X509 tests; the login host is a second tenant with the same upstream). Says which URL to give to which client and how to " +
    "configure it, and shows live which steps the server has seen, here and on a page. It believes the headers that a front " +
    "sets: let nobody else reach its port. Ctrl-C ends it. The account it asks for protects nothing.",
  options: {
    url: { value: "URL", help: "where clients find the tenant that the lab is behind: https://data.example" },
    login: { value: "URL", help: "the same of the tenant for the login host; without it two tests are left out" },
    client: { value: "NAME", help: "whose URLs are printed (default: ncdump); the page has all clients" },
    bind: { value: "ADDRESS", help: "address to listen on (default: 127.0.0.1)" },
    port: { value: "PORT", help: "port to listen on (default: 8080)" },
    page: { value: "PORT", help: "port of the page, on 127.0.0.1 (default: any free one)" },
  },
  examples: [
    "npx certfront lab --url https://data.example --login https://login.example",
    "npx certfront lab --url https://data.example --client pydap",
  ],
  run: lab,
};

/** ms between two looks at what the server has seen. */
const EVERY = 500;

async function lab(invocation: Invocation): Promise<ExitCode> {
  const { terminal, clock, pause } = invocation;
  const { bases, client, address, port, pagePort } = settingsOf(invocation);
  const service = await startLabService({ clock, address, port, pagePort });
  const ended = new AbortController();
  const end = () => ended.abort();
  process.once("SIGINT", end).once("SIGTERM", end);
  try {
    service.open(bases, {
      home: "$HOME/certfront-lab",
      certificate: { file: "/path/of/certificate.pem", key: "/path/of/key.pem" },
    });
    introduce(service, client, address, terminal);
    const told = new Map<string, string>();
    while (!ended.signal.aborted) {
      for (const row of viewOf(service, client).rows) tell(row, told, terminal);
      await pause(EVERY);
    }
    return EXIT.ok;
  } finally {
    process.off("SIGINT", end).off("SIGTERM", end);
    await service.stop();
  }
}

function introduce(service: LabService, client: string, address: string, terminal: Terminal): void {
  terminal.note(`The lab listens on ${address}:${service.port}; its page is ${service.page}`);
  const { limits, rows } = viewOf(service, client);
  if (limits !== "") for (const line of wrap(`${client}: ${limits}`, terminal.width)) terminal.note(line);
  for (const { scenario, url } of rows) terminal.out(`${scenario.padEnd(16)} ${url}`);
}

const COLOURS: Partial<Record<RowView["state"], Colour>> = { passed: "green", exposed: "yellow", failed: "red" };

/** A line for each row that is not as it was. */
function tell(row: RowView, told: Map<string, string>, terminal: Terminal): void {
  const seen = row.steps.filter((step) => step.seen).length;
  const line = `${row.scenario.padEnd(16)} ${row.state}, ${seen} of ${row.steps.length} steps seen. ${plain(row.why)}`;
  if (row.state === "not begun" || told.get(row.scenario) === line) return;
  told.set(row.scenario, line);
  terminal.out(terminal.paint(COLOURS[row.state] ?? "dim", line));
}

function viewOf(service: LabService, client: string): ClientView {
  const view = service.view(client);
  if (view === undefined) throw new CertfrontError(`The lab knows no client ${client}.`, { code: "USAGE" });
  return view;
}

/** All that is wrong with the options is said at once. */
function settingsOf(invocation: Invocation) {
  const problems: string[] = [];
  const origin = (option: string, required: boolean) => {
    const given = text(invocation, option);
    if (given === undefined && !required) return undefined;
    const url = given !== undefined && URL.canParse(given) ? new URL(given) : undefined;
    if (url?.protocol === "https:") return { http: `http://${url.hostname}`, https: url.origin };
    problems.push(`--${option} takes the URL of a tenant, such as https://data.example`);
    return undefined;
  };
  const port = (option: string, otherwise: number) => {
    const value = Number(text(invocation, option) ?? otherwise);
    if (!Number.isInteger(value) || value < 0 || value > 65_535)
      problems.push(`--${option} takes a port, 0 to 65535; 0 is any free one`);
    return value;
  };
  const client = text(invocation, "client") ?? "ncdump";
  if (!CLIENTS.some(({ name }) => name === client))
    problems.push(`--client is one of ${CLIENTS.map(({ name }) => name).join(", ")}`);
  const data = origin("url", true);
  const login = origin("login", false);
  const settings = {
    client,
    address: text(invocation, "bind") ?? "127.0.0.1",
    port: port("port", 8_080),
    pagePort: port("page", 0),
  };
  if (problems.length > 0 || data === undefined)
    throw new CertfrontError(`${problems.join(".\n")}.`, { code: "USAGE", advice: "See npx certfront lab --help." });
  const bases: Bases = { data, ...(login && { login }) };
  return { ...settings, bases };
}
