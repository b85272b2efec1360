import { CertfrontError } from "../core/base/errors";
import { AwsError } from "../wire/aws/client";

/** What AWS's own errors mean here, by their names. */
const ADVICE: Readonly<Record<string, string>> = {
  AccessDeniedException: "Your AWS identity lacks a right; docs/cli.md lists what each command needs.",
  AccessDenied: "Your AWS identity lacks a right; docs/cli.md lists what each command needs.",
  CredentialsProviderError: "No AWS credentials were found: sign in (`aws sso login`) or set AWS_PROFILE.",
  ExpiredTokenException: "Your AWS session is over: sign in again.",
  UnrecognizedClientException: "AWS does not know these credentials: sign in again, or check AWS_PROFILE.",
  ResourceNotFoundException: "Is it the right stack and region? The line above says which one was asked.",
};

/** What to do next about an error; undefined where nothing better than its message is known. */
export function adviceFor(error: unknown): string | undefined {
  // The store's advice is for whoever runs the issuer; a person at a terminal mostly lacks a right or a session.
  const aws = error instanceof AwsError ? ADVICE[error.type] : undefined;
  if (error instanceof CertfrontError) return aws ?? error.advice;
  return error instanceof Error ? ADVICE[error.name] : undefined;
}
