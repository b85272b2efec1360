import { LOG_QUERY_NAMES } from "./log-queries";
import { ORIGIN, runbookOf } from "./runbook";
import type { AlarmContext, Severity } from "./types";

export const SEVERITIES = {
  "renewal-overdue": "warn",
  "renewal-overdue-page": "page",
  "expiry-emergency": "page",
  "names-unreachable": "page",
  "served-mismatch": "warn",
  "dns-warnings": "warn",
  "oldest-pending": "warn",
  "monitor-silent": "page",
  "reconcile-silent": "warn",
  "issuer-errors": "warn",
  "issuer-throttles": "warn",
  "monitor-throttles": "warn",
  "monitor-errors": "warn",
  "dead-letters": "warn",
  "orders-failing": "warn",
  "ca-limit": "warn",
  "front-lag": "warn",
  "front-self-check": "warn",
  "front-sync-failures": "warn",
  "fronts-stale": "warn",
  "fronts-outdated": "warn",
  "unhealthy-fronts": "warn",
  "too-few-fronts": "warn",
  "no-healthy-front": "page",
  page: "page",
} as const satisfies Record<string, Severity>;
export type AlarmKey = keyof typeof SEVERITIES;

/** What a person who is woken needs, in this order. */
interface AlarmText {
  readonly means: string;
  readonly lookFirst: string;
  readonly ifIgnored: string;
}

/** Markdown for the alarm's description; docs/operations.md has a chapter of the alarm's key with the rest. */
export function describeAlarm<Text>(key: AlarmKey, context: AlarmContext<Text>): string {
  const text = alarmTexts(context)[key];
  return [
    `**What it means.** ${text.means}`,
    `**Look first.** ${text.lookFirst}`,
    `**If ignored.** ${text.ifIgnored}`,
    `Runbook: ${context.runbookUrl === undefined ? runbookOf(ORIGIN, key) : `${context.runbookUrl}#${key}`}`,
  ].join("\n\n");
}

