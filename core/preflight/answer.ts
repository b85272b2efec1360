import { keyAuthorization, THUMBPRINT } from "../ca/challenge";
import type { Reason } from "../record/reason";
import type { ProbeAnswer } from "./ports";

/** One question on the challenge path, asked as a CA asks, and what came back. */
export interface Asked {
  readonly name: string;
  /** Which of our addresses was connected to. */
  readonly address: string;
  readonly token: string;
  readonly answer: ProbeAnswer;
  /** Of our account's key. */
  readonly thumbprint: string;
}

const NOT_DNS = "Nothing is wrong with the tenant's DNS";

/** Why a CA would not be content with this answer; undefined where it would be. */
export function answerProblem({ name, address, token, answer, thumbprint }: Asked): Reason | undefined {
  if (answer.status === "unreachable") {
    return {
      code: "PORT80_UNREACHABLE",
      sentence: `Our load balancer at ${address} did not answer for ${name} on port 80 (${answer.detail}). ${NOT_DNS}; look at the fronts' health.`,
    };
  }
  const { httpStatus, location } = answer;
  if (httpStatus >= 500) {
    return {
      code: "PORT80_UNREACHABLE",
      sentence: `The front behind ${address} answered a test token for ${name} with an error of its own, status ${httpStatus}. ${NOT_DNS}; look at the fronts' health.`,
    };
  }
  // A CA lets white space pass at the end, and nowhere else (RFC 8555 §8.3).
  const body = answer.body.trimEnd();
  if (httpStatus === 200 && body === keyAuthorization(token, thumbprint)) return undefined;
  return { code: "TOKEN_MISMATCH", sentence: mismatch(name, address, token, { httpStatus, body, location }) };
}

function mismatch(
  name: string,
  address: string,
  token: string,
  { httpStatus, body, location }: { httpStatus: number; body: string; location: string | undefined },
): string {
  if (httpStatus === 200 && body.startsWith(`${token}.`) && THUMBPRINT.test(body.slice(token.length + 1))) {
    return `Another ACME client answers for ${name} at ${address}: our test token came back for another account's key. ${NOT_DNS}; look for another program on the fronts' port 80, or a front that still has the previous account key.`;
  }
  if (httpStatus >= 300 && httpStatus < 400) {
    const to = location === undefined ? "" : ` to ${location.slice(0, 200)}`;
    return `A test token for ${name}, asked for over port 80 at ${address}, was redirected${to} (status ${httpStatus}), where a front answers itself. ${NOT_DNS}; look at what stands before the fronts.`;
  }
  const what = httpStatus === 200 ? "another content" : `status ${httpStatus}`;
  return `A test token for ${name}, asked for over port 80 at ${address}, came back with ${what}. ${NOT_DNS}; look at what answers on the fronts' port 80.`;
}
