import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { ConfigError, wordsOf } from "../../core/base/errors";
import { circleProblem } from "../../core/tenant/config";
import { canonicalName } from "../../core/tenant/domain-name";
import { parseUpstream } from "../../core/tenant/fields";
import { isObject, ProblemList, reportUnknownKeys } from "../../core/tenant/problems";
import { namesOf } from "../../core/tenant/tenant";
import { onThisMachine } from "../../core/tenant/upstream";
import { isArm } from "../account/instance-types";
import type { AlarmTarget } from "../alarms/target";
import type { CertificateAuthorityArgs } from "../data/account-key";
import type { FrontSize } from "../fronts/size";
import type { ExistingNetwork } from "../network/network";
import type { TenantFrontArgs } from "./args";
import { parseCas } from "./cas";
import { readOperator } from "./operator";
import { type TenantList, tenantListOf } from "./tenant-list";
import { ConfigValues } from "./values";

/** Where the program's configuration comes from; Pulumi's own in `pulumi up`. */
export interface ConfigSource {
  /** Values by key without the project's namespace, as Pulumi keeps them: text, or JSON. */
  readonly values: Readonly<Record<string, string>>;
  /** Keys whose values the stack's file holds encrypted. */
  readonly secretKeys: readonly string[];
  /** Reads a file named in the configuration. */
  readonly readFile: (file: string) => string;
}

/** Every key of Pulumi.yaml's schema, with its default. A test holds the two together. */
export const CONFIG_DEFAULTS = {
  name: "",
  tenants: [],
  tenantsFile: "",
  allowRemovals: 0,
  allowTakeovers: [],
  cnameTarget: "",
  cnameZoneId: "",
  defaultUpstream: "",
  cas: ["letsencrypt"],
  eab: {},
  profile: "",
  contact: "",
  accountKey: 1,
  operator: {},
  minFronts: 2,
  maxFronts: 4,
  instanceType: "",
  ami: "",
  customAmi: "",
  sessionManager: false,
  vpcId: "",
  subnetIds: [],
  alarmEmail: "",
  pageEmail: "",
  alarmTopicArn: "",
  pageTopicArn: "",
  runbookUrl: "",
  logRetentionDays: 30,
  protect: true,
  tags: {},
} as const;

class Values extends ConfigValues<typeof CONFIG_DEFAULTS> {}

