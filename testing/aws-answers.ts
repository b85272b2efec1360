import { createHash } from "node:crypto";

/** Where a test's provider deploys to, and what that region has on the day. */
export interface Place {
  readonly partition: string;
  readonly dnsSuffix: string;
  readonly region: string;
  readonly accountId: string;
  /** Letters of the zones that take new instances; a, b and c unless said. */
  readonly openZones?: string;
  /** Letters of the zones that exist. */
  readonly zones?: string;
  /** Whether a zone offers a type; all do unless said. */
  readonly offers?: (type: string, zone: string) => boolean;
}

/** What AWS would say in a test: an account in eu-west-1, with addresses from the documentation ranges. */
export const TEST_PLACE: Place = {
  partition: "aws",
  dnsSuffix: "amazonaws.com",
  region: "eu-west-1",
  accountId: "111122223333",
};

/** P-256; whoever held the private half has forgotten it. */
export const ACCOUNT_PUBLIC_KEY = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEKln3fxP+EgaHzMBwPJk8PwmoZLoG
OeeaselM1PBLxqffihvVmDBXujuuu5312artrjehMGgatffUlhhVxKWurA==
-----END PUBLIC KEY-----
`;

export interface Answers extends Record<string, unknown> {}

/** Answers of the provider functions that the program asks (docs/contracts.md). */
export function answerInvoke(token: string, inputs: Answers, place = TEST_PLACE): Answers {
  const { openZones = "abc", zones: allZones = "abc", offers = () => true } = place;
  const zonesOf = (letters: string) => [...letters].map((letter) => place.region + letter);
  const zones = zonesOf(allZones);
  switch (token) {
    case "aws:index/getPartition:getPartition":
      return { partition: place.partition, dnsSuffix: place.dnsSuffix, id: place.partition };
    case "aws:index/getRegion:getRegion":
      return { region: place.region, name: place.region, id: place.region };
    case "aws:index/getCallerIdentity:getCallerIdentity":
      return { accountId: place.accountId, id: place.accountId };
    case "aws:index/getAvailabilityZones:getAvailabilityZones":
      return { names: inputs.state === "available" ? zonesOf(openZones) : zones, id: place.region };
    case "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": {
      const [filter] = inputs.filters as { values: string[] }[];
      const offered = (filter?.values ?? []).flatMap((type) =>
        zones.filter((zone) => offers(type, zone)).map((zone) => ({ type, zone })),
      );
      return { instanceTypes: offered.map(({ type }) => type), locations: offered.map(({ zone }) => zone) };
    }
    case "aws:ec2/getSubnet:getSubnet": {
      // subnet-1, subnet-2, …, one in each zone
      const at = Number(/\d+$/.exec(String(inputs.id))?.[0] ?? 0);
      return { id: inputs.id as string, availabilityZone: zones[(at - 1) % zones.length] };
    }
    case "aws:ec2/getAmi:getAmi":
      return { rootDeviceName: "/dev/sda1" };
    default:
      throw new Error(`the program asked ${token}, which has no answer here`);
  }
}

/** The properties that only AWS knows of a resource, for those that the program reads. */
export function computedOutputs(type: string, name: string, inputs: Answers, place = TEST_PLACE): Answers {
  const { partition, region, accountId, dnsSuffix } = place;
  const physical = physicalNameOf(name, inputs);
  const arn = (service: string, what: string) => ({
    arn: `arn:${partition}:${service}:${region}:${accountId}:${what}`,
  });
  switch (type) {
    case "aws:ec2/eip:Eip":
      return { publicIp: `192.0.2.${name.match(/\d+$/)?.[0] ?? 9}` };
    case "aws:lb/loadBalancer:LoadBalancer":
      return {
        ...arn("elasticloadbalancing", `loadbalancer/net/${physical}/0123456789abcdef`),
        arnSuffix: `net/${physical}/0123456789abcdef`,
        zoneId: "ZELB",
        dnsName: `${physical}-0123456789abcdef.elb.${region}.${dnsSuffix}`,
      };
    case "aws:lb/targetGroup:TargetGroup":
      return {
        ...arn("elasticloadbalancing", `targetgroup/${physical}/0123456789abcdef`),
        arnSuffix: `targetgroup/${physical}/0123456789abcdef`,
      };
    case "aws:lb/listener:Listener":
      return arn("elasticloadbalancing", `listener/net/${name}/0123456789abcdef`);
    case "aws:dynamodb/table:Table":
      return { ...arn("dynamodb", `table/${physical}`), name: physical };
    case "aws:kms/key:Key":
      return { ...arn("kms", `key/${name}`), keyId: name };
    case "aws:lambda/function:Function":
      return arn("lambda", `function:${physical}`);
    case "aws:lambda/invocation:Invocation":
      return { result: '{"ok":true}' };
    case "aws:cloudwatch/logGroup:LogGroup":
      return arn("logs", `log-group:${physical}`);
    case "aws:sqs/queue:Queue":
      return arn("sqs", physical);
    case "aws:sns/topic:Topic":
      return arn("sns", physical);
    case "aws:ssm/parameter:Parameter":
      return arn("ssm", `parameter${physical}`);
    case "aws:s3/bucket:Bucket":
      return { bucket: physical, arn: `arn:${partition}:s3:::${physical}` };
    case "aws:iam/role:Role":
      return {
        name: physical,
        arn: `arn:${partition}:iam::${accountId}:role/${physical}`,
        uniqueId: `AROA${digest(name).slice(0, 17).toUpperCase()}`,
      };
    case "aws:iam/instanceProfile:InstanceProfile":
      return { name: physical, arn: `arn:${partition}:iam::${accountId}:instance-profile/${physical}` };
    case "aws:ec2/launchTemplate:LaunchTemplate":
      return { latestVersion: 1 };
    case "pulumi:pulumi:StackReference":
      return { outputs: {} };
    case "pulumi:index:Stash":
      return { output: inputs.input };
    case "aws:autoscaling/group:Group":
      return { name: physical };
    case "tls:index/privateKey:PrivateKey":
      return {
        privateKeyPemPkcs8: "-----BEGIN PRIVATE KEY-----\naccount\n-----END PRIVATE KEY-----\n",
        publicKeyPem: ACCOUNT_PUBLIC_KEY,
      };
    default:
      return {};
  }
}

/** The name that AWS knows a resource by; a prefix is completed as the provider does. */
function physicalNameOf(name: string, inputs: Answers): string {
  return String(inputs.name ?? inputs.bucket ?? `${inputs.namePrefix ?? inputs.bucketPrefix ?? name}0001`);
}

/** What begins the ids that EC2 makes up, by the last part of the type. */
const EC2_IDS: Readonly<Record<string, string>> = {
  Eip: "eipalloc",
  FlowLog: "fl",
  DefaultSecurityGroup: "sg",
  InternetGateway: "igw",
  LaunchTemplate: "lt",
  RouteTable: "rtb",
  RouteTableAssociation: "rtbassoc",
  SecurityGroup: "sg",
  SecurityGroupEgressRule: "sgr",
  SecurityGroupIngressRule: "sgr",
  Subnet: "subnet",
  Vpc: "vpc",
  VpcEndpoint: "vpce",
};

/** Types that the provider knows by their ARN. */
const KNOWN_BY_ARN: readonly string[] = ["LoadBalancer", "TargetGroup", "Listener", "Topic"];

/** A resource's id in the form that the provider gives it: EC2's own, an ARN, or the name. */
export function physicalId(type: string, name: string, inputs: Answers, place = TEST_PLACE): string {
  const kind = type.split(":").pop() ?? "";
  const made = EC2_IDS[kind];
  if (made) return `${made}-${digest(`${type} ${name}`).slice(0, 17)}`;
  const { arn, bucket, keyId } = computedOutputs(type, name, inputs, place);
  if (KNOWN_BY_ARN.includes(kind)) return String(arn);
  return String(keyId ?? bucket ?? physicalNameOf(name, inputs));
}

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");
