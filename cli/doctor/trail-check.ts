import type { Account } from "./account";
import type { CloudTrail, FieldSelector, Selectors, Trail } from "./cloud-trail";
import { type Finding, good, warning } from "./finding";

const CHECK = "CloudTrail";
const KMS = "kms.amazonaws.com";

/** Whether the region has a trail that tells of KMS' calls: without one nobody is told who opens tenants' keys (infra/alarms/key-watch.ts). */
export async function checkTrail({ region, cloudTrail }: Account): Promise<Finding> {
  const trails = await cloudTrail.trails();
  const looks = await Promise.allSettled(
    trails.map(async (trail) => ({ trail, deaf: await whyDeaf(cloudTrail, trail) })),
  );
  const seen = looks.flatMap((look) => (look.status === "fulfilled" ? [look.value] : []));
  const hearing = seen.find(({ deaf }) => deaf === undefined);
  if (hearing) return good(CHECK, `The trail ${hearing.trail.name} takes KMS' calls in ${region}.`);
  // One of an organization may be closed to its members.
  const [unseen] = looks.flatMap((look) => (look.status === "rejected" ? [look.reason as unknown] : []));
  if (unseen !== undefined) throw unseen;
  const [first] = seen;
  const silent = "nobody is told when somebody but a front uses the key of tenants' keys.";
  if (first === undefined)
    return warning(
      CHECK,
      `No trail covers ${region}: ${silent}`,
      "aws cloudtrail create-trail --name account --s3-bucket-name BUCKET --is-multi-region-trail",
      "aws cloudtrail start-logging --name account",
    );
  const all = seen.map(({ trail, deaf }) => `${trail.name} ${deaf?.says}`).join("; ");
  return warning(CHECK, `${all}: ${silent}`, ...(first.deaf?.mend ?? []));
}

/** Why a trail does not tell EventBridge of Decrypt; undefined where it does. */
async function whyDeaf(cloudTrail: CloudTrail, trail: Trail): Promise<{ says: string; mend: string[] } | undefined> {
  const at = `--region ${trail.home} --name ${trail.arn}`;
  if (!(await cloudTrail.isLogging(trail))) return { says: "is stopped", mend: [`aws cloudtrail start-logging ${at}`] };
  const selectors = await cloudTrail.selectors(trail);
  if (takesDecrypt(selectors)) return undefined;
  return {
    says: "leaves out KMS' calls, or those that read",
    mend: [
      `aws cloudtrail put-event-selectors --region ${trail.home} --trail-name ${trail.arn} ${withManagement(selectors)}`,
    ],
  };
}

/** What it takes already stays: the call replaces all. */
function withManagement({ basic, advanced }: Selectors): string {
  if (advanced.length === 0)
    return `--event-selectors '${JSON.stringify([...basic, { ReadWriteType: "All", IncludeManagementEvents: true }])}'`;
  const management = { Name: "management", FieldSelectors: [{ Field: "eventCategory", Equals: ["Management"] }] };
  return `--advanced-event-selectors '${JSON.stringify([...advanced, management])}'`;
}

/** Decrypt is a management event of KMS that reads. A trail takes what one of its selectors takes, or has none and takes all. */
function takesDecrypt({ basic, advanced }: Selectors): boolean {
  if (advanced.length > 0) return advanced.some(({ FieldSelectors = [] }) => FieldSelectors.every(allowsDecrypt));
  if (basic.length === 0) return true;
  return basic.some(
    ({ IncludeManagementEvents = true, ReadWriteType = "All", ExcludeManagementEventSources = [] }) =>
      IncludeManagementEvents && ReadWriteType !== "WriteOnly" && !ExcludeManagementEventSources.includes(KMS),
  );
}

const DECRYPT: Readonly<Record<string, string>> = {
  eventCategory: "Management",
  eventSource: KMS,
  readOnly: "true",
  eventName: "Decrypt",
  eventType: "AwsApiCall",
};

/** One condition of an advanced selector; on what is not known here, it is taken to leave out something. */
function allowsDecrypt({ Field = "", ...condition }: FieldSelector): boolean {
  const value = DECRYPT[Field];
  if (value === undefined) return false;
  const { Equals, NotEquals, StartsWith, NotStartsWith, EndsWith, NotEndsWith } = condition;
  return (
    (Equals?.includes(value) ?? true) &&
    !(NotEquals?.includes(value) ?? false) &&
    (StartsWith?.some((start) => value.startsWith(start)) ?? true) &&
    !(NotStartsWith?.some((start) => value.startsWith(start)) ?? false) &&
    (EndsWith?.some((end) => value.endsWith(end)) ?? true) &&
    !(NotEndsWith?.some((end) => value.endsWith(end)) ?? false)
  );
}