function alarmTexts<Text>(context: AlarmContext<Text>): Record<AlarmKey, AlarmText> {
  const { stack, pulumiStack, called, minFronts, functions, deadLetterQueue, frontGroup, logGroups } = context;
  const query = (name: keyof typeof LOG_QUERY_NAMES) => `Logs Insights query \`${stack}/${LOG_QUERY_NAMES[name]}\``;
  const certfront = (command: string) => `\`npx certfront ${command} --stack ${called}\``;
  const aws = (command: string) => `\`aws ${command} --region REGION\``;
  const log = (group: string) => aws(`logs tail ${group} --since 1h`);
  const activities = aws(
    `autoscaling describe-scaling-activities --auto-scaling-group-name ${frontGroup} --max-items 3`,
  );
  return {
    "renewal-overdue": {
      means:
        "A certificate that visitors are served should have been renewed by now: 2/30 of the time between its renewal and its expiry is gone (90-day certificates: under 28 days left).",
      lookFirst: `${certfront("status")}, or ${query("overdue")}: the tenants, worst first. Then ${certfront("explain <domain>")}.`,
      ifIgnored: "At 0.3 of that time it pages; at 1.0 visitors see a certificate error.",
    },
    "renewal-overdue-page": {
      means:
        "30 % of the time between a certificate's renewal and its expiry is gone without a new one being served (90-day certificates: under 21 days left).",
      lookFirst: `${query("overdue")}, then ${certfront("explain <domain>")}. Many tenants at once: the issuer or the CA (alarms reconcile-silent, orders-failing).`,
      ifIgnored: "The certificate expires and visitors see a certificate error.",
    },
    "expiry-emergency": {
      means:
        "A certificate that visitors are served expires in less than two days. No healthy renewal ever comes this close.",
      lookFirst: `${query("expiring")}, then ${certfront("renew <domain> --wait")}.`,
      ifIgnored: "Within two days visitors see a certificate error.",
    },
    "names-unreachable": {
      means:
        "For two hours running, a visitor of some name gets no valid https: no connection, no handshake, an expired certificate, or one for other names.",
      lookFirst: `${query("problems")}: all names at one address means the address or the fronts behind it, one name at all addresses means that tenant.`,
      ifIgnored: "These sites are down for their visitors now.",
    },
    "served-mismatch": {
      means:
        "For two hours running, a certificate other than the stored one is served, or its chain is incomplete. The one served may still be valid.",
      lookFirst: `${query("problems")} lists the tenants; ${certfront("status <domain>")} says which front serves what.`,
      ifIgnored: "The front that serves the old certificate goes on until it expires.",
    },
    "dns-warnings": {
      means:
        "The next renewal of some tenant would fail, because its DNS no longer leads here or its CAA forbids every CA. The present certificate is still good.",
      lookFirst: `${query("dnsWarnings")}: the tenants, each with the record to set. ${certfront("explain <domain> --for-customer")} looks again, live, and writes the mail to its owner.`,
      ifIgnored: "The tenant's renewal fails, weeks from now; it is then quarantined and its certificate expires.",
    },
    "oldest-pending": {
      means:
        "A tenant has waited more than 6 hours for a certificate for a cause that is ours or the CA's to mend, not its owner's; or the CA asked for an early renewal that does not come.",
      lookFirst: `${query("pending")}, then ${certfront("explain <domain>")}.`,
      ifIgnored: "The tenant's site has no https, or goes on serving a certificate that its CA is about to revoke.",
    },
    "monitor-silent": {
      means:
        "The expiry monitor has not completed a sweep for hours. Nobody is watching the certificates; the other alarms keep the state they had.",
      lookFirst: `${log(logGroups.monitor)}; ${aws(`lambda invoke --function-name ${functions.monitor} --cli-binary-format raw-in-base64-out --payload '{"operation":"sweep"}' /dev/stdout`)}.`,
      ifIgnored: "The next certificate that fails to renew expires unnoticed.",
    },
    "reconcile-silent": {
      means: "The issuer has not looked for due tenants for half an hour. Nothing is issued, nothing is renewed.",
      lookFirst: `${log(logGroups.issuer)}; ${aws(`lambda invoke --function-name ${functions.issuer} --cli-binary-format raw-in-base64-out --payload '{"operation":"reconcile"}' /dev/stdout`)} shows an error at once.`,
      ifIgnored: "New tenants get no certificate now; renewals become overdue and that alarm follows.",
    },
    "issuer-errors": {
      means: "The issuer's function failed in 3 of the last 6 stretches of five minutes. A single failure is retried.",
      lookFirst: query("issuerErrors"),
      ifIgnored: "Issuing and renewing slow down or stop; renewals become overdue.",
    },
    "issuer-throttles": {
      means: "AWS refused to start the issuer: the account's or the function's concurrency is used up.",
      lookFirst: `${aws("lambda get-account-settings")}, and ${aws(`lambda get-function-concurrency --function-name ${functions.issuer}`)}. New accounts have 10: ask for more.`,
      ifIgnored: "Issuing and renewing slow down or stop; renewals become overdue.",
    },
    "monitor-throttles": {
      means: "AWS refused to start the expiry monitor: the account's or the function's concurrency is used up.",
      lookFirst: `${aws("lambda get-account-settings")}, and ${aws(`lambda get-function-concurrency --function-name ${functions.monitor}`)}. New accounts have 10: ask for more.`,
      ifIgnored: "Part of the tenants may not be watched; monitor-silent pages when that lasts.",
    },
    "monitor-errors": {
      means: "The expiry monitor's function fails in part of its runs.",
      lookFirst: log(logGroups.monitor),
      ifIgnored: "Part of the tenants may not be watched; monitor-silent pages when that lasts.",
    },
    "dead-letters": {
      means: "A schedule could not call its function, not even the second time.",
      lookFirst: `${aws(`sqs receive-message --message-attribute-names All --queue-url $(aws sqs get-queue-url --queue-name ${deadLetterQueue} --query QueueUrl --output text --region REGION)`)}: the message says which call and which error. A function that was called and failed is the alarms issuer-errors and monitor-errors.`,
      ifIgnored:
        "Nothing is lost (the next call takes the tenants up again), but its cause goes on: a role, a quota, a function that is gone.",
    },
    "orders-failing": {
      means: "In each of the last six hours at least one order was refused by, or did not reach, a CA.",
      lookFirst: `${query("failures")}; then the CA's own status page.`,
      ifIgnored: "The tenants concerned get no certificate; when they are renewals, they become overdue.",
    },
    "ca-limit": {
      means: "90 % of one of the CA's rate limits is used.",
      lookFirst: `${query("limits")}: which limit. Renewals have a lane of their own and go first.`,
      ifIgnored: "New tenants wait for the limit to refill, which may take days. Ask the CA for a higher one in time.",
    },
    "front-lag": {
      means: "A front has not applied changes that are more than five minutes old.",
      lookFirst: `${certfront("status")}: the fronts with their lag; then ${query("front")}.`,
      ifIgnored: "This front serves old certificates, and not the tenants added since.",
    },
    "front-self-check": {
      means: "A front found, by handshakes with itself, that it serves something other than what is stored.",
      lookFirst: `${certfront("status")}: the front and the tenants; then ${query("front")}.`,
      ifIgnored: "A share of the visitors gets the old certificate until it expires.",
    },
    "front-sync-failures": {
      means: "A front has failed to bring some tenant up to date for half an hour. It serves what it had.",
      lookFirst: `${certfront("status")}: the front, the tenant and the problem.`,
      ifIgnored: "That tenant's next certificate never reaches this front.",
    },
    "fronts-stale": {
      means:
        "A front stopped reporting, or does not serve every tenant as stored, by what it reports and the table holds.",
      lookFirst: `${certfront("status")}: the fronts with the age of their last report. Replace one that hangs: ${aws("autoscaling terminate-instance-in-auto-scaling-group --instance-id <front> --no-should-decrement-desired-capacity")}.`,
      ifIgnored: "The front goes on with the certificates it has until they expire.",
    },
    "fronts-outdated": {
      means:
        "An update is installed on a front, but HAProxy, a library or the kernel runs on as it was before. New fronts have it.",
      lookFirst: `${certfront("status")}: which front and which software. If the fix matters to you, replace all fronts now: ${aws(`autoscaling start-instance-refresh --auto-scaling-group-name ${frontGroup} --preferences MinHealthyPercentage=100,MaxHealthyPercentage=110`)}.`,
      ifIgnored: "What the update mended stays open on that front until it is 7 days old and replaced.",
    },
    "unhealthy-fronts": {
      means:
        "For most of 45 minutes the load balancer has found a front unhealthy: one is, or one after another is started and never serves.",
      lookFirst: `${certfront("status")}: the front that says nothing or has no certificates; ${query("front")}.`,
      ifIgnored: "Fewer fronts carry the traffic; with the last one gone all sites are down.",
    },
    "too-few-fronts": {
      means: `For half an hour fewer than ${minFronts} fronts have been healthy: one is missing, and none takes its place.`,
      lookFirst: `${activities}: capacity, quota, image or free plan (docs/deploy.md, When \`pulumi up\` fails).`,
      ifIgnored: "The next front that goes is not replaced either; with the last one all sites are down.",
    },
    "no-healthy-front": {
      means: "The load balancer finds no healthy front. All sites are down.",
      lookFirst: `1. ${activities}\n2. ${query("front")}\n3. A new release is bad? Check out the one before and \`pulumi up --stack ${pulumiStack}\` (a front needs 11 minutes).`,
      ifIgnored: "All sites stay down.",
    },
    page: {
      means: `At least one alarm of stack ${stack} that needs a person now. The notification names it.`,
      lookFirst: `The stack's dashboard in CloudWatch (\`pulumi stack output dashboardUrl --stack ${pulumiStack}\`), top row: the red alarms. Each alarm's description says what to do.`,
      ifIgnored: "See the alarms that are red; the mildest still ends with sites that visitors cannot open.",
    },
  };
}
