import { clientNamed } from "../client/clients";
import { SCENARIOS } from "../scenario/scenarios";
import type { Cell } from "./drive";
import type { Matrix, Row } from "./matrix";
import { cellText } from "./text-table";

/** What was seen, in the two ways that lead to the lab. */
export interface Seen {
  readonly direct: Matrix;
  /** Absent: not run. */
  readonly front?: Matrix | undefined;
  /** What is to be known of this run: ports, the machine. */
  readonly circumstances: readonly string[];
}

const SEVEN = ["https", "basic", "redirect", "cookie", "x509", "authn", "authn-x509"];

/** The five columns of the page's second table, by the test that shows each. */
const CAPABILITIES = [
  ["HTTPS", "https"],
  ["HTTPS Basic Auth", "basic"],
  ["Follow redirects", "redirect"],
  ["Remember cookies", "cookie"],
  ["Send client X509", "x509"],
] as const;

/** The page's libraries, and what there is of each today. */
const LIBRARIES: readonly (readonly [string, readonly string[] | string])[] = [
  ["pydap", ["pydap", "pydap 3.5.5"]],
  ["libnetcdf-4.1", ["ncdump", "netCDF4 (PyPI)"]],
  ["Java NetCDF", ["netCDF-Java 4.2.20"]],
  ["OPeNDAP C API", ["getdap"]],
  ["OPeNDAP Java API", ["OPeNDAP Java 2.2.2"]],
  ["OCAPI", "lives on in libnetcdf, as its oc2: see there"],
  ["libnc-dap", "merged into libnetcdf: see there"],
];

/** docs/clients.md, whole. */
export function clientsDocument(seen: Seen): string {
  const { direct } = seen;
  return `${[
    "# Which scientific clients get through",
    ...warnings(direct.rows),
    "Before you give a tenant that serves OPeNDAP data HTTPS, a login or client certificates: will its users' programs still work? Every cell below was filled by running the client (`npm run lab:matrix -- --all --front --write` fills them anew); it needs both what the server saw and the numbers that the client printed.",
    "**pass**: all that the test asks for. **exposed**: it came through, and something leaked: how, is said. **fail**: it did not come through, or showed wrong numbers.",
    seen.circumstances.map((line) => `- ${line}`).join("\n"),
    "## The seven tests",
    table(
      ["client", ...titles(SEVEN)],
      direct.rows.map((row) => [row.client, ...texts(row, SEVEN)]),
    ),
    "## The five capabilities",
    "Of the libraries of the page that the tests come from (IS-ENES, *OpendapSecurity*).",
    table(["library", "seen in", ...CAPABILITIES.map(([title]) => title)], capabilities(direct.rows)),
    "## What the field needs today",
    table(
      ["client", ...titles(others())],
      direct.rows.map((row) => [row.client, ...texts(row, others())]),
    ),
    SCENARIOS.map(({ title, about }) => `- *${title}*: ${about}`).join("\n"),
    "## Through a front",
    throughFront(seen),
    "## Why it failed",
    "What leaked where it came through *exposed* is in the tables above.",
    table(["client", "test", "why", "exit code"], direct.rows.flatMap(reasons)),
    "## Versions, and how each was configured",
    "To repeat a cell: `npm run lab:matrix -- --client NAME --test TEST`, with `--front` through a front. `URL`, `HOME`, `CA` and `CERTIFICATE` stand for what the lab gives.",
    ...direct.rows.map(configured),
    ...(direct.absent.length > 0
      ? ["## Not run here", direct.absent.map(({ client, why }) => `- ${client}: ${why}`).join("\n")]
      : []),
  ].join("\n\n")}\n`;
}

/** What nobody should have to read far for. */
function warnings(rows: readonly Row[]): string[] {
  const downgraded = rows.filter(({ cells }) => cells.untrusted?.verdict === "exposed");
  const corrupted = rows.filter(({ cells }) => cells["cut-body"]?.verdict === "fail");
  const handedOn = rows.filter(({ cells }) => cells["login-host"]?.verdict === "exposed");
  return [
    "**pydap from 3.5.6 on fetches over plain HTTP whenever HTTPS fails (`get_request` in its net.py), password and token included, without a word.** A tenant that serves nothing over plain HTTP protects its users from that; nothing else does.",
    ...(downgraded.length > 0
      ? [
          `**${named(downgraded, rows)} came through over plain HTTP when HTTPS failed, without a word, and gave the password away.**`,
        ]
      : []),
    ...(corrupted.length > 0
      ? [
          `**A response that is cut short becomes wrong numbers, with exit code 0, in ${named(corrupted, rows)}**: never end a connection before its body.`,
        ]
      : []),
    ...(handedOn.length > 0
      ? [
          `**After a login on another host, that host's password is sent to the data host as well, over HTTPS, by ${named(handedOn, rows)}**: libcurl looks it up in the .netrc for the login host and still has it when it comes back (\`curl -v\` shows it).`,
        ]
      : []),
  ];
}

