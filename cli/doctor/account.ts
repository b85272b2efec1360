import { AwsClient, AwsError } from "../../wire/aws/client";
import type { Credentials } from "../../wire/aws/credentials";
import { namedEndpoint, type Service } from "../../wire/aws/endpoint";
import { SSM } from "../../wire/aws/services";
import { CLOUDTRAIL, CloudTrail } from "./cloud-trail";
import { all, childText, type Element, parseXml, texts } from "./xml";

const STS: Service = { name: "STS", id: "sts", variable: "STS" };
const EC2: Service = { name: "EC2", id: "ec2", variable: "EC2" };
const IAM: Service = { name: "IAM", id: "iam", variable: "IAM" };
const LAMBDA: Service = { name: "Lambda", id: "lambda", variable: "LAMBDA" };
const FREE_TIER: Service = {
  name: "the Free Tier API",
  id: "freetier",
  variable: "FREETIER",
  json: { target: "AWSFreeTierService", version: "1.0" },
};
const QUOTAS: Service = {
  name: "Service Quotas",
  id: "servicequotas",
  variable: "SERVICE_QUOTAS",
  json: { target: "ServiceQuotasV20190624", version: "1.1" },
};

/** IAM has one place in a partition, whose region its signatures name. */
const IAM_AT: Readonly<Record<string, readonly [region: string, endpoint: string]>> = {
  aws: ["us-east-1", "https://iam.amazonaws.com"],
  "aws-us-gov": ["us-gov-west-1", "https://iam.us-gov.amazonaws.com"],
  "aws-cn": ["cn-north-1", "https://iam.cn-north-1.amazonaws.com.cn"],
};
/** A region that every account of a partition has, by the beginning of its regions' names; the others are of the commercial one. */
const HOMES: readonly (readonly [region: string, home: string])[] = [
  ["cn-", "cn-north-1"],
  ["us-gov-", "us-gov-west-1"],
  ["eusc-", "eusc-de-east-1"],
];
export const COMMERCIAL_HOME = "us-east-1";

/** The region that answers whatever an account has turned on. */
export function homeOf(region: string): string {
  return HOMES.find(([begin]) => region.startsWith(begin))?.[1] ?? COMMERCIAL_HOME;
}

const FREE_TIER_AT = "https://freetier.us-east-1.api.aws";

const VERSIONS: Readonly<Record<string, string>> = { ec2: "2016-11-15", iam: "2010-05-08", sts: "2011-06-15" };

type Parameters = Readonly<Record<string, string | readonly string[]>>;

export interface Identity {
  readonly account: string;
  readonly arn: string;
  /** `aws`, `aws-cn`, … */
  readonly partition: string;
}

/** What the doctor asks of an account in one region. Reads only. */
export class Account {
  private readonly options: { readonly region: string; readonly credentials: () => Promise<Credentials> };

  constructor(
    readonly region: string,
    credentials: () => Promise<Credentials>,
  ) {
    this.options = { region, credentials };
  }

  async identity(): Promise<Identity> {
    const answer = await this.query(this.client(STS), STS, "GetCallerIdentity", {});
    const [arn = ""] = texts(answer, "Arn");
    const [account = ""] = texts(answer, "Account");
    return { account, arn, partition: arn.split(":")[1] ?? "aws" };
  }

  /** `FREE` or `PAID`; undefined where there are no plans: accounts older than July 2025, and other partitions. */
  async plan(partition: string): Promise<string | undefined> {
    if (partition !== "aws") return undefined;
    try {
      const { accountPlanType } = await this.client(FREE_TIER, "us-east-1", FREE_TIER_AT).call(
        "GetAccountPlanState",
        {},
      );
      return typeof accountPlanType === "string" ? accountPlanType : undefined;
    } catch (error) {
      if (error instanceof AwsError && error.type === "ResourceNotFoundException") return undefined;
      throw error;
    }
  }

  /** The account's own value, else AWS' default. */
  async quota(service: string, code: string): Promise<number> {
    const quotas = this.client(QUOTAS);
    const ask = async (operation: string) => {
      const { Quota } = await quotas.call(operation, { ServiceCode: service, QuotaCode: code });
      return Number((Quota as { Value?: unknown } | undefined)?.Value);
    };
    try {
      return await ask("GetServiceQuota");
    } catch (error) {
      if (error instanceof AwsError && error.type === "NoSuchResourceException")
        return ask("GetAWSDefaultServiceQuota");
      throw error;
    }
  }

  /** How many functions run at once, beside what is reserved for some. */
  async lambdaConcurrency(): Promise<number> {
    const answer = await this.client(LAMBDA).send({
      operation: "GetAccountSettings",
      method: "GET",
      path: "/2016-08-19/account-settings",
    });
    const { AccountLimit } = JSON.parse(answer.body.toString()) as {
      AccountLimit?: { UnreservedConcurrentExecutions?: number };
    };
    return Number(AccountLimit?.UnreservedConcurrentExecutions);
  }

  /** The image that a public parameter names; undefined where the region has none. */
  async image(parameter: string): Promise<string | undefined> {
    try {
      const { Parameter } = await this.client(SSM).call("GetParameter", { Name: parameter });
      return String((Parameter as { Value?: unknown } | undefined)?.Value ?? "");
    } catch (error) {
      if (error instanceof AwsError && error.type === "ParameterNotFound") return undefined;
      throw error;
    }
  }

  /** Zones that take new instances. */
  async zones(): Promise<string[]> {
    const [answer] = await this.ec2(
      "DescribeAvailabilityZones",
      filters({ "zone-type": "availability-zone", state: "available" }),
    );
    return answer ? texts(answer, "zoneName") : [];
  }

