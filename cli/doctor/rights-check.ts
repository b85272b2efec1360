import { beginningOf, type DeployerStatement, deployerStatements } from "../../infra/account/deployer-policy";
import type { Account, Identity } from "./account";
import { bad, type Finding, good, unknown, warning } from "./finding";
import type { Wanted } from "./settings";

const RIGHTS = "who deploys";
const SHOWN = 8;

/** Asks IAM whether this identity may do what the program's resources need (docs/deployer-*.json). */
export async function checkRights(account: Account, identity: Identity, wanted: Wanted): Promise<Finding> {
  const { arn, partition } = identity;
  if (/:root$/.test(arn)) return warning(RIGHTS, "The account's root user may do everything; use a role instead.");
  const principal = await principalOf(account, identity);
  if (principal === undefined) return unknown(RIGHTS, `IAM judges users and roles; ${arn} is neither.`);
  const statements = deployerStatements({
    partition,
    region: account.region,
    account: identity.account,
    stack: wanted.prefix,
    name: wanted.name,
  });
  const refused: string[] = [];
  for (const { Action, Resource, Condition } of statements) {
    const context = contextOf(Condition);
    refused.push(...(await account.refused(principal, partition, Action, Resource.map(example), context)));
  }
  if (refused.length === 0) return good(RIGHTS, `${arn} may do all that the program's resources need.`);
  const more = refused.length > SHOWN ? ` and ${refused.length - SHOWN} more` : "";
  return bad(
    RIGHTS,
    `${arn} may not do ${refused.slice(0, SHOWN).join(", ")}${more}. Somebody who may write policies gives it these:`,
    ...["network", "parts"].flatMap((which) => give(which, principal, identity, account.region, wanted)),
  );
}

/** Fills one of the two documents in, makes it a policy, and attaches that to whoever asks. */
function give(
  which: string,
  principal: string,
  { account, partition }: Identity,
  region: string,
  { prefix, name }: Wanted,
): string[] {
  const policy = `${prefix}-deployer-${which}`;
  const file = `/tmp/${policy}.json`;
  const filled = [
    ...(partition === "aws" ? [] : [`s/arn:aws:/arn:${partition}:/g`]),
    ...[`s/ACCOUNT/${account}/g`, `s/REGION/${region}/g`, `s/SHORT/${beginningOf(prefix)}/g`],
    ...[`s/certfront-NAME/${prefix}/g`, `s/NAME/${name}/g`],
  ];
  const make = `sed '${filled.join("; ")}' docs/deployer-${which}.json > ${file} && aws iam create-policy --policy-name ${policy} --policy-document file://${file}`;
  const [, kind = "", holder = ""] = /:(user|role)\/(?:.*\/)?([^/]+)$/.exec(principal) ?? [];
  // The role of a permission set is IAM Identity Center's own: it takes policies by name, in the set.
  const attach = holder.startsWith("AWSReservedSSO_")
    ? `aws sso-admin attach-customer-managed-policy-reference-to-permission-set --instance-arn ARN --permission-set-arn ARN --customer-managed-policy-reference Name=${policy}`
    : `aws iam attach-${kind}-policy --${kind}-name ${holder} --policy-arn arn:${partition}:iam::${account}:policy/${policy}`;
  return [make, attach];
}

/** A role behind a session; its path, which single sign-on has, only IAM tells. */
async function principalOf(account: Account, { arn, partition }: Identity): Promise<string | undefined> {
  const role = /:assumed-role\/([^/]+)\//.exec(arn)?.[1];
  if (role !== undefined) return account.roleArn(role, partition);
  return /:(user|role)\//.test(arn) ? arn : undefined;
}

/** Some resource that the pattern means. */
const example = (pattern: string) => (pattern === "*" ? pattern : pattern.replaceAll("*", "x"));

function contextOf(condition: DeployerStatement["Condition"] = {}): Record<string, string> {
  return Object.fromEntries(
    Object.values(condition)
      .flatMap((keys) => Object.entries(keys))
      .map(([key, value]) => [key, typeof value === "string" ? value : (value[0] ?? "")]),
  );
}
