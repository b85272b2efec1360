import { arn } from "./account";
import type { Service } from "./api";
import { json, jsonBody } from "./api";
import { AwsError } from "./error";
import type { Iam } from "./iam";

export interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly value: string;
  /** Customer-managed key of a SecureString. */
  readonly kmsKeyArn?: string;
}

/** Systems Manager: GetParameter. */
export function ssm(iam: Iam, region: string, parameters: ReadonlyMap<string, Parameter>): Service {
  return async (call) => {
    if (call.operation !== "GetParameter")
      throw new AwsError("UnknownOperationException", `SSM: ${call.operation} is not answered here.`);
    const { Name, WithDecryption } = jsonBody(call);
    const name = String(Name);
    const parameterArn = arn("ssm", region, `parameter/${name.replace(/^\//, "")}`);
    await iam.authorize(call.role, "ssm:GetParameter", parameterArn);
    const parameter = parameters.get(name);
    if (parameter === undefined) throw new AwsError("ParameterNotFound", `There is no parameter ${name}.`);
    const secure = parameter.type === "SecureString";
    if (secure && WithDecryption === true && parameter.kmsKeyArn !== undefined) {
      await iam.authorize(call.role, "kms:Decrypt", parameter.kmsKeyArn, {
        "kms:ViaService": `ssm.${region}.amazonaws.com`,
        "kms:EncryptionContext:PARAMETER_ARN": parameterArn,
      });
    }
    const value = secure && WithDecryption !== true ? "(encrypted)" : parameter.value;
    return json({ Parameter: { Name: name, Type: parameter.type, Value: value, Version: 1, ARN: parameterArn } });
  };
}
