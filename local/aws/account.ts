/** The account that everything local is in; no real account has this number. */
export const ACCOUNT = "000000000000";

/** An ARN in the local account. */
export function arn(service: string, region: string, resource: string): string {
  return `arn:aws:${service}:${region}:${ACCOUNT}:${resource}`;
}

export function roleArn(role: string): string {
  return arn("iam", "", `role/${role}`);
}

/** The last part of an ARN, or the value itself when it is a name already. */
export function nameOf(arnOrName: string): string {
  return arnOrName.slice(Math.max(arnOrName.lastIndexOf(":"), arnOrName.lastIndexOf("/")) + 1);
}
