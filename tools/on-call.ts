import { alarmDefinitions } from "../infra/alarms/definitions";
import { SEVERITIES } from "../infra/alarms/texts";
import { between } from "./between";

/** A stack `prod` of the project `certfront` in eu-west-1; what only AWS can tell comes from the stack's outputs. */
const CONTEXT = {
  stack: "certfront-prod",
  pulumiStack: "prod",
  called: "prod",
  runbookUrl: "operations.md",
  frontGroup: "$(pulumi stack output frontGroup)",
  minFronts: 2,
  functions: { issuer: "$(pulumi stack output issuer)", monitor: "$(pulumi stack output monitor)" },
  deadLetterQueue: "certfront-prod-dead-letters",
  loadBalancer: "",
  targetGroup: "",
  logGroups: {
    issuer: "/certfront/certfront-prod/issuer",
    monitor: "/certfront/certfront-prod/expiry-monitor",
    fronts: "/certfront/certfront-prod/fronts",
  },
};

/** Puts every alarm into docs/on-call.md as its own description has it, those that page first. @throws Error when the page has no markers */
export function withAlarms(page: string): string {
  return between(page, "<!-- alarms: npm run docs -->", "<!-- end of alarms -->", alarmChapters());
}

function alarmChapters(): string {
  const alarms = alarmDefinitions(CONTEXT).filter(({ key }) => key !== "page");
  const chapter = ({ key, alarmDescription }: (typeof alarms)[number]) =>
    `### ${key}\n\n${alarmDescription
      .replaceAll("REGION", "eu-west-1")
      .replace(/\n\nRunbook: (\S+)$/, "\n\nStep by step: [$1]($1)")}`;
  const of = (severity: string) => alarms.filter(({ key }) => SEVERITIES[key as keyof typeof SEVERITIES] === severity);
  return ["## They page", ...of("page").map(chapter), "## They warn", ...of("warn").map(chapter)].join("\n\n");
}
