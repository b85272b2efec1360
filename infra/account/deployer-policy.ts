import { CALLS, DOCTOR, LOOKUPS } from "./calls";

/** Where a stack is deployed, and what it is called on AWS. */
export interface DeployedAs {
  /** `aws`, `aws-cn`, … */
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  /** `<project>-<name>`: what every name begins with. */
  readonly stack: string;
  /** `name`: the value of the tag `certfront`. */
  readonly name: string;
  /** What names begin with that AWS keeps short; of the stack, unless it is to be filled in. */
  readonly short?: string;
}

export interface DeployerStatement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** Names of load balancers and target groups are cut at 32 characters, and end with a hyphen and six of a hash; roles and buckets keep some more. */
const SHORTEST_NAME = 25;

/** What every name on AWS begins with, also where it is cut. */
export function beginningOf(stack: string): string {
  return `${stack}-`.slice(0, SHORTEST_NAME);
}

/** AWS' services that the program's roles are for. */
const ROLES_FOR = ["ec2.amazonaws.com", "lambda.amazonaws.com", "scheduler.amazonaws.com"];
const LINKED_ROLES_FOR = ["autoscaling.amazonaws.com", "elasticloadbalancing.amazonaws.com"];

/** Calls that end or change what exists and name what they change; EC2 knows by its tag whose that is. */
const EC2_ON_TAGGED = /^ec2:(Delete(?!Tags)|Detach|Release|Modify(?!SecurityGroupRules))/;

/**
 * The rights of whoever runs `pulumi up` and `pulumi destroy`, and no more than the program's resources need. It holds mistakes, not its holder: who may write the
 * policy of a function's role may do what any role may.
 */
export function deployerStatements(as: DeployedAs): DeployerStatement[] {
  const { partition, region, account, stack, name, short = beginningOf(stack) } = as;
  const arn = (service: string, rest: string, where = region) =>
    `arn:${partition}:${service}:${where}:${account}:${rest}`;
  const own = { StringEquals: { "aws:ResourceTag/certfront": name } };
  const here = { StringEquals: { "aws:RequestedRegion": region } };

  const left = new Set([...Object.values(CALLS).flat(), ...LOOKUPS, ...DOCTOR]);
  /** Every action goes into the first statement that takes it. */
  const take = (which: RegExp) => {
    const actions = [...left].filter((action) => which.test(action)).sort();
    for (const action of actions) left.delete(action);
    return actions;
  };
  const statement = (
    Sid: string,
    Action: readonly string[],
    Resource: readonly string[],
    Condition?: DeployerStatement["Condition"],
  ): DeployerStatement => ({ Sid, Effect: "Allow", Action, Resource, ...(Condition && { Condition }) });

  const statements = [
    statement("PassRoles", take(/^iam:PassRole$/), [`arn:${partition}:iam::${account}:role/${short}*`], {
      StringEquals: { "iam:PassedToService": ROLES_FOR },
    }),
    statement("LinkedRoles", take(/^iam:CreateServiceLinkedRole$/), ["*"], {
      StringEquals: { "iam:AWSServiceName": LINKED_ROLES_FOR },
    }),
    statement("Look", [...take(LOOKS), ...take(/^(freetier|servicequotas|cloudtrail):/)], ["*"]),
    statement("Image", take(/^ssm:GetParameters?$/), [
      `arn:${partition}:ssm:${region}::parameter/aws/service/debian/*`,
      arn("ssm", `parameter/certfront/${stack}/*`),
    ]),
    statement("Roles", take(/^iam:/), [
      `arn:${partition}:iam::${account}:role/${short}*`,
      `arn:${partition}:iam::${account}:instance-profile/${short}*`,
    ]),
    statement("OwnNetwork", take(EC2_ON_TAGGED), [arn("ec2", "*")], own),
    statement("Network", take(/^ec2:/), ["*"], here),
    statement("NewKey", take(/^kms:CreateKey$/), ["*"], here),
    // A key that is being made has no tag to be known by, and KMS wants this right over all keys of the region ("Controlling access to tags").
    statement("NewKeysTags", ["kms:TagResource"], ["*"], {
      StringEquals: { ...here.StringEquals, "aws:RequestTag/certfront": name },
    }),
    statement("OwnKey", take(/^kms:/), [arn("kms", "key/*")], own),
    statement("Balancer", take(/^elasticloadbalancing:/), [
      ...["loadbalancer/net", "listener/net", "targetgroup"].map((kind) =>
        arn("elasticloadbalancing", `${kind}/${short}*`),
      ),
    ]),
    statement("Group", take(/^autoscaling:/), [
      arn("autoscaling", `autoScalingGroup:*:autoScalingGroupName/${stack}-*`),
    ]),
    statement("Names", take(/^route53:/), [
      `arn:${partition}:route53:::hostedzone/*`,
      `arn:${partition}:route53:::change/*`,
    ]),
    statement("Bucket", take(/^s3:/), [`arn:${partition}:s3:::${short}*`]),
    statement("Rest", take(/./), [
      arn("cloudwatch", `alarm:${stack}-*`),
      arn("cloudwatch", `dashboard/${stack}-*`, ""),
      arn("dynamodb", `table/${stack}-*`),
      arn("events", `rule/${stack}-*`),
      arn("lambda", `function:${stack}-*`),
      arn("logs", `log-group:/certfront/${stack}/*`),
      arn("scheduler", `schedule/default/${stack}-*`),
      arn("sns", `${stack}-*`),
      arn("sqs", `${stack}-*`),
      arn("ssm", `parameter/certfront/${stack}/*`),
    ]),
  ];
  return statements;
}

/** Reads that know no resource, or whose answer is nobody's secret. */
const LOOKS =
  /^((ec2|elasticloadbalancing|autoscaling):Describe|logs:Describe|cloudwatch:DescribeAlarms|ssm:DescribeParameters|lambda:GetAccountSettings|iam:(SimulatePrincipalPolicy|GetRole$)|logs:(Put|Delete)QueryDefinition)/;

/** Documents as IAM takes them: two, for a managed policy holds 6,144 characters. Families of reads are named by their common beginning. */
export function deployerPolicies(as: DeployedAs): { readonly network: object; readonly parts: object } {
  const statements = deployerStatements(as).map(({ Action, ...rest }) => ({ ...rest, Action: short(Action) }));
  const document = (which: boolean) => ({
    Version: "2012-10-17",
    Statement: statements.filter(({ Sid }) => NETWORK.includes(Sid) === which),
  });
  return { network: document(true), parts: document(false) };
}

const NETWORK = ["Look", "OwnNetwork", "Network", "Balancer", "Group", "NewKey", "NewKeysTags", "OwnKey", "Names"];

function short(actions: readonly string[]): string[] {
  return [
    ...new Set(actions.map((action) => action.replace(/^((ec2|elasticloadbalancing|autoscaling):Describe).*/, "$1*"))),
  ];
}
