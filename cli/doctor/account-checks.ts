import { debianParameter } from "../../infra/account/instance-types";
import type { Account, Identity } from "./account";
import { bad, type Finding, good, warning } from "./finding";
import type { Wanted } from "./settings";

const TYPES = "instance types";
const IMAGE = "Debian's image";
const VCPU = "vCPU";
const LAMBDA = "functions at once";

const QUOTAS = {
  vcpu: { service: "ec2", code: "L-1216C47A" },
  addresses: { service: "ec2", code: "L-0263D0A3" },
  vpcs: { service: "vpc", code: "L-F678F1CE" },
  functions: { service: "lambda", code: "L-B99A9384" },
} as const;
type Quota = (typeof QUOTAS)[keyof typeof QUOTAS];

/** Debian's account, in the commercial partition (wiki.debian.org/Cloud/AmazonEC2Image); in the others it is in the Marketplace only. */
const DEBIAN = "136693071363";

/** Families that share the vCPU quota of "Running On-Demand Standard instances". */
const STANDARD = /^[acdhimrtz]\d/;
/** The issuer's batches, reconcile and the monitor's lanes: fewer, and Lambda refuses to start some of them. */
const FUNCTIONS_AT_ONCE = 10;

export async function checkPlan(account: Account, { partition }: Identity): Promise<Finding> {
  const plan = await account.plan(partition);
  if (plan !== "FREE") return good("account's plan", plan === undefined ? "No free plan." : "Paid plan.");
  return bad(
    "account's plan",
    'The account is on AWS\' free plan, on which EC2 starts none of the types that fronts are made of ("not eligible for Free Tier").',
    "aws freetier upgrade-account-plan --account-plan-type PAID --region us-east-1",
  );
}

/** Zones that take instances now and offer one of the types. */
export async function checkTypes(account: Account, wanted: Wanted): Promise<Finding> {
  const { region } = account;
  const [zones, offerings] = await Promise.all([account.zones(), account.offerings(wanted.instanceTypes)]);
  const offering = zones.filter((zone) => offerings.some((offer) => offer.zone === zone)).sort();
  const types = wanted.instanceTypes.filter((type) =>
    offerings.some((offer) => offer.type === type && zones.includes(offer.zone)),
  );
  const asked = wanted.instanceTypes.join(", ");
  if (offering.length < 2) {
    return bad(
      TYPES,
      `Two zones are needed; ${offering.length === 0 ? "none" : `only ${offering.join()}`} of ${zones.length} in ${region} offers ${asked}.`,
      `aws ec2 describe-instance-type-offerings --region ${region} --location-type availability-zone --filters 'Name=instance-type,Values=*.medium,*.large'`,
      "pulumi config set instanceType TYPE,TYPE",
    );
  }
  const says = `${types.join(", ")} in ${offering.join(", ")}.`;
  if (types.length > 1) return good(TYPES, says);
  return warning(
    TYPES,
    `Only ${says} When a zone has none of it to give, no front starts there.`,
    "pulumi config set instanceType TYPE,TYPE",
  );
}

/** EC2 looks the parameter up at each start of a front. */
export async function checkImage(
  account: Account,
  { partition }: Identity,
  { debianImage, instanceTypes }: Wanted,
): Promise<Finding> {
  if (!debianImage) return good(IMAGE, "The stack names an image of its own.");
  const parameter = debianParameter(instanceTypes);
  const image = await account.image(parameter);
  if (image !== undefined) return good(IMAGE, `${image} (${parameter}).`);
  return bad(
    IMAGE,
    `${account.region} has no parameter ${parameter}: no front starts.`,
    `aws ec2 describe-images --region ${account.region} --owners ${partition === "aws" ? DEBIAN : "aws-marketplace"} --filters 'Name=name,Values=debian-13-${parameter.split("/").at(-1)}-*' --query 'reverse(sort_by(Images, &CreationDate))[:3].[ImageId,Name]'`,
    "pulumi config set ami ami-…",
  );
}

/** Enough for the least, for the most, and one in exchange; what others of the account run counts. */
export async function checkVcpu(account: Account, wanted: Wanted): Promise<Finding> {
  const { region } = account;
  const [quota, all, own] = await Promise.all([
    account.quota(QUOTAS.vcpu.service, QUOTAS.vcpu.code),
    account.instanceTypes(),
    account.instanceTypes(wanted.name),
  ]);
  const vcpus = await account
    .vcpus([...new Set([...all, ...own, ...wanted.instanceTypes])])
    .catch(() => account.vcpus(wanted.instanceTypes));
  const sum = (types: readonly string[]) =>
    types.filter((type) => STANDARD.test(type)).reduce((total, type) => total + (vcpus.get(type) ?? 0), 0);
  const others = sum(all) - sum(own);
  const each = Math.max(...wanted.instanceTypes.map((type) => vcpus.get(type) ?? 1));
  const most = (wanted.maxFronts + 1) * each;
  const least = (wanted.minFronts + 1) * each;
  const left = quota - others;
  const used = others > 0 ? `, ${others} of them used by others` : "";
  const has = `${region} allows ${quota} vCPU${used}`;
  const raise = increase(QUOTAS.vcpu, others + most, region);
  if (left < least) {
    return bad(
      VCPU,
      `${has}; ${wanted.minFronts} fronts of ${each} vCPU and one in exchange need ${least}: \`pulumi up\` would wait 20 minutes and fail.`,
      raise,
    );
  }
  if (left >= most) return good(VCPU, `${has}; ${most} are needed at most.`);
  return warning(VCPU, `${has}: too few for ${wanted.maxFronts} fronts and one in exchange (${most}).`, raise);
}

export async function checkAddresses(account: Account, { name, zones }: Wanted): Promise<Finding> {
  const check = "Elastic IPs";
  return room(account, check, QUOTAS.addresses, zones, await account.addresses(), await account.addresses(name));
}

export async function checkVpcs(account: Account, { name, newNetwork }: Wanted): Promise<Finding> {
  const check = "VPCs";
  if (!newNetwork) return good(check, "The stack uses one that exists.");
  return room(account, check, QUOTAS.vpcs, 1, await account.vpcs(), await account.vpcs(name));
}

export async function checkFunctions(account: Account): Promise<Finding> {
  const atOnce = await account.lambdaConcurrency();
  if (atOnce >= FUNCTIONS_AT_ONCE) return good(LAMBDA, `${atOnce}; ${FUNCTIONS_AT_ONCE} are needed.`);
  return bad(
    LAMBDA,
    `Lambda runs ${atOnce} functions at once beside what others have reserved; ${FUNCTIONS_AT_ONCE} are needed.`,
    increase(QUOTAS.functions, 100, account.region),
  );
}

async function room(
  account: Account,
  check: string,
  quota: Quota,
  needed: number,
  all: number,
  own: number,
): Promise<Finding> {
  const allowed = await account.quota(quota.service, quota.code);
  const others = all - own;
  const has = `${account.region} allows ${allowed}, others use ${others}`;
  if (allowed - others >= needed) return good(check, `${has}; ${needed} needed.`);
  return bad(check, `${has}: none is left for the ${needed} needed.`, increase(quota, others + needed, account.region));
}

/** A quota is asked for in whole numbers; some hours to days pass. */
function increase({ service, code }: Quota, desired: number, region: string): string {
  return `aws service-quotas request-service-quota-increase --region ${region} --service-code ${service} --quota-code ${code} --desired-value ${desired}`;
}