  async offerings(types: readonly string[]): Promise<{ type: string; zone: string }[]> {
    const asked = { LocationType: "availability-zone", ...filters({ "instance-type": types }) };
    const answers = await this.ec2("DescribeInstanceTypeOfferings", asked);
    return answers
      .flatMap((answer) => all(answer, "item"))
      .map((item) => ({ type: childText(item, "instanceType") ?? "", zone: childText(item, "location") ?? "" }));
  }

  /** vCPU of each type. */
  async vcpus(types: readonly string[]): Promise<Map<string, number>> {
    if (types.length === 0) return new Map();
    const answers = await this.ec2("DescribeInstanceTypes", { InstanceType: types });
    const items = answers.flatMap((answer) => all(answer, "instanceTypeSet")).flatMap(({ children }) => children);
    return new Map(
      items.map((item) => [childText(item, "instanceType") ?? "", Number(texts(item, "defaultVCpus")[0])]),
    );
  }

  /** Types of the instances that run, one entry for each; `tagged`: those of one stack only. */
  async instanceTypes(tagged?: string): Promise<string[]> {
    const asked = { "instance-state-name": ["pending", "running"], ...(tagged && { "tag:certfront": tagged }) };
    return (await this.ec2("DescribeInstances", filters(asked))).flatMap((answer) => texts(answer, "instanceType"));
  }

  async addresses(tagged?: string): Promise<number> {
    return this.count("DescribeAddresses", "publicIp", tagged);
  }

  async vpcs(tagged?: string): Promise<number> {
    return this.count("DescribeVpcs", "vpcId", tagged);
  }

  get cloudTrail(): CloudTrail {
    return new CloudTrail(this.client(CLOUDTRAIL), this.region);
  }

  /** The role's ARN with its path, which a session's does not have. */
  async roleArn(name: string, partition: string): Promise<string> {
    const answer = await this.iam(partition, "GetRole", { RoleName: name });
    return texts(answer, "Arn")[0] ?? "";
  }

  /** Which of these calls a principal may not do on these resources. */
  async refused(
    principal: string,
    partition: string,
    actions: readonly string[],
    resources: readonly string[],
    context: Readonly<Record<string, string>>,
  ): Promise<string[]> {
    const entries = Object.entries(context).flatMap(([key, value], at) => [
      [`ContextEntries.member.${at + 1}.ContextKeyName`, key] as const,
      [`ContextEntries.member.${at + 1}.ContextKeyType`, "string"] as const,
      [`ContextEntries.member.${at + 1}.ContextKeyValues.member.1`, value] as const,
    ]);
    const asked = {
      PolicySourceArn: principal,
      "ActionNames.member": actions,
      "ResourceArns.member": resources,
      ...Object.fromEntries(entries),
    };
    const results: Element[] = [];
    let marker: string | undefined;
    do {
      const answer = await this.iam(partition, "SimulatePrincipalPolicy", {
        ...asked,
        ...(marker && { Marker: marker }),
      });
      results.push(...all(answer, "EvaluationResults").flatMap(({ children }) => children));
      marker = texts(answer, "IsTruncated")[0] === "true" ? texts(answer, "Marker")[0] : undefined;
    } while (marker);
    const allowed = new Set(
      results
        .filter((one) => childText(one, "EvalDecision") === "allowed")
        .map((one) => childText(one, "EvalActionName")),
    );
    return actions.filter((action) => !allowed.has(action));
  }

  private async iam(partition: string, action: string, parameters: Parameters): Promise<Element> {
    const [region, endpoint] = IAM_AT[partition] ?? [this.region, undefined];
    return this.query(this.client(IAM, region, endpoint), IAM, action, parameters);
  }

  private async count(action: string, element: string, tagged: string | undefined): Promise<number> {
    const answers = await this.ec2(action, tagged ? filters({ "tag:certfront": tagged }) : {});
    return answers.flatMap((answer) => texts(answer, element)).length;
  }

  /** All pages. */
  private async ec2(action: string, parameters: Parameters): Promise<Element[]> {
    const client = this.client(EC2);
    const pages: Element[] = [];
    let next: string | undefined;
    do {
      const page = await this.query(client, EC2, action, { ...parameters, ...(next && { NextToken: next }) });
      pages.push(page);
      [next] = texts(page, "nextToken");
    } while (next);
    return pages;
  }

  private async query(client: AwsClient, service: Service, action: string, parameters: Parameters): Promise<Element> {
    const body = new URLSearchParams({ Action: action, Version: VERSIONS[service.id] ?? "" });
    for (const [name, value] of Object.entries(parameters)) {
      if (typeof value === "string") body.set(name, value);
      else for (const [at, one] of value.entries()) body.set(`${name}.${at + 1}`, one);
    }
    const answer = await client.send({
      operation: action,
      method: "POST",
      path: "/",
      headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
      body: body.toString(),
    });
    return parseXml(answer.body.toString());
  }

  private client(service: Service, region = this.region, at?: string): AwsClient {
    const endpoint = namedEndpoint(service) ?? at;
    return new AwsClient(service, {
      ...this.options,
      region,
      attempts: 3,
      timeoutMs: 10_000,
      ...(endpoint && { endpoint }),
    });
  }
}

/** EC2's form of filters. */
function filters(wanted: Readonly<Record<string, string | readonly string[]>>): Parameters {
  return Object.fromEntries(
    Object.entries(wanted).flatMap(([name, values], at) => [
      [`Filter.${at + 1}.Name`, name],
      [`Filter.${at + 1}.Value`, typeof values === "string" ? [values] : values],
    ]),
  );
}