/** What CloudWatch Logs accepts. */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
/** An NLB takes one Elastic IP per subnet; an account has five. */
const MOST_SUBNETS = 5;
const AMI = /^ami-[0-9a-f]{8,17}$/;
/** An alarm's description holds 1,024 characters. */
const RUNBOOK = /^https:\/\/[^\s#<>"'`]{1,112}$/;
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** The whole configuration: what makes the TenantFront, and its name where it is not the stack's. */
export interface Settings extends Omit<TenantFrontArgs, "tenants" | "cas"> {
  readonly name?: string;
  readonly tenants: TenantList;
  readonly cas: readonly CertificateAuthorityArgs[];
}

/**
 * Reads and checks the whole configuration.
 * @throws ConfigError with every problem, each at its path
 */
export function readConfig(source: ConfigSource): Settings {
  const problems = new ProblemList();
  const values = new Values(source.values, CONFIG_DEFAULTS, problems);
  if (source.values.eab !== undefined && source.values.eab !== "{}" && !source.secretKeys.includes("eab")) {
    problems.add(
      "eab",
      "lies in plain text in the stack's file; set it with `pulumi config set --secret --path eab.…`",
    );
  }
  const cas = parseCas(values.json("cas"), values.json("eab"), values.text("profile"), problems);
  const tenants = checkTenants(readTenants(values, source, problems), cas, problems);
  const defaultUpstream = readDefaultUpstream(values, cas, tenants, problems);
  const name = values.matching("name", /^[a-z][a-z0-9-]{0,39}$/, "up to 40 lower-case letters, digits and hyphens");
  const cname = readCname(values, tenants, problems);
  const runbookUrl = values.matching("runbookUrl", RUNBOOK, "an https address of at most 120 characters");
  const operator = readOperator(values.json("operator"), problems);
  const args: Settings = {
    ...(name === "" ? {} : { name }),
    tenants,
    allowRemovals: values.integer("allowRemovals", 0, 1_000_000),
    allowTakeovers: readTakeovers(values, problems),
    ...(cname === undefined ? {} : { cname }),
    cas,
    contact: values.matching("contact", EMAIL, "an e-mail address"),
    accountKey: values.integer("accountKey", 1, 1_000),
    ...(operator === undefined ? {} : { operator }),
    ...(defaultUpstream === undefined ? {} : { defaultUpstream }),
    fronts: readFronts(values, problems),
    ...readNetwork(values, problems),
    alarms: readAlarms(values, problems),
    ...(runbookUrl === "" ? {} : { runbookUrl }),
    logRetentionDays: values.oneOf("logRetentionDays", RETENTION_DAYS),
    protect: values.flag("protect"),
    tags: values.tags("tags"),
  };
  if (problems.all.length > 0) throw new ConfigError(problems.all);
  return args;
}

function readDefaultUpstream(
  values: Values,
  cas: readonly CertificateAuthorityArgs[],
  tenants: TenantList | readonly [],
  problems: ProblemList,
): string | undefined {
  const report = (message: string): undefined => problems.add("defaultUpstream", message);
  const oneMachine = onThisMachine(cas.map((ca) => ca.directory));
  const names = new Set("tenants" in tenants ? tenants.tenants.flatMap(namesOf) : []);
  return values.optionalText("defaultUpstream", (value) => {
    const upstream = parseUpstream(value, report, { oneMachine });
    const circle = upstream && circleProblem(upstream, names);
    return circle ? report(circle) : upstream;
  });
}

/** The running program's own configuration. Files are relative to the project. */
export function pulumiConfig(): ConfigSource {
  const namespace = `${pulumi.getProject()}:`;
  const own = (key: string): string[] => (key.startsWith(namespace) ? [key.slice(namespace.length)] : []);
  const secretKeys = JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? "[]") as string[];
  return {
    // Read past pulumi.Config, which would warn that `eab` is secret; it is marked so again before it reaches a resource.
    values: Object.fromEntries(
      Object.entries(pulumi.runtime.allConfig()).flatMap(([key, value]) => own(key).map((name) => [name, value])),
    ),
    secretKeys: secretKeys.flatMap(own),
    readFile: (file) => fs.readFileSync(path.resolve(pulumi.runtime.getRootDirectory(), file), "utf8"),
  };
}

/** `tenants`, or the list in `tenantsFile`: YAML or JSON, the bare list or `{tenants: [...]}`. */
function readTenants(values: Values, source: ConfigSource, problems: ProblemList): readonly unknown[] {
  const listed = values.list("tenants");
  const file = values.text("tenantsFile");
  if (file === "") return listed;
  if (listed.length > 0) problems.add("tenantsFile", "is set beside tenants; keep the list in one place");
  try {
    // With what Pulumi's own files may have: `<<`, and the mark that some editors put first.
    const content: unknown = parse(source.readFile(file).replace(/^\uFEFF/, ""), { merge: true });
    if (isObject(content))
      reportUnknownKeys(content, ["tenants"], (key, message) =>
        problems.add("tenantsFile", `${file}: ${key} ${message}`),
      );
    const list = isObject(content) ? content.tenants : content;
    if (Array.isArray(list)) return list;
    problems.add("tenantsFile", `${file} must hold a list of tenants, or {tenants: [...]}`);
  } catch (error) {
    problems.add("tenantsFile", `${file} cannot be read: ${wordsOf(error)}`);
  }
  return [];
}

function checkTenants(
  raw: readonly unknown[],
  cas: readonly CertificateAuthorityArgs[],
  problems: ProblemList,
): TenantList {
  try {
    return tenantListOf(raw, cas);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const { path, message, tenant } of error.problems) problems.add(path, message, tenant);
    return { tenants: [], json: "" };
  }
}

function readFronts(values: Values, problems: ProblemList): FrontSize {
  const min = values.integer("minFronts", 1, 100);
  const max = values.integer("maxFronts", 1, 100);
  if (max < min) problems.add("maxFronts", `is ${max}, less than minFronts (${min})`);
  const instanceTypes = readInstanceTypes(values.text("instanceType"), problems);
  const ami = values.matching("ami", AMI, "an image id such as ami-0123456789abcdef0");
  const customAmi = values.matching("customAmi", AMI, "an image id such as ami-0123456789abcdef0");
  if (ami !== "" && customAmi !== "") problems.add("customAmi", "is set beside ami; a front boots from one image");
  return {
    min,
    max,
    ...(instanceTypes.length === 0 ? {} : { instanceTypes }),
    ...(ami === "" ? {} : { ami }),
    ...(customAmi === "" ? {} : { customAmi }),
    sessionManager: values.flag("sessionManager"),
  };
}

