import { LambdaClient } from "@aws-sdk/client-lambda";
import { MINUTE } from "../core/base/clock";
import { AwsClient, AwsError } from "../wire/aws/client";
import type { Credentials } from "../wire/aws/credentials";
import type { Service } from "../wire/aws/endpoint";
import { parseXml, texts } from "./doctor/xml";
import type { Target } from "./target";

const STS: Service = { name: "STS", id: "sts", variable: "STS" };
/** Before they end, so that a page that is open all day goes on. */
const RENEW_BEFORE = 5 * MINUTE;

type Identity = Awaited<ReturnType<LambdaClient["config"]["credentials"]>>;

interface Temporary extends Credentials {
  readonly sessionToken: string;
  /** What the SDK asks for others by. */
  readonly expiration: Date;
}

/** As whom a stack is read. */
export interface Reader {
  readonly credentials: () => Promise<Identity>;
  /** ARN of the role; undefined: the caller's own identity. */
  readonly as: () => Promise<string | undefined>;
}

/**
 * Takes the stack's console role where the caller may: then nothing that reads has more rights than reading needs. Else the caller's own credentials,
 * from the first refusal on.
 */
export function readerOf({ region, outputs }: Target): Reader {
  const sdk = new LambdaClient(region === undefined ? {} : { region }).config;
  const sts = new AwsClient(STS, { region: region ?? sdk.region, credentials: sdk.credentials, attempts: 2 });
  let role = outputs?.consoleRole;
  let taken: Temporary | undefined;
  let taking: Promise<Temporary | undefined> | undefined;
  const take = async (arn: string): Promise<Temporary | undefined> => {
    try {
      taken = await assume(arn, sts);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      role = undefined;
    } finally {
      taking = undefined;
    }
    return taken;
  };
  const present = async (): Promise<Temporary | undefined> => {
    if (role === undefined) return undefined;
    if (taken && taken.expiration.getTime() - RENEW_BEFORE > Date.now()) return taken;
    taking ??= take(role);
    return taking;
  };
  return {
    credentials: async () => (await present()) ?? (await sdk.credentials()),
    as: async () => ((await present()) ? role : undefined),
  };
}

async function assume(arn: string, sts: AwsClient): Promise<Temporary> {
  const answer = await sts.send({
    operation: "AssumeRole",
    method: "POST",
    path: "/",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      Action: "AssumeRole",
      Version: "2011-06-15",
      RoleArn: arn,
      RoleSessionName: "certfront",
    }).toString(),
  });
  const root = parseXml(answer.body.toString());
  const one = (name: string) => texts(root, name)[0] ?? "";
  return {
    accessKeyId: one("AccessKeyId"),
    secretAccessKey: one("SecretAccessKey"),
    sessionToken: one("SessionToken"),
    expiration: new Date(one("Expiration")),
  };
}
