import { type ApiCall, AwsApi, json, jsonBody } from "../local/aws/api";
import { AwsError } from "../local/aws/error";

/** An AWS account as the doctor's questions see it. Hand-written after AWS' API references: nothing here has seen AWS. */
export interface AccountModel {
  arn: string;
  /** Absent: opened before there were plans. */
  plan?: "FREE" | "PAID";
  /** By quota code. */
  quotas: Record<string, number>;
  functionsAtOnce: number;
  /** Zone names that take instances. */
  zones: string[];
  offers(type: string, zone: string): boolean;
  vcpus: Record<string, number>;
  parameters: Record<string, string>;
  /** Instances that run, with the value of their tag `certfront`. */
  instances: { type: string; tag?: string }[];
  addresses: { tag?: string }[];
  vpcs: { tag?: string }[];
  /** By name; `selectors` as GetEventSelectors answers. */
  trails: Record<string, { logging: boolean; selectors: object }>;
  /** Actions that IAM's simulation refuses. */
  mayNot: string[];
  /** Operations that the doctor itself is refused. */
  refuses: Record<string, string>;
}

/** A new account on the paid plan, as AWS gives it. */
export function newAccount(region: string): AccountModel {
  const zones = ["a", "b", "c"].map((letter) => region + letter);
  return {
    arn: "arn:aws:sts::111122223333:assumed-role/deployer/session",
    plan: "PAID",
    quotas: { "L-1216C47A": 5, "L-0263D0A3": 5, "L-F678F1CE": 5 },
    functionsAtOnce: 10,
    zones,
    offers: () => true,
    vcpus: { "c7g.medium": 1, "c6g.medium": 1, "m7g.medium": 1, "m6g.medium": 1, "m7g.large": 2, "m5.xlarge": 4 },
    parameters: { "/aws/service/debian/release/13/latest/arm64": "ami-0arm" },
    instances: [],
    addresses: [],
    vpcs: [{}],
    trails: { account: { logging: true, selectors: {} } },
    mayNot: [],
    refuses: {},
  };
}

/** Serves the model on loopback. @returns its endpoint, what was asked, and a way to end it */
export async function startAccount(model: () => AccountModel) {
  const asked: string[] = [];
  const api = new AwsApi();
  const serve = (service: string, answer: (operation: string, call: ApiCall) => ReturnType<typeof json>) =>
    api.serve(service, async (call) => {
      const operation = call.operation || new URLSearchParams(call.body.toString()).get("Action") || call.path;
      asked.push(`${service}:${operation}`);
      const refusal = model().refuses[operation];
      if (refusal !== undefined) throw new AwsError(refusal, "not you", 403);
      return answer(operation, call);
    });
  serve("sts", () =>
    xml(`<GetCallerIdentityResult><Arn>${model().arn}</Arn><Account>111122223333</Account></GetCallerIdentityResult>`),
  );
  serve("freetier", () => {
    const { plan } = model();
    if (plan === undefined) throw new AwsError("ResourceNotFoundException", "no plan", 400);
    return json({ accountId: "111122223333", accountPlanType: plan, accountPlanStatus: "ACTIVE" });
  });
  serve("servicequotas", (operation, call) => {
    const Value = model().quotas[String(jsonBody(call).QuotaCode)];
    if (operation === "GetServiceQuota" && Value === 5)
      throw new AwsError("NoSuchResourceException", "no own value", 400);
    return json({ Quota: { Value } });
  });
  serve("lambda", () =>
    json({ AccountLimit: { ConcurrentExecutions: 1_000, UnreservedConcurrentExecutions: model().functionsAtOnce } }),
  );
  serve("ssm", (_, call) => {
    const Value = model().parameters[String(jsonBody(call).Name)];
    if (Value === undefined) throw new AwsError("ParameterNotFound", "no such parameter", 400);
    return json({ Parameter: { Value } });
  });
  serve("cloudtrail", (operation, call) => {
    const arnOf = (name: string) => `arn:aws:cloudtrail:us-east-1:111122223333:trail/${name}`;
    const { trails } = model();
    if (operation === "DescribeTrails")
      return json({
        trailList: Object.keys(trails).map((Name) => ({ Name, TrailARN: arnOf(Name), HomeRegion: "us-east-1" })),
      });
    // Those of other regions are known by their ARN only.
    const { Name, TrailName } = jsonBody(call);
    const [, trail] = Object.entries(trails).find(([name]) => arnOf(name) === (Name ?? TrailName)) ?? [];
    if (trail === undefined) throw new AwsError("TrailNotFoundException", "no such trail", 400);
    return json(operation === "GetTrailStatus" ? { IsLogging: trail.logging } : trail.selectors);
  });
  serve("iam", (operation, call) => xml(iam(operation, new URLSearchParams(call.body.toString()), model())));
  serve("ec2", (operation, call) => xml(ec2(operation, new URLSearchParams(call.body.toString()), model())));
  return { endpoint: await api.listen(), asked, stop: () => api.close() };
}

