import { nameOf } from "./account";
import type { Service } from "./api";
import { AwsError } from "./error";
import type { Iam } from "./iam";

const HOUR = 3_600_000;

/** Security Token Service: AssumeRole. Whom a role trusts is not asked, only what the caller may do; the access key id is the role's name. */
export function sts(iam: Iam): Service {
  return async (call) => {
    const asked = new URLSearchParams(call.body.toString());
    if (asked.get("Action") !== "AssumeRole")
      throw new AwsError("UnknownOperationException", `STS: ${asked.get("Action")} is not answered here.`);
    const role = asked.get("RoleArn") ?? "";
    await iam.authorize(call.role, "sts:AssumeRole", role);
    const until = new Date(Date.now() + HOUR).toISOString();
    return {
      headers: { "content-type": "text/xml" },
      body: `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>${nameOf(role)}</AccessKeyId><SecretAccessKey>local</SecretAccessKey><SessionToken>local</SessionToken><Expiration>${until}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
    };
  };
}
