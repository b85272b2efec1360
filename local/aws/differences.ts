import * as path from "node:path";
import { METRICS } from "../../core/base/metrics";
import type { FrontSettings } from "../../front/settings";
import { LEADING } from "../../store/keys";
import { INDEXES } from "../../store/schema";
import { arn, roleArn } from "./account";
import type { TimeScale } from "./time-scale";

/**
 * The one list of every place where the stack on this machine is not what AWS runs. Code takes what it does differently
 * from here; what is not here is the same code and the same configuration, or it is a defect.
 */
export const DIFFERENCES = [
  [
    "certificate authority",
    "Pebble on this machine, or what --ca-directory names, instead of the configured CAs and without account bindings: a public CA cannot validate names that lead here.",
  ],
  ["DNS", "The tenants' names are answered by a DNS server of this stack, as their owners would have set them."],
  ["addresses", "The load balancer's Elastic IPs are 127.0.0.1, 127.0.0.2, …; every other address is 127.0.0.1."],
  ["ports", "Free ports instead of 80 and 443 (--port-http, --port-https), because several fronts share one machine."],
  [
    "load balancer",
    "A TCP proxy: upstreams see 127.0.0.1 as the client, a connection's target is chosen in turn. Health is checked every half second, and a target that refuses a connection is passed over: time that AWS' health checks take is not waited for.",
  ],
  [
    "instances",
    "HAProxy and the agent run as processes of this user, with the files of the user data in .local/; no packages, users, systemd hardening, firewall, disks or Auto Scaling.",
  ],
  [
    "functions",
    "Node of this machine instead of nodejs24.x on arm64; memory is not limited. Concurrency is that of a new AWS account.",
  ],
  [
    "AWS API",
    "One endpoint answers DynamoDB (dynalite), KMS, Lambda, S3, SSM, STS, CloudWatch and CloudWatch Logs; signatures are not checked, the access key id is the role's name.",
  ],
  [
    "IAM",
    "The program's policies of roles, keys and buckets are enforced on every call; trust policies and those of queues and topics are not.",
  ],
  ["encryption at rest", "KMS is asked for permission only; the table is in memory and nothing outlives the run."],
  [
    "sealed keys",
    "A stand-in for KMS in this process makes and unwraps data keys; it enforces the program's key policy and the encryption context.",
  ],
  [
    "DynamoDB TTL",
    "Items past their TTL are not deleted: everything that reads checks the time itself, as it must on AWS.",
  ],
  [
    "time",
    "With --lifetime, schedules, alarm periods and retries run faster by the factor of the lifetime to 90 days.",
  ],
  [
    "preview",
    "There is none: an edit is applied at once. A list that removes too many tenants is refused by the issuer alone.",
  ],
  ["notifications", "Alarms are shown in the console and on the terminal; nothing is mailed."],
] as const;