/** `c7g.large, m7g.large`: in order of preference. They boot one image, so all are Arm or none is. */
function readInstanceTypes(value: string, problems: ProblemList): string[] {
  const types = value === "" ? [] : value.split(",").map((type) => type.trim());
  const wrong = types.filter((type) => !/^[a-z0-9-]+\.[a-z0-9-]+$/.test(type));
  if (wrong.length > 0) {
    problems.add(
      "instanceType",
      `is "${value}"; must be EC2 instance types such as c7g.medium, separated by commas, or empty`,
    );
  } else if (new Set(types.map(isArm)).size > 1) {
    problems.add("instanceType", `is "${value}"; must be all Arm or all x86, because fronts boot one image`);
  }
  return types;
}

function readNetwork(values: Values, problems: ProblemList): { network?: ExistingNetwork } {
  const vpcId = values.matching("vpcId", /^vpc-[0-9a-f]{8,17}$/, "a VPC id such as vpc-0123456789abcdef0");
  const listed = values.list("subnetIds");
  const subnetIds = listed.filter((id): id is string => typeof id === "string" && /^subnet-[0-9a-f]{8,17}$/.test(id));
  if (subnetIds.length < listed.length) {
    problems.add("subnetIds", "must hold subnet ids such as subnet-0123456789abcdef0 only");
  }
  if (vpcId === "" && listed.length === 0) return {};
  if (vpcId === "") problems.add("vpcId", "is missing beside subnetIds");
  if (new Set(subnetIds).size < 2 || subnetIds.length > MOST_SUBNETS) {
    problems.add(
      "subnetIds",
      `must name 2 to ${MOST_SUBNETS} public subnets of ${vpcId || "the VPC"}, each in another zone`,
    );
  }
  return { network: { vpcId, subnetIds } };
}

function readTakeovers(values: Values, problems: ProblemList): string[] {
  return values.list("allowTakeovers").flatMap((raw, at) => {
    if (typeof raw !== "string") return problems.add(`allowTakeovers[${at}]`, "must be a domain name") ?? [];
    const checked = canonicalName(raw);
    if ("name" in checked) return [checked.name];
    return problems.add(`allowTakeovers[${at}]`, checked.problem) ?? [];
  });
}

function readCname(values: Values, tenants: TenantList, problems: ProblemList): TenantFrontArgs["cname"] {
  const raw = values.text("cnameTarget");
  const zoneId = values.matching("cnameZoneId", /^Z[A-Z0-9]{1,31}$/, "the id of a hosted zone such as Z0123456789ABC");
  if (raw === "") return zoneId === "" ? undefined : problems.add("cnameTarget", "is missing beside cnameZoneId");
  const checked = canonicalName(raw);
  if ("problem" in checked) return problems.add("cnameTarget", checked.problem);
  if (tenants.tenants.some((tenant) => namesOf(tenant).includes(checked.name)))
    return problems.add("cnameTarget", "is a tenant's name too, whose record would point at itself; choose another");
  return { name: checked.name, ...(zoneId === "" ? {} : { zoneId }) };
}

const TOPIC = /^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:.+$/;

function readAlarms(values: Values, problems: ProblemList): AlarmTarget & { readonly page?: AlarmTarget } {
  const warn = readTarget("alarmEmail", "alarmTopicArn", values, problems);
  const page = readTarget("pageEmail", "pageTopicArn", values, problems);
  return { ...warn, ...(page.email === undefined && page.topicArn === undefined ? {} : { page }) };
}

function readTarget(
  emailKey: "alarmEmail" | "pageEmail",
  topicKey: "alarmTopicArn" | "pageTopicArn",
  values: Values,
  problems: ProblemList,
): AlarmTarget {
  const email = values.matching(emailKey, EMAIL, "an e-mail address");
  const topicArn = values.matching(topicKey, TOPIC, "the ARN of an SNS topic");
  if (email !== "" && topicArn !== "") {
    problems.add(topicKey, `is set beside ${emailKey}; subscribe the address to your topic instead`);
  }
  return { ...(email === "" ? {} : { email }), ...(topicArn === "" ? {} : { topicArn }) };
}
