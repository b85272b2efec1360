import { SECOND } from "../../core/base/clock";
import { exchange } from "../http";

const LIMITS = { timeoutMs: 2 * SECOND, mostBytes: 64 * 1024 };

/**
 * One document of EC2's instance metadata service, by IMDSv2: a token of its own for each read, for reads are hours apart.
 * @param path under `/latest/meta-data/`
 * @throws Error where there is no such service or document
 */
export async function instanceMetadata(path: string): Promise<string> {
  // The SDK's own variable names another endpoint.
  const origin = new URL(process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT ?? "http://169.254.169.254");
  const read = async (method: string, at: string, header: string, value: string): Promise<string> => {
    const request = { method, path: `/latest/${at}`, headers: { [header]: value } };
    const answer = await exchange(origin, request, LIMITS, { agent: false });
    if (answer.status !== 200) throw new Error(`The instance metadata service answered ${answer.status} for ${at}.`);
    return answer.body.toString("utf8").trim();
  };
  const token = await read("PUT", "api/token", "x-aws-ec2-metadata-token-ttl-seconds", "60");
  return read("GET", `meta-data/${path}`, "x-aws-ec2-metadata-token", token);
}