/** Kinds of resources that have no part of their own here, and why nothing is lost by that. */
export const WITHOUT_LOCAL_PART: Readonly<Record<string, string>> = Object.fromEntries(
  (
    [
      [
        "one machine is one network",
        [
          "aws:ec2/vpc:Vpc",
          "aws:ec2/internetGateway:InternetGateway",
          "aws:ec2/routeTable:RouteTable",
          "aws:ec2/subnet:Subnet",
          "aws:ec2/routeTableAssociation:RouteTableAssociation",
          "aws:ec2/vpcEndpoint:VpcEndpoint",
          "aws:ec2/securityGroup:SecurityGroup",
          "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
          "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
          "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        ],
      ],
      ["every name that is not a tenant's is known to the stack's DNS server already", ["aws:route53/record:Record"]],
      [
        "nothing is stored encrypted here",
        [
          "aws:kms/alias:Alias",
          "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        ],
      ],
      [
        "resource policies are not simulated",
        [
          "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
          "aws:sqs/queuePolicy:QueuePolicy",
          "aws:sns/topicPolicy:TopicPolicy",
          "aws:lambda/permission:Permission",
        ],
      ],
      [
        "nothing outlives the run",
        [
          "aws:s3/bucketVersioning:BucketVersioning",
          "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        ],
      ],
      ["nothing is mailed", ["aws:sns/topic:Topic", "aws:sns/topicSubscription:TopicSubscription"]],
      ["the number of fronts is --fronts", ["aws:autoscaling/policy:Policy"]],
      [
        "there is no CloudTrail to hear of calls from",
        ["aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/eventTarget:EventTarget"],
      ],
      ["queries are for the AWS console", ["aws:cloudwatch/queryDefinition:QueryDefinition"]],
      ["the provider talks to this stack", ["pulumi:providers:aws"]],
    ] as const
  ).flatMap(([reason, kinds]) => kinds.map((kind) => [kind, reason])),
);

/** How a target's health is asked for: soon, so that a run starts in seconds. */
export const HEALTH_CHECK = { intervalMs: 500, timeoutMs: 2_000, healthyThreshold: 1, unhealthyThreshold: 2 } as const;

/** The load balancer's static addresses, in the order of the program's Elastic IPs. */
export function staticAddress(at: number): string {
  return `127.0.0.${at + 1}`;
}

/** The load balancer listens on as many addresses as a program may ask for. */
export const BALANCER_ADDRESSES = [0, 1, 2, 3, 4].map(staticAddress);

/** What the load balancer's DNS name is; the stack's DNS server answers it with the static addresses. */
export const BALANCER_NAME = "balancer.certfront.test";

/** A front's own name, directories and ports; everything else stays as the program wrote it. */
export function localFrontSettings(
  settings: FrontSettings,
  local: { name: string; directory: string; ports: readonly number[] },
): FrontSettings {
  const [httpPort = 0, httpsPort = 0, healthPort = 0] = local.ports;
  const { user: _, group: __, ...rest } = settings;
  return {
    ...rest,
    front: local.name,
    directory: path.join(local.directory, "state"),
    haproxyConfig: path.join(local.directory, "haproxy.cfg"),
    socket: path.join(local.directory, "haproxy.sock"),
    bind: "127.0.0.1",
    httpPort,
    httpsPort,
    healthPort,
  };
}

/**
 * An alarm's threshold where certificates live for minutes: days to expiry shrink with the lifetime, waiting times with
 * everything else that waits. Fractions and counts mean the same at any lifetime; no more fronts are healthy than --fronts starts.
 */
export function localThreshold(metric: string, threshold: number, scale: TimeScale, frontCount?: number): number {
  if (metric === "HealthyHostCount") return Math.min(threshold, frontCount ?? threshold);
  if (metric === METRICS.daysToExpiryMin) return threshold / scale.lifetimeFactor;
  if (metric === METRICS.oldestPendingSeconds) return threshold / scale.factor;
  return threshold;
}

/** What each function is told beside what the program says. */
export function functionOverrides(local: {
  httpPort: number;
  httpsPort: number;
  dns: string;
  timeScale: number;
}): Record<string, string> {
  return {
    HTTP_PORT: String(local.httpPort),
    HTTPS_PORT: String(local.httpsPort),
    DNS_SERVERS: local.dns,
    TIME_SCALE: String(local.timeScale),
    // Its alarms do not look at what was before them.
    SETTLE_MS: "1",
  };
}

/** A role's credentials and the AWS endpoint, in the SDK's own variables: the access key id is the role. */
export function awsVariables(role: string, region: string, endpoint: string): Record<string, string> {
  return {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: role,
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL: endpoint,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  };
}

/** The identity that stands for a person's own AWS credentials, for the CLI. */
export const OPERATOR = { accessKeyId: "operator", secretAccessKey: "local" } as const;

/** What status, renew, revoke and drill need, and no more: no certificate's key is within reach. */
export function operatorPolicy(region: string): object {
  const own = (service: string, resource: string) => arn(service, region, resource);
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Status",
        Effect: "Allow",
        Action: ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"],
        Resource: own("dynamodb", "table/*"),
        Condition: {
          "ForAllValues:StringLike": {
            "dynamodb:LeadingKeys": [
              `${LEADING.tenants}*`,
              `${LEADING.served}*`,
              `${LEADING.heartbeats}*`,
              LEADING.sharedHeartbeats,
            ],
          },
        },
      },
      {
        Sid: "Indexes",
        Effect: "Allow",
        Action: ["dynamodb:Query"],
        Resource: [INDEXES.tenants, INDEXES.revision].map((index) => own("dynamodb", `table/*/index/${index}`)),
      },
      { Sid: "Decrypt", Effect: "Allow", Action: ["kms:Decrypt"], Resource: own("kms", "key/*") },
      {
        Sid: "Where",
        Effect: "Allow",
        Action: ["ssm:GetParameter"],
        Resource: own("ssm", "parameter/certfront/*/outputs"),
      },
      { Sid: "Reader", Effect: "Allow", Action: ["sts:AssumeRole"], Resource: roleArn("*-console-*") },
      { Sid: "Operations", Effect: "Allow", Action: ["lambda:InvokeFunction"], Resource: own("lambda", "function:*") },
      {
        Sid: "Alarms",
        Effect: "Allow",
        Action: ["cloudwatch:DescribeAlarms", "cloudwatch:DescribeAlarmHistory", "cloudwatch:PutMetricData"],
        Resource: "*",
      },
    ],
  };
}

/** The program's CAs, each by its own name but with Pebble's directory; bindings and profiles are the real CAs'. */
export function localCas(configured: unknown, directory: string): { name: string; directory: string }[] {
  const entries: readonly unknown[] = Array.isArray(configured) && configured.length > 0 ? configured : ["letsencrypt"];
  return entries.map((entry) => {
    const name = typeof entry === "string" ? entry : String((entry as { name?: unknown } | null)?.name);
    return { name, directory };
  });
}
