import * as os from "node:os";

/** The SDK's own variable names another endpoint. */
const METADATA = `${process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT ?? "http://169.254.169.254"}/latest`;

/** The instance id by IMDSv2; outside of EC2 the host's name. */
export async function instanceName(): Promise<string> {
  try {
    const token = await text(`${METADATA}/api/token`, {
      method: "PUT",
      headers: { "x-aws-ec2-metadata-token-ttl-seconds": "60" },
    });
    return await text(`${METADATA}/meta-data/instance-id`, { headers: { "x-aws-ec2-metadata-token": token } });
  } catch {
    return os.hostname();
  }
}

async function text(url: string, init: RequestInit): Promise<string> {
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(2_000) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return (await answer.text()).trim();
}