/** By their library, where all that was run of it is meant. */
function named(meant: readonly Row[], all: readonly Row[]): string {
  const engines = [...new Set(meant.map(({ engine }) => engine))];
  const names = engines.flatMap((engine) => {
    const own = meant.filter((row) => row.engine === engine);
    const whole = own.length > 1 && own.length === all.filter((row) => row.engine === engine).length;
    return whole ? [`every client on ${engine}`] : own.map(({ client, version }) => `${client} (${version})`);
  });
  return names.join(", ");
}

function throughFront({ direct, front }: Seen): string {
  if (front === undefined) return "Not run.";
  const both = direct.rows.flatMap((row) => {
    const other = front.rows.find(({ client }) => client === row.client);
    return SCENARIOS.filter(({ name }) => row.cells[name] && other?.cells[name]).map(({ name, title }) => [
      row.client,
      title,
      cellText(row.cells[name]),
      cellText(other?.cells[name]),
    ]);
  });
  const differences = both.filter(([, , here, there]) => here !== there);
  const clients = new Set(both.map(([client]) => client));
  const same = `${both.length} cells of ${clients.size} clients were filled both ways, ${both.length - differences.length} of them the same.`;
  return differences.length === 0 ? same : `${same}\n\n${table(["client", "test", "directly", "front"], differences)}`;
}

function others(): string[] {
  return SCENARIOS.map(({ name }) => name).filter((name) => !SEVEN.includes(name));
}

function titles(names: readonly string[]): string[] {
  return names.map((name) => SCENARIOS.find((scenario) => scenario.name === name)?.title ?? name);
}

function texts(row: Row, names: readonly string[]): string[] {
  return names.map((name) => cellText(row.cells[name]));
}

function capabilities(rows: readonly Row[]): string[][] {
  return LIBRARIES.flatMap(([library, clients]) => {
    if (typeof clients === "string") return [[library, clients, ...CAPABILITIES.map(() => "")]];
    return clients.map((name) => {
      const row = rows.find(({ client }) => client === name);
      const version = row ? `${name}, ${row.version}` : `${name}: not run here`;
      return [library, version, ...CAPABILITIES.map(([, test]) => capability(row?.cells[test]))];
    });
  });
}

function capability(cell: Cell | undefined): string {
  if (cell === undefined) return "not run";
  return cell.verdict === "fail" ? "no" : cell.verdict === "exposed" ? `yes, ${cellText(cell)}` : "yes";
}

function reasons({ client, cells }: Row): string[][] {
  return SCENARIOS.flatMap(({ name }) => {
    const cell = cells[name];
    if (cell?.verdict !== "fail") return [];
    return [[client, name, cell.why, String(cell.exitCode ?? "did not end")]];
  });
}

function configured({ client, engine, version }: Row): string {
  const known = clientNamed(client);
  const all = known?.recipe({
    url: "URL",
    home: "HOME",
    ca: "CA",
    account: { user: "USER", password: "PASSWORD", host: "HOST" },
    certificate: { file: "CERTIFICATE", key: "KEY" },
  });
  if (known === undefined || all === undefined) return "";
  const files = Object.entries(all.files).filter(([, text]) => text !== "");
  const lines = [
    ...files.map(([name, text]) => `# HOME/${name}\n${text.trimEnd()}`),
    ...Object.entries(all.environment).map(([name, value]) => `export ${name}=${value}`),
    ...(all.systemCa ? ["# the CA must be among the machine's own: no setting names another"] : []),
    all.command.replaceAll(process.cwd(), "."),
  ];
  const about = [`${engine}, ${version}.`, known.limits].filter(Boolean).join(" ");
  return `### ${client}\n\n${about}\n\n\`\`\`sh\n${lines.join("\n")}\n\`\`\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---|").join("")}`, ...rows.map(line)].join("\n");
}