function iam(operation: string, asked: URLSearchParams, { mayNot }: AccountModel): string {
  if (operation === "GetRole") {
    const name = asked.get("RoleName");
    return `<GetRoleResult><Role><Path>/aws-reserved/</Path><Arn>arn:aws:iam::111122223333:role/aws-reserved/${name}</Arn></Role></GetRoleResult>`;
  }
  if (!/:(user|role)\//.test(asked.get("PolicySourceArn") ?? ""))
    throw new AwsError("InvalidInput", "a user or a role", 400);
  // In two pages, decision before action, and with members inside members, as AWS answers.
  const actions = valuesOf(asked, "ActionNames.member.");
  const half = Math.ceil(actions.length / 2);
  const second = asked.get("Marker") === "2";
  const page = second ? actions.slice(half) : actions.slice(0, half);
  const members = page.map(
    (action) =>
      `<member><MatchedStatements><member><SourcePolicyId>p</SourcePolicyId></member></MatchedStatements><EvalDecision>${mayNot.includes(action) ? "implicitDeny" : "allowed"}</EvalDecision><EvalActionName>${action}</EvalActionName></member>`,
  );
  const more = second ? "<IsTruncated>false</IsTruncated>" : "<IsTruncated>true</IsTruncated><Marker>2</Marker>";
  return `<SimulatePrincipalPolicyResult>${more}<EvaluationResults>${members.join("")}</EvaluationResults></SimulatePrincipalPolicyResult>`;
}

function ec2(operation: string, asked: URLSearchParams, model: AccountModel): string {
  const tag = filterOf(asked, "tag:certfront")[0];
  const own = <T extends { tag?: string }>(items: readonly T[]) =>
    items.filter((item) => tag === undefined || item.tag === tag);
  switch (operation) {
    case "DescribeAvailabilityZones":
      return set(
        "availabilityZoneInfo",
        model.zones.map((zone) => `<zoneState>available</zoneState><zoneName>${zone}</zoneName><messageSet/>`),
      );
    case "DescribeInstanceTypeOfferings": {
      const offers = filterOf(asked, "instance-type").flatMap((type) =>
        model.zones
          .filter((zone) => model.offers(type, zone))
          .map(
            (zone) =>
              `<instanceType>${type}</instanceType><locationType>availability-zone</locationType><location>${zone}</location>`,
          ),
      );
      return set("instanceTypeOfferingSet", offers);
    }
    case "DescribeInstanceTypes":
      return set(
        "instanceTypeSet",
        valuesOf(asked, "InstanceType.").map((type) => {
          if (model.vcpus[type] === undefined) throw new AwsError("InvalidInstanceType", type, 400);
          return `<instanceType>${type}</instanceType><vCpuInfo><defaultVCpus>${model.vcpus[type]}</defaultVCpus></vCpuInfo>`;
        }),
      );
    case "DescribeInstances":
      return set("reservationSet", [
        set(
          "instancesSet",
          own(model.instances).map(
            ({ type }) =>
              `<instanceType>${type}</instanceType><networkInterfaceSet><item><vpcId>v</vpcId></item></networkInterfaceSet>`,
          ),
        ),
      ]);
    case "DescribeAddresses":
      return set(
        "addressesSet",
        own(model.addresses).map((_, at) => `<publicIp>192.0.2.${at}</publicIp>`),
      );
    case "DescribeVpcs":
      return set(
        "vpcSet",
        own(model.vpcs).map((_, at) => `<vpcId>vpc-${at}</vpcId>`),
      );
    default:
      throw new AwsError("InvalidAction", operation, 400);
  }
}

const xml = (body: string) => ({
  headers: { "content-type": "text/xml" },
  body: `<?xml version="1.0"?>\n<Response>${body}</Response>`,
});
const set = (name: string, items: readonly string[]) =>
  `<${name}>${items.map((item) => `<item>${item}</item>`).join("\n")}</${name}>`;
const valuesOf = (asked: URLSearchParams, prefix: string) =>
  [...asked].filter(([name]) => name.startsWith(prefix)).map(([, value]) => value);

function filterOf(asked: URLSearchParams, wanted: string): string[] {
  const [name] = [...asked].find(([key, value]) => /^Filter\.\d+\.Name$/.test(key) && value === wanted) ?? [];
  return name === undefined ? [] : valuesOf(asked, name.replace("Name", "Value."));
}
