import { MINUTE } from "../../core/base/clock";
import { CertfrontError } from "../../core/base/errors";
import { instanceMetadata } from "./instance-metadata";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

interface Expiring {
  readonly credentials: Credentials;
  /** ms since the epoch. */
  readonly expiresAt: number;
}

const ROLE = "iam/security-credentials/";
/** A role's credentials are renewed this long before they expire; EC2 has the next ones five minutes before that. */
const RENEW_BEFORE = 10 * MINUTE;
/** After a renewal that failed; the present ones are used meanwhile, even past their time: AWS may have prolonged them. */
const RETRY_AFTER = MINUTE;

/** The role of the instance, renewed in time; one read for all who ask meanwhile. */
class InstanceRole {
  private present: Expiring | undefined;
  private reading: Promise<Expiring> | undefined;
  private retryAt = 0;

  constructor(private readonly now: () => number) {}

  async credentials(): Promise<Credentials> {
    const { present } = this;
    const fresh = present && this.now() < Math.max(present.expiresAt - RENEW_BEFORE, this.retryAt);
    if (fresh) return present.credentials;
    this.reading ??= this.read().finally(() => {
      this.reading = undefined;
    });
    try {
      this.present = await this.reading;
      return this.present.credentials;
    } catch (cause) {
      this.retryAt = this.now() + RETRY_AFTER;
      if (present) return present.credentials;
      throw noCredentials(cause);
    }
  }

  private async read(): Promise<Expiring> {
    const [role = ""] = (await instanceMetadata(ROLE)).split("\n");
    const document = JSON.parse(await instanceMetadata(`${ROLE}${role}`)) as Record<string, unknown>;
    const { AccessKeyId, SecretAccessKey, Token, Expiration } = document;
    const expiresAt = Date.parse(String(Expiration));
    if (
      typeof AccessKeyId !== "string" ||
      typeof SecretAccessKey !== "string" ||
      typeof Token !== "string" ||
      Number.isNaN(expiresAt)
    ) {
      throw new Error(`The instance metadata service gave no credentials for the role ${role}: ${document.Code}.`);
    }
    return {
      credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token },
      expiresAt,
    };
  }
}

/**
 * Where a function and a front find theirs: in the environment, as Lambda sets it, else the instance's role.
 * @param now ms since the epoch
 */
export function ownCredentials(
  env: NodeJS.ProcessEnv = process.env,
  now: () => number = Date.now,
): () => Promise<Credentials> {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = env;
  if (AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY) {
    const credentials = {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
    };
    return () => Promise.resolve(credentials);
  }
  const role = new InstanceRole(now);
  return () => role.credentials();
}

function noCredentials(cause: unknown): CertfrontError {
  return new CertfrontError(
    `No AWS credentials: none in the environment, and ${cause instanceof Error ? cause.message : cause}`,
    { code: "AWS_CREDENTIALS", advice: "Check the instance's profile and that IMDSv2 is enabled.", cause },
  );
}
